"""From the queue to the rail's own book and back: paid once, returned once, never while frozen."""

from datetime import datetime

import pytest

from foundation import clock
from foundation.reasons import Reason
from payouts.life.models import PayoutBatch
from payouts.life.services import freeze_payout, release_due, sending, unfreeze_payout
from tests.cast import HOUSE
from tests.payouts.rails.outside import AT_ONCE, BANKS, BTC, EPAYSERVICE, PAXUM, SEPA, UPLOADS, WAYS
from tests.payouts.scene import instruction_of, on, seen, topics

pytestmark = pytest.mark.django_db


def by(*ways):
    return pytest.mark.parametrize("way", ways, ids=lambda way: f"{way.rail}-{way.currency}")


by_rail, by_bank = by(*WAYS), by(*BANKS)


@by(*WAYS, BTC)
def test_paid_once_and_booked_as_paid(outside, way):
    payout = outside.queued(way)
    creator_id = payout.creator_id

    assert outside.run_until(payout, "PAID") == "PAID"

    taken = outside.accepted_once(payout)
    assert (taken["rail"], taken["state"]) == (way.rail, "SETTLED")
    assert (on("escrow", creator_id, way.currency), on("in_transit", creator_id, way.currency)) == (0, 0)
    assert on("available", creator_id, way.currency) == way.minor
    outside.later(days=1)
    outside.run(way.rail)
    outside.accepted_once(payout)


@by_rail
def test_a_refused_payee_gets_the_money_back_on_the_balance(outside, way):
    payout = outside.queued(way)
    outside.plan(way.rail, "refuse")

    assert outside.run_until(payout, way.refused) == way.refused

    fee = seen(payout).fee_minor if way.refused == "RETURNED" else 0
    assert on("available", payout.creator_id, way.currency) == 2 * way.minor - fee
    assert on("in_transit", payout.creator_id, way.currency) == 0
    assert seen(payout).method.state == "DISABLED"
    assert all(one["state"] == "RETURNED" for one in outside.book(payout))


@by_bank
def test_a_payment_that_comes_back_days_later_is_returned(outside, way):
    payout = outside.queued(way)
    outside.plan(way.rail, "return", days=3)

    assert outside.run_until(payout, "PAID") == "PAID"
    assert on("available", payout.creator_id, way.currency) == way.minor
    assert outside.run_until(payout, "RETURNED") == "RETURNED"

    row = seen(payout)
    assert on("available", payout.creator_id, way.currency) == 2 * way.minor - row.fee_minor
    assert outside.accepted_once(payout)["state"] == "RETURNED"


@by_rail
def test_a_lost_answer_ends_as_one_payment(outside, way):
    payout = outside.queued(way)
    outside.plan(way.rail, "lose_reply")

    outside.run_until(payout, "UNKNOWN", "SENT", "PROCESSING", "PAID")
    assert outside.run_until(payout, "PAID") == "PAID"

    outside.accepted_once(payout)


@by_rail
def test_a_call_that_never_came_pays_nobody_twice(outside, way):
    payout = outside.queued(way)
    outside.plan(way.rail, "hang_up")

    end = outside.run_until(payout, "PAID", "FAILED", days=8)

    if way is EPAYSERVICE:  # its history has no pages: where little is paid it proves nothing, and people are called
        assert (end, outside.book(payout), topics("payout.alarm")) == ("UNKNOWN", [], ["payout.alarm"])
    elif end == "FAILED":
        assert outside.book(payout) == []
        assert on("available", payout.creator_id, way.currency) == 2 * way.minor
    else:
        outside.accepted_once(payout)


@by(*AT_ONCE)
@pytest.mark.parametrize("is_dead", [False, True])
def test_listed_only_hours_later_it_is_one_payment_and_was_never_given_back(outside, way, is_dead, monkeypatch):
    payout = outside.queued(way)
    outside.plan(way.rail, "list_late")
    if is_dead:
        with monkeypatch.context() as deadly:
            deadly.setattr(sending, "_finish", lambda *_: die())
            with pytest.raises(WorkerDied):
                outside.run(way.rail)
        assert seen(payout).state == "SENT"
    else:
        outside.run(way.rail)
        assert seen(payout).state == "UNKNOWN"

    for hours in (0.1, 0.2, 0.4, 1, 2):
        outside.later(hours=hours)
        outside.run(way.rail)
        assert seen(payout).state in ("SENT", "UNKNOWN")
    outside.later(hours=3)
    outside.run(way.rail)

    assert seen(payout).state == "PAID"
    assert instruction_of(payout).number == 1
    assert topics("payout.sent", "payout.paid", "payout.failed") == ["payout.sent", "payout.paid"]
    outside.accepted_once(payout)


class WorkerDied(Exception):
    """Where it stood, nothing is written down any more."""


def die():
    raise WorkerDied


@by_rail
def test_a_rail_that_takes_nothing_now_is_tried_again_later(outside, way):
    payout = outside.queued(way)
    outside.control.fault(way.rail, UPLOADS.get(way.rail, "upload"), "throttle")

    end = outside.run_until(payout, "PAID", "FAILED")

    assert end == "PAID" or (end == "FAILED" and outside.book(payout) == [])


@by_bank
def test_a_file_that_is_refused_as_a_whole_pays_nobody_from_it(outside, way):
    payout = outside.queued(way)
    outside.plan(way.rail, "reject")

    end = outside.run_until(payout, "PAID", "FAILED")

    assert PayoutBatch.objects.filter(rail=way.rail, state="REFUSED").count() == 1
    assert len(outside.book(payout)) == (end == "PAID")


@by_bank
def test_reports_that_come_twice_change_nothing_twice(outside, way):
    payout = outside.queued(way)
    outside.plan(way.rail, "twice")

    assert outside.run_until(payout, "PAID") == "PAID"
    outside.later(days=2)
    outside.run(way.rail)

    assert on("available", payout.creator_id, way.currency) == way.minor
    outside.accepted_once(payout)


@by_bank
def test_a_bank_that_says_nothing_is_not_believed_to_have_paid(outside, way):
    payout = outside.queued(way)
    outside.plan(way.rail, "silent")

    assert outside.run_until(payout, "PAID", days=6) in ("PROCESSING", "SENT", "UNKNOWN")
    outside.control.ask("/_sandbox/rails/act", {"reference": instruction_of(payout).reference, "do": "speak"})

    assert outside.run_until(payout, "PAID", days=6) == "PAID"
    outside.accepted_once(payout)


@by_rail
def test_what_is_frozen_does_not_leave_and_leaves_once_afterwards(outside, way):
    payout = outside.queued(way)
    frozen_at = clock.now()
    freeze_payout(payout_id=payout.pk, code=Reason.CHARGEBACK_SPIKE, by=HOUSE, at=frozen_at)

    for _ in range(2):
        outside.run(way.rail)
        outside.later(days=1)
    assert outside.book(payout) == []
    thawed_at = clock.now()
    unfreeze_payout(payout_id=payout.pk, code=Reason.ESCROW_STANDARD, by=HOUSE, at=thawed_at)
    outside.later(hours=200)
    release_due(by=HOUSE)

    assert outside.run_until(payout, "PAID") == "PAID"
    assert datetime.fromisoformat(outside.accepted_once(payout)["accepted_at"]) > thawed_at > frozen_at


def test_many_payouts_of_a_day_leave_as_one_file_and_each_once(outside):
    several = [outside.queued(SEPA) for _ in range(4)]

    for payout in several:
        assert outside.run_until(payout, "PAID") == "PAID"

    references = [instruction_of(payout).reference for payout in several]
    taken = outside.taken_since()
    assert sorted(one["reference"] for one in taken) == sorted(references)


def test_replies_lost_one_after_the_other_double_nothing(outside):
    several = [outside.queued(PAXUM) for _ in range(6)]
    outside.plan("paxum", "lose_reply", times=3)
    outside.plan("paxum", "hang_up", times=2)

    for payout in several:
        outside.run_until(payout, "PAID", "FAILED")

    paid = [payout for payout in several if seen(payout).state == "PAID"]
    assert len(paid) >= 4
    assert len(outside.taken_since()) == len(paid)
    for payout in paid:
        outside.accepted_once(payout)
