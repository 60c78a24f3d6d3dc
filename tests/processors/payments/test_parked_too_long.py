"""Between parking a payment and charging it the world moves on: who and what may not be charged any more is not."""

import pytest
from django.db import transaction

from foundation import clock, nearby
from foundation.approvals.models import Approval
from foundation.approvals.services import approve
from foundation.approvals.states import State
from foundation.restrictions.services import place_restriction
from foundation.restrictions.types import Kind
from processors.gateways.types import Outcome, Result, SavedInstrument
from processors.payments.models import Attempt, MerchantAccount, Payment
from processors.payments.services import forget_instrument, park_for_review, send_due
from processors.payments.states import PaymentState
from tests.cast import HOUSE
from tests.processors.payments.test_reviewing import parked, say, shop
from tests.processors.payments.till import allowed, asked_for, bought, payment_of

pytestmark = pytest.mark.django_db
P = PaymentState
CARD = SavedInstrument("again-1", "visa", "411111", "1111", "0330", "f1")


def close_account(payment: Payment) -> None:
    MerchantAccount.objects.update(is_open=False)


def suspend_fan(payment: Payment) -> None:
    restrict(payment.fan_id, payment.platform_id)


def suspend_creator(payment: Payment) -> None:
    restrict(payment.creator_id, payment.platform_id)


def restrict(party_id, platform_id) -> None:
    with transaction.atomic():
        place_restriction(
            party_id=party_id, platform_id=platform_id, kind=Kind.SUSPENDED, source="test", reason="fraud",
            legal_basis="contract", by=HOUSE, at=clock.now(),
        )  # fmt: skip


CHANGES = [close_account, suspend_fan, suspend_creator]


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_allowed_too_late_is_cancelled_and_the_fan_is_not_charged(till, change):
    payment, approval = parked()
    change(payment)
    nearby.forget_all()
    say(approval, approve)
    approval.refresh_from_db()
    row = payment_of(payment.pk)
    assert (approval.state, approval.failure_code) == (State.FAILED, "payments.no_longer_chargeable")
    assert (row.state, row.decline_code) == (P.CANCELLED, "it was no longer possible")
    assert send_due(by=HOUSE) == 0
    assert till.calls == []


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_allowed_and_waited_is_looked_at_again_before_it_leaves(till, change):
    payment, approval = parked()
    say(approval, approve)
    assert payment_of(payment.pk).state == P.ROUTED
    change(payment)
    nearby.forget_all()
    assert send_due(by=HOUSE) == 0
    row = payment_of(payment.pk)
    assert (row.state, till.calls) == (P.CANCELLED, [])
    assert Attempt.objects.get().token == ""
    assert send_due(by=HOUSE) == 0


def test_a_card_that_was_forgotten_meanwhile_is_not_charged(till):
    till.will(Outcome(Result.APPROVED, provider_ref="t1", instrument=CARD))
    card = payment_of(bought(20_00)).instrument
    payment = asked_for(20_00, instrument_id=card.pk, token="")
    warrant = allowed(payment, verdict="review")
    with transaction.atomic():
        park_for_review(payment_id=payment.pk, warrant_id=warrant.pk, by=shop(), at=clock.now())
    forget_instrument(instrument_id=card.pk, platform_id=card.platform_id, by=HOUSE, at=clock.now())
    say(Approval.objects.get(subject_id=str(payment.pk)), approve)
    assert payment_of(payment.pk).state == P.CANCELLED
    assert till.calls == ["charge"]
