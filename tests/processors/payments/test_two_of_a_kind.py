"""Two charges or two voids where one was meant: the one on the books counts, the other is flagged."""

import pytest
from django.db import transaction

from foundation import clock
from foundation.states import move
from processors.gateways.types import NextAction, Outcome, Result
from processors.payments.giving_back import Refund
from processors.payments.models import Payment
from processors.payments.services import (
    apply_outcome,
    apply_refund_outcome,
    send_attempt,
    send_refund,
    undo_capture,
    void_payment,
)
from processors.payments.services.refunding import charge_of
from processors.payments.states import PaymentState, RefundState
from tests.cast import HOUSE
from tests.processors.payments.test_deciding import alarms
from tests.processors.payments.till import bought, payment_of, prepare

pytestmark = pytest.mark.django_db
R = RefundState


def test_a_void_that_worked_after_people_said_it_did_not_is_booked_though_the_charge_settled_meanwhile(till):
    view = bought(20_00)
    row = payment_of(view)
    with transaction.atomic():
        void = void_payment(payment_id=row.pk, reason="mistake", by=HOUSE, at=clock.now())
    till.will(Outcome(Result.DECLINED))
    send_refund(refund_id=void.pk, by=HOUSE)
    row = payment_of(view)
    with transaction.atomic():
        move(row, to=PaymentState.SETTLED, by=HOUSE, at=clock.now())
    apply_refund_outcome(refund_id=void.pk, outcome=Outcome(Result.APPROVED), by=HOUSE, at=clock.now())
    row = payment_of(view)
    assert (row.state, row.refunds_minor, row.is_paid_back_twice) == (PaymentState.SETTLED, 2000, False)
    assert Refund.objects.get().state == R.SUCCEEDED
    assert alarms() == ["void_too_late"]


def test_a_second_void_that_worked_after_all_is_our_loss_and_flagged(till):
    view = bought(20_00)
    voids = []
    till.will(Outcome(Result.DECLINED))
    for _ in range(2):
        with transaction.atomic():
            voids.append(void_payment(payment_id=view.id, reason="mistake", by=HOUSE, at=clock.now()))
        send_refund(refund_id=voids[-1].pk, by=HOUSE)
    assert payment_of(view).state == PaymentState.VOIDED
    apply_refund_outcome(refund_id=voids[0].pk, outcome=Outcome(Result.APPROVED), by=HOUSE, at=clock.now())
    row = payment_of(view)
    assert (row.state, row.refunds_minor, row.is_paid_back_twice) == (PaymentState.VOIDED, 4000, True)


def test_of_two_charges_at_one_account_the_one_that_is_booked_is_given_back(till):
    """The buyer's proof was under way when the first try turned out to have worked."""
    till.will(Outcome(Result.ACTION_REQUIRED, action=NextAction("threeds")))
    view = bought(20_00)
    second = prepare(payment_of(view))
    first = payment_of(view).attempts.get(number=1)

    def told_meanwhile():
        apply_outcome(
            attempt_id=first.pk, outcome=Outcome(Result.APPROVED, provider_ref="first"), by=HOUSE, at=clock.now()
        )
        return Outcome(Result.APPROVED, provider_ref="second")

    till.will(told_meanwhile)
    send_attempt(attempt_id=second.pk, by=HOUSE)
    row = payment_of(view)
    assert (row.state, row.captured_minor, alarms()) == (PaymentState.CAPTURED, 2000, ["taken_twice"])
    assert charge_of(row).provider_ref == "first"
    apply_outcome(attempt_id=second.pk, outcome=Outcome(Result.APPROVED), by=HOUSE, at=clock.now())
    assert alarms() == ["taken_twice"]


def test_should_the_booked_one_vanish_the_other_is_booked_and_given_back(till):
    test_of_two_charges_at_one_account_the_one_that_is_booked_is_given_back(till)
    row = Payment.objects.get()
    undo_capture(payment_id=row.pk, reason="it vanished", by=HOUSE, at=clock.now())
    second = row.attempts.get(number=2)
    apply_outcome(
        attempt_id=second.pk, outcome=Outcome(Result.APPROVED, provider_ref="second"), by=HOUSE, at=clock.now()
    )
    row = Payment.objects.get()
    assert (row.state, charge_of(row).provider_ref) == (PaymentState.CAPTURED, "second")
