"""Subscriptions: begun by a first payment, renewed by the provider or by us, ended."""

from datetime import timedelta
from itertools import permutations

import pytest
from django.db import transaction

from foundation import clock, nearby
from foundation.errors import Conflict
from foundation.restrictions.services import place_restriction
from foundation.restrictions.types import Kind
from processors.gateways.types import Code, EventKind, NextAction, Outcome, Result, SavedInstrument
from processors.payments.models import Attempt, Payment, Subscription
from processors.payments.selectors import get_subscription, list_subscriptions
from processors.payments.services import (
    apply_outcome,
    begin_renewal,
    cancel_subscription,
    create_subscription,
    end_run_out,
    expire_due,
    list_renewals_due,
    repair_due,
    send_attempt,
    tell_cancelled_due,
)
from tests.cast import HOUSE, member, platform
from tests.processors.payments.test_telling import apply, settled
from tests.processors.payments.till import ACCOUNT, bought, later, legs, payment_of, prepare, told, topics, usd

pytestmark = pytest.mark.django_db
K = EventKind
US, PROVIDER = Subscription.BilledBy.US, Subscription.BilledBy.PROVIDER


def agreed(billed_by=PROVIDER, reference="sub-1"):
    with transaction.atomic():
        return create_subscription(
            platform_id=platform().pk, fan_id=member("sam", "fan").party_id, creator_id=member("maya").party_id,
            reference=reference, amount=usd(9_99), period_days=30, billed_by=billed_by, by=HOUSE, at=clock.now(),
        )  # fmt: skip


def started(till, billed_by=PROVIDER, reference="sub-1"):
    """A subscription whose first payment went through."""
    row = agreed(billed_by, reference)
    card = SavedInstrument(f"card-{reference}", "visa", "411111", "1111", "0330")
    names = {"provider_ref": f"c-{reference}", "subscription_ref": f"s-{reference}"}
    till.will(Outcome(Result.APPROVED, instrument=card, **names))
    view = bought(9_99, subscription_id=row.pk, recurring=True, product="subscription")
    assert view.state == "CAPTURED"
    return fresh(row)


def fresh(row):
    return Subscription.objects.get(pk=row.pk)


def renew(row):
    with transaction.atomic():
        payment = begin_renewal(subscription_id=row.pk, by=HOUSE, at=clock.now())
        attempt = prepare(payment, token="")
    return send_attempt(attempt_id=attempt.pk, by=HOUSE)


def test_the_first_payment_starts_it(till):
    row = started(till)
    assert (row.state, row.provider_ref, row.merchant_account_id) == ("ACTIVE", "s-sub-1", ACCOUNT)
    assert row.paid_until - row.created_at >= timedelta(days=30)
    assert topics("subscription.started") == ["subscription.started"]


def test_a_first_payment_that_fails_ends_it(till):
    row = agreed()
    till.will(Outcome(Result.DECLINED, code=Code.DO_NOT_HONOR))
    bought(9_99, subscription_id=row.pk, product="subscription")
    assert fresh(row).state == "ENDED"


def test_a_renewal_by_the_provider_is_a_payment_of_its_own_without_a_warrant(till):
    row = started(till)
    before = row.paid_until
    answer = apply(told(K.RENEWED, 9_99, provider_ref="ren-1", subscription_ref="s-sub-1"))
    payment = Payment.objects.get(pk=answer.payment_id)
    attempt = Attempt.objects.get(payment=payment)
    assert (payment.state, attempt.origin, attempt.warrant_id) == ("CAPTURED", "provider", None)
    assert legs(payment.sale_journal)["sale.paid"] == 999
    assert fresh(row).paid_until - before == timedelta(days=30)
    assert "renewal is known" in apply(told(K.RENEWED, 9_99, provider_ref="ren-1", subscription_ref="s-sub-1")).why
    assert topics("txn.capture", "subscription.renewed") == ["txn.capture", "subscription.renewed", "txn.capture"]


def test_a_renewal_of_a_shadowed_creator_is_taken_and_not_counted(till):
    row = started(till)
    place_restriction(
        party_id=row.creator_id, kind=Kind.SHADOWED, source="tests", reason="looked at", by=HOUSE, at=clock.now()
    )
    nearby.forget_all()
    answer = apply(told(K.RENEWED, 9_99, provider_ref="ren-1", subscription_ref="s-sub-1"))
    assert not payment_of(answer.payment_id).is_counted


def test_an_unproved_renewal_is_asked_about(till):
    row = started(till)
    claim = told(K.RENEWED, 9_99, proved=False, provider_ref="ren-1", subscription_ref="s-sub-1")
    settled(claim)
    assert Payment.objects.count() == 1
    till.will(Outcome(Result.APPROVED))
    settled(claim)
    assert (Payment.objects.count(), fresh(row).state) == (2, "ACTIVE")


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=lambda order: "".join(map(str, order)))
def test_what_is_told_of_a_subscription_ends_the_same_in_any_order(till, order):
    row = started(till)
    first = clock.now() + timedelta(days=30)
    named = {"subscription_ref": "s-sub-1"}
    rows = [
        told(K.RENEWED, 9_99, provider_ref="ren-1", occurred_at=first, **named),
        told(K.RENEWAL_FAILED, occurred_at=first + timedelta(days=30), **named),
        told(K.RENEWED, 9_99, provider_ref="ren-2", occurred_at=first + timedelta(days=31), **named),
        told(K.SUBSCRIPTION_CANCELLED, occurred_at=first + timedelta(days=40), **named),
    ]
    for place in order:
        apply(rows[place])
    end = fresh(row)
    assert (end.state, end.paid_until - row.paid_until) == ("CANCELLED", timedelta(days=60))
    assert Payment.objects.count() == 3


def test_an_older_failure_does_not_undo_a_newer_renewal(till):
    row = started(till)
    at = clock.now() + timedelta(days=30)
    apply(told(K.RENEWED, 9_99, provider_ref="r", subscription_ref="s-sub-1", occurred_at=at))
    apply(told(K.RENEWAL_FAILED, subscription_ref="s-sub-1", occurred_at=at - timedelta(days=1)))
    assert fresh(row).state == "ACTIVE"
    apply(told(K.RENEWAL_FAILED, subscription_ref="s-sub-1", occurred_at=at + timedelta(days=30)))
    assert fresh(row).state == "PAST_DUE"


def test_over_is_over(till):
    row = started(till)
    apply(told(K.SUBSCRIPTION_EXPIRED, subscription_ref="s-sub-1"))
    assert fresh(row).state == "ENDED"
    apply(told(K.RENEWED, 9_99, provider_ref="late", subscription_ref="s-sub-1"))
    assert (fresh(row).state, Payment.objects.filter(state="CAPTURED").count()) == ("ENDED", 2)


def test_what_was_given_up_and_is_not_known_again_keeps_the_next_try_waiting(till):
    row = started(till, US)
    later(days=31)

    def hangs():
        later(days=31, minutes=4)
        assert repair_due(by=HOUSE).asked == 1
        assert (fresh(row).state, fresh(row).failures) == ("PAST_DUE", 1)
        return Outcome(Result.UNKNOWN)

    till.will(hangs, Outcome(Result.NOT_SENT))
    lost = renew(row)
    assert lost.state == "UNKNOWN"
    later(days=33)
    with pytest.raises(Conflict, match="not_renewable"):
        renew(row)
    assert repair_due(by=HOUSE).asked == 1
    assert (payment_of(lost).state, fresh(row).state) == ("CAPTURED", "ACTIVE")


def test_one_payment_that_fails_in_two_words_failed_once(till):
    row = started(till, US)
    later(days=31)
    till.will(Outcome(Result.NOT_SENT))
    attempt = payment_of(renew(row)).attempts.get()
    apply_outcome(attempt_id=attempt.pk, outcome=Outcome(Result.DECLINED), by=HOUSE, at=clock.now())
    assert (payment_of(attempt).state, fresh(row).failures) == ("DECLINED", 1)


def test_a_first_payment_taken_after_the_end_is_one_period_and_the_provider_is_told_to_stop(till):
    row = agreed()
    till.will(Outcome(Result.NOT_SENT))
    view = bought(9_99, subscription_id=row.pk, recurring=True, product="subscription")
    assert fresh(row).state == "ENDED"
    late = Outcome(Result.APPROVED, provider_ref="c-late", subscription_ref="s-late")
    apply_outcome(attempt_id=payment_of(view).attempts.get().pk, outcome=late, by=HOUSE, at=clock.now())
    held = fresh(row)
    assert (held.state, held.provider_ref, held.paid_until is not None) == ("CANCELLED", "s-late", True)
    assert tell_cancelled_due(by=HOUSE) == 1
    assert till.stopped == ["s-late"]
    apply(told(K.RENEWED, 9_99, provider_ref="r-1", subscription_ref="s-late"))
    assert Payment.objects.filter(state="CAPTURED").count() == 2
    later(days=70)
    assert end_run_out(by=HOUSE) == 1


def test_cancelling_tells_the_provider_until_it_listens_and_ends_with_the_period(till):
    row = started(till)
    cancel_subscription(subscription_id=row.pk, reason="enough", by=HOUSE, at=clock.now())
    till.will(Outcome(Result.UNKNOWN))
    assert tell_cancelled_due(by=HOUSE) == 0
    assert tell_cancelled_due(by=HOUSE) == 0
    later(hours=2)
    assert tell_cancelled_due(by=HOUSE) == 1
    assert (fresh(row).state, fresh(row).retry_at, till.stopped) == ("CANCELLED", None, ["s-sub-1"])
    assert end_run_out(by=HOUSE) == 0
    later(days=31)
    assert end_run_out(by=HOUSE) == 1
    with pytest.raises(Conflict, match="subscription_over"):
        cancel_subscription(subscription_id=row.pk, reason="enough", by=HOUSE, at=clock.now())


def test_a_first_payment_nobody_finished_ends_it_and_a_late_yes_is_one_period(till):
    row = agreed()
    waits = Outcome(Result.ACTION_REQUIRED, action=NextAction("redirect", url="https://pay.example"))
    till.will(waits, waits)
    view = bought(9_99, subscription_id=row.pk, recurring=True, product="subscription")
    later(days=2)
    assert (expire_due(by=HOUSE), payment_of(view).state, fresh(row).state) == (1, "EXPIRED", "ENDED")
    assert topics("subscription.ended") == ["subscription.ended"]
    paid = Outcome(Result.APPROVED, provider_ref="c-1", subscription_ref="s-1")
    apply_outcome(attempt_id=payment_of(view).attempts.get().pk, outcome=paid, by=HOUSE, at=clock.now())
    assert (payment_of(view).state, fresh(row).state) == ("CAPTURED", "CANCELLED")


def test_cancelled_while_the_buyer_is_on_the_page_the_provider_is_told_to_stop_once_it_is_paid(till):
    row = agreed()
    till.will(Outcome(Result.ACTION_REQUIRED, action=NextAction("redirect", url="https://pay.example")))
    view = bought(9_99, subscription_id=row.pk, recurring=True, product="subscription")
    cancel_subscription(subscription_id=row.pk, reason="enough", by=HOUSE, at=clock.now())
    assert (fresh(row).state, tell_cancelled_due(by=HOUSE)) == ("PENDING", 0)
    paid = Outcome(Result.APPROVED, provider_ref="c-1", subscription_ref="s-1")
    apply_outcome(attempt_id=payment_of(view).attempts.get().pk, outcome=paid, by=HOUSE, at=clock.now())
    assert (fresh(row).state, tell_cancelled_due(by=HOUSE), till.stopped) == ("CANCELLED", 1, ["s-1"])


def test_a_provider_that_did_not_listen_is_told_after_the_last_period_and_whenever_it_bills_again(till):
    row = started(till)
    cancel_subscription(subscription_id=row.pk, reason="enough", by=HOUSE, at=clock.now())
    later(days=31)
    till.will(Outcome(Result.UNKNOWN))
    assert (tell_cancelled_due(by=HOUSE), end_run_out(by=HOUSE), fresh(row).state) == (0, 1, "ENDED")
    later(days=31, hours=2)
    assert (tell_cancelled_due(by=HOUSE), tell_cancelled_due(by=HOUSE), till.stopped) == (1, 0, ["s-sub-1"])

    earlier = {"occurred_at": row.created_at, "subscription_ref": "s-sub-1"}
    apply(told(K.RENEWED, 9_99, provider_ref="ren-1", **earlier))
    assert (tell_cancelled_due(by=HOUSE), topics("txn.alarm")) == (0, [])
    taken = apply(told(K.RENEWED, 9_99, provider_ref="ren-2", subscription_ref="s-sub-1"))
    assert (payment_of(taken.payment_id).state, topics("txn.alarm")) == ("CAPTURED", ["txn.alarm"])
    assert (tell_cancelled_due(by=HOUSE), till.stopped) == (1, ["s-sub-1", "s-sub-1"])


def test_what_we_bill_is_renewed_once_a_period_with_the_saved_card(till):
    row = started(till, US)
    assert list_renewals_due() == []
    with pytest.raises(Conflict, match="not_renewable"):
        renew(row)
    later(days=30, minutes=1)
    assert list_renewals_due() == [row.pk]
    assert renew(row).state == "CAPTURED"
    with pytest.raises(Conflict, match="not_renewable"):
        renew(row)
    assert (fresh(row).state, list_renewals_due()) == ("ACTIVE", [])


def test_a_renewal_under_way_is_not_begun_again(till):
    row = started(till, US)
    later(days=30, minutes=1)
    till.will(Outcome(Result.UNKNOWN))
    assert renew(row).state == "UNKNOWN"
    with pytest.raises(Conflict, match="not_renewable"):
        renew(row)


def test_a_failed_renewal_is_tried_again_for_some_days_and_then_ends(till):
    row = started(till, US)
    ahead = timedelta(days=30, minutes=1)
    for wait, state in ((0, "PAST_DUE"), (1, "PAST_DUE"), (3, "PAST_DUE"), (4, "ENDED")):
        ahead += timedelta(days=wait, minutes=1)
        clock.move_clock(ahead=ahead)
        assert list_renewals_due() == [row.pk]
        till.will(Outcome(Result.DECLINED, code=Code.INSUFFICIENT_FUNDS))
        assert renew(row).state == "DECLINED"
        assert fresh(row).state == state
    assert list_renewals_due() == []


def test_a_dead_card_ends_it_at_once(till):
    row = started(till, US)
    later(days=30, minutes=1)
    till.will(Outcome(Result.DECLINED, code=Code.LOST_STOLEN_PICKUP))
    renew(row)
    assert fresh(row).state == "ENDED"


def test_it_is_seen(till):
    row = started(till)
    assert get_subscription(row.pk, HOUSE).state == "ACTIVE"
    assert [one.id for one in list_subscriptions(HOUSE, state="ACTIVE")] == [row.pk]
