"""A person decides: about a payment before it is charged, about a large refund before it leaves."""

import pytest
from django.db import transaction

from foundation import clock
from foundation.actors import Actor, ActorKind
from foundation.approvals.models import Approval
from foundation.approvals.services import approve, expire_run_out, reject
from foundation.approvals.states import State
from foundation.errors import Conflict, Refusal
from foundation.events.listening import News, handlers_of
from foundation.events.models import Outbox
from foundation.notifications.models import Notification
from processors.gateways.types import Outcome, Result
from processors.payments.giving_back import Refund
from processors.payments.handlers import GROUP
from processors.payments.models import Attempt
from processors.payments.services import (
    cancel_reviewed,
    charge_reviewed,
    expire_due,
    park_for_review,
    request_refund,
    send_due,
    send_refund,
)
from processors.payments.states import PaymentState, RefundState
from tests.cast import HOUSE, actor, member, platform, portal_user, staff
from tests.processors.payments.till import allowed, asked_for, bought, later, payment_of, topics, usd

pytestmark = pytest.mark.django_db
P = PaymentState


def shop():
    """A program that may charge and was never told of approvals."""
    return Actor(ActorKind.CLIENT, "shop", platform_id=platform().pk, scopes=frozenset({"payments:write"}))


def parked(minor=20_00):
    payment = asked_for(minor)
    warrant = allowed(payment, verdict="review", reasons=["new card"])
    with transaction.atomic():
        park_for_review(payment_id=payment.pk, warrant_id=warrant.pk, token="tok_visa", by=shop(), at=clock.now())
    return payment_of(payment.pk), Approval.objects.get(subject_id=str(payment.pk))


def say(approval, verdict, who="petra"):
    verdict(
        approval_id=approval.pk, seen_hash=approval.change_hash, reason="looked", by=actor(staff(who)), at=clock.now()
    )
    hear()


def hear():
    """The listeners of payments hear what the approvals told."""
    mine = handlers_of(GROUP)
    for row in Outbox.objects.filter(type__in=list(mine)).order_by("id"):
        news = News(
            row.pk, row.at, row.stream, row.type, row.version, row.aggregate_type, row.aggregate_id, row.sequence,
            row.platform_id, row.payload,
        )  # fmt: skip
        for handler in mine[row.type]:
            handler(news)


def test_allowed_it_is_charged_once_by_whoever_comes_first(till):
    payment, approval = parked()
    assert (payment.state, payment.review_until) == (P.IN_REVIEW, approval.expires_at)
    assert send_due(by=HOUSE) == 0
    say(approval, approve)
    assert till.calls == []
    assert send_due(by=HOUSE) == 1
    assert send_due(by=HOUSE) == 0
    assert payment_of(payment.pk).state == P.CAPTURED
    assert topics("txn.review", "txn.reviewed", "txn.capture") == ["txn.review", "txn.reviewed", "txn.capture"]


def test_refused_it_is_cancelled_and_never_charged(till):
    payment, approval = parked()
    say(approval, reject)
    hear()
    row = payment_of(payment.pk)
    assert (row.state, row.decline_code) == (P.CANCELLED, "a person refused it")
    assert (Attempt.objects.get().token, till.calls) == ("", [])
    with pytest.raises(Conflict, match="not_in_review"):
        charge_reviewed(payment_id=payment.pk, by=HOUSE, at=clock.now())


def test_undecided_it_expires_at_its_deadline_by_either_hand(till):
    by_clock, approval = parked()
    later(hours=25)
    assert expire_due(by=HOUSE) == 1
    expire_run_out(at=clock.now())
    hear()
    assert payment_of(by_clock.pk).state == P.EXPIRED
    assert Approval.objects.get(pk=approval.pk).state == State.EXPIRED
    assert till.calls == []
    cancel_reviewed(payment_id=by_clock.pk, reason="late", by=HOUSE, at=clock.now())
    assert payment_of(by_clock.pk).state == P.EXPIRED


def large(minor=150_00, by=None):
    view = bought(minor)
    with transaction.atomic():
        refund = request_refund(
            payment_id=view.id, amount=usd(minor), reason="broken", by=by or actor(staff("susi")), at=clock.now()
        )
    return view, refund, Approval.objects.get(pk=refund.approval_id)


def test_a_large_refund_waits_for_a_second_person(till):
    view, refund, approval = large()
    assert (refund.state, payment_of(view).refunds_minor) == (RefundState.REQUESTED, 0)
    say(approval, approve)
    assert Refund.objects.get().state == RefundState.PREPARED
    assert payment_of(view).refunds_minor == 150_00
    assert send_refund(refund_id=refund.pk, by=HOUSE).state == RefundState.SUCCEEDED


def test_who_asked_for_a_large_refund_does_not_agree_to_it(till):
    _, _, approval = large(by=actor(staff("fred")))
    with pytest.raises(Refusal, match="own_request"):
        say(approval, approve, "fred")
    assert Refund.objects.get().state == RefundState.REQUESTED


def test_a_rejected_large_refund_is_over(till):
    view, _, approval = large()
    say(approval, reject)
    assert Refund.objects.get().state == RefundState.REJECTED
    assert (payment_of(view).refunds_minor, till.refunded) == (0, {})


def test_a_large_refund_that_is_not_left_any_more_is_not_approved(till):
    view, refund, approval = large()
    with transaction.atomic():
        request_refund(payment_id=view.id, amount=usd(1), reason="one cent", by=HOUSE, at=clock.now())
    say(approval, approve)
    assert Approval.objects.get(pk=approval.pk).state == State.FAILED
    assert Refund.objects.get(pk=refund.pk).state == RefundState.REJECTED


def test_the_fan_hears_which_and_finance_hears_of_alarms(till):
    fred, sam = staff("fred"), portal_user(member("sam", "fan"))
    (_, first), (_, second) = parked(), parked(30_00)
    say(first, approve)
    say(second, reject)
    hear()
    till.will(Outcome(Result.APPROVED, amount=usd(1)))
    bought(20_00)
    hear()
    assert {note.title for note in Notification.objects.filter(recipient=sam)} == {
        "Your payment of 20.00 USD goes ahead", "Your payment of 30.00 USD was not made",
    }  # fmt: skip
    (alarm,) = Notification.objects.filter(recipient=fred, notice="payment.alarm")
    assert "asked for 20.00 USD, the provider says 0.01 USD" in alarm.body
