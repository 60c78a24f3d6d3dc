"""Refunds, voids and disputes: never more than was taken, never twice unless a bank did it."""

import pytest
from django.db import transaction

from foundation import clock, nearby
from foundation.errors import Conflict, Invalid, NotFound, Unavailable
from foundation.money import Money
from foundation.switches.services import stop_switch
from ledger import chart
from processors.gateways.types import Code, Operation, Outcome, Result
from processors.payments.giving_back import Refund
from processors.payments.selectors import get_refund, timeline
from processors.payments.services import (
    lose_dispute,
    open_dispute,
    repair_due,
    repair_refund,
    request_refund,
    send_refund,
    settle_refund_by_hand,
    undo_capture,
    void_payment,
    win_dispute,
)
from processors.payments.states import PaymentState, RefundState
from tests.cast import HOUSE, actor, missing_id, staff
from tests.processors.crypto.world import standing
from tests.processors.payments.till import ACCOUNT, Till, bought, later, legs, payment_of, topics, usd

pytestmark = pytest.mark.django_db
R = RefundState


def ask(view, minor, **more):
    with transaction.atomic():
        return request_refund(
            payment_id=view.id, amount=usd(minor), reason="did not like it", by=HOUSE, at=clock.now(), **more
        )


def give_back(view, minor, **more):
    return send_refund(refund_id=ask(view, minor, **more).pk, by=HOUSE)


def dispute(view, minor, ref="cb-1"):
    return open_dispute(
        payment_id=view.id, provider_ref=ref, amount=usd(minor), reason="fraud", by=HOUSE, at=clock.now()
    )


def given_back(view):
    row = payment_of(view)
    return row.refunds_minor, row.disputed_minor, row.is_paid_back_twice


def test_parts_are_refunded_until_the_last_cent_and_not_one_more(till):
    view = bought(19_99)
    for minor in (1, 6_66, 13_31):
        assert give_back(view, minor).state == R.SUCCEEDED
    with pytest.raises(Conflict, match="too_much") as refused:
        ask(view, 2)
    assert refused.value.facts["refundable_minor"] == 1
    assert give_back(view, 1).state == R.SUCCEEDED
    assert given_back(view) == (1999, 0, False)
    assert sum(amount.minor for amount in till.refunded.values()) == 1999
    assert topics("txn.refund") == ["txn.refund"] * 4


def test_a_refund_counts_from_the_moment_it_is_prepared_and_no_longer_when_it_fails(till):
    view = bought(20_00)
    first = ask(view, 15_00)
    with pytest.raises(Conflict, match="too_much"):
        ask(view, 5_01)
    till.will(Outcome(Result.DECLINED, code=Code.NOT_REFUNDABLE))
    assert send_refund(refund_id=first.pk, by=HOUSE).state == R.FAILED
    assert given_back(view) == (0, 0, False)
    assert legs(first.pk) == {}
    assert topics("txn.refund_failed") == ["txn.refund_failed"]
    assert give_back(view, 20_00).state == R.SUCCEEDED


@pytest.mark.parametrize("minor", [0, -1])
def test_nothing_and_less_is_no_refund(till, minor):
    with pytest.raises(Invalid, match="bad_amount"):
        ask(bought(), minor)


def test_what_was_not_taken_is_not_given_back(till):
    till.will(Outcome(Result.DECLINED, code=Code.DO_NOT_HONOR), Outcome(Result.UNKNOWN))
    with pytest.raises(Conflict, match="not_taken"):
        ask(bought(), 1)
    with pytest.raises(Conflict, match=r"payments\.unknown"):
        ask(bought(), 1)
    view = bought()
    with pytest.raises(Invalid, match="bad_amount"), transaction.atomic():
        request_refund(payment_id=view.id, amount=Money(1, "EUR"), reason="x", by=HOUSE, at=clock.now())
    with pytest.raises(NotFound), transaction.atomic():
        request_refund(payment_id=missing_id(), amount=usd(1), reason="x", by=HOUSE, at=clock.now())


def test_a_lost_answer_is_asked_for_and_the_money_leaves_once(till):
    view = bought(20_00)
    till.will(Outcome(Result.UNKNOWN))
    lost = give_back(view, 5_00)
    assert (lost.state, given_back(view)) == (R.UNKNOWN, (500, 0, False))
    assert repair_refund(refund_id=lost.id, by=HOUSE).state == R.SUCCEEDED
    assert till.calls.count("refund") == 1
    assert repair_refund(refund_id=lost.id, by=HOUSE).state == R.SUCCEEDED
    assert legs(lost.id)["refund.paid"] == 500


def test_a_refund_nobody_sent_is_sent_by_the_repair(till):
    view = bought(20_00)
    left = ask(view, 5_00)
    later(minutes=3)
    assert repair_due(by=HOUSE).refunds == 1
    assert Refund.objects.get(pk=left.pk).state == R.SUCCEEDED


def test_a_pending_refund_ends_by_asking(till):
    view = bought(20_00)
    till.will(Outcome(Result.PENDING), Outcome(Result.PENDING), Outcome(Result.DECLINED, code=Code.NOT_REFUNDABLE))
    waits = give_back(view, 5_00)
    assert repair_refund(refund_id=waits.id, by=HOUSE).state == R.PENDING
    assert repair_refund(refund_id=waits.id, by=HOUSE).state == R.FAILED
    assert given_back(view) == (0, 0, False)


def test_another_amount_than_asked_is_not_booked_and_alarms(till):
    view = bought(20_00)
    till.will(Outcome(Result.APPROVED, provider_ref="r1", amount=usd(5_01)))
    assert give_back(view, 5_00).state == R.UNKNOWN
    assert topics("txn.alarm", "txn.refund") == ["txn.alarm"]


def test_a_stopped_refund_waits_and_leaves_when_it_may(till):
    view = bought(20_00)
    waits = ask(view, 5_00)
    stop_switch(key="payments.refund", reason="an incident", by=actor(staff("fred")), at=clock.now())
    nearby.forget_all()
    with pytest.raises(Unavailable):
        send_refund(refund_id=waits.pk, by=HOUSE)
    later(minutes=3)
    assert repair_due(by=HOUSE).put_off == 1
    assert Refund.objects.get().state == R.PREPARED


def test_where_the_provider_cannot_a_person_pays_and_proves(till, monkeypatch):
    cannot = {"operations": frozenset({Operation.CHARGE})}
    monkeypatch.setattr(Till, "capabilities", _with(Till.capabilities, **cannot))
    view = bought(20_00)
    due = ask(view, 20_00)
    assert (due.state, given_back(view)) == (R.MANUAL_DUE, (2000, 0, False))
    with pytest.raises(Conflict, match="refund_not_ready"):
        send_refund(refund_id=due.pk, by=HOUSE)
    with pytest.raises(Invalid, match="proof_missing"):
        settle_refund_by_hand(refund_id=due.pk, proof=" ", by=HOUSE, at=clock.now())
    settle_refund_by_hand(refund_id=due.pk, proof="0xabc", by=HOUSE, at=clock.now())
    with pytest.raises(Conflict, match="not_by_hand"):
        settle_refund_by_hand(refund_id=due.pk, proof="0xabc", by=HOUSE, at=clock.now())
    assert legs(due.pk)["refund.paid"] == 2000
    assert get_refund(due.pk, HOUSE).state == R.MANUAL_SETTLED


def test_a_whole_charge_is_voided_before_it_settles_only(till):
    early, refunded, late = bought(20_00), bought(20_00), bought(20_00)
    give_back(refunded, 1)

    def void(view):
        with transaction.atomic():
            return void_payment(payment_id=view.id, reason="a mistake", by=HOUSE, at=clock.now())

    assert send_refund(refund_id=void(early).pk, by=HOUSE).is_void
    assert (payment_of(early).state, given_back(early)) == (PaymentState.VOIDED, (2000, 0, False))
    with pytest.raises(Conflict, match="not_voidable"):
        void(early)
    with pytest.raises(Conflict, match="not_voidable"):
        void(refunded)
    later(days=2)
    with pytest.raises(Conflict, match="not_voidable"):
        void(late)
    assert till.voided == [f"{early.id.hex}-1"]


def test_what_a_bank_holds_or_took_is_not_refunded_as_well(till):
    view = bought(20_00)
    opened = dispute(view, 15_00)
    with pytest.raises(Conflict, match=r"payments\.disputed"):
        ask(view, 5_01)
    assert give_back(view, 5_00).state == R.SUCCEEDED
    lose_dispute(dispute_id=opened.pk, by=HOUSE, at=clock.now())
    with pytest.raises(Conflict, match=r"payments\.disputed"):
        ask(view, 1)
    with pytest.raises(Conflict, match="dispute_over"):
        win_dispute(dispute_id=opened.pk, by=HOUSE, at=clock.now())
    assert given_back(view) == (500, 1500, False)


def test_a_won_dispute_makes_the_money_refundable_again(till):
    view = bought(20_00)
    for ref in ("cb-1", "cb-2"):
        won = dispute(view, 20_00, ref)
        win_dispute(dispute_id=won.pk, by=HOUSE, at=clock.now())
    assert give_back(view, 20_00).state == R.SUCCEEDED
    assert topics("txn.dispute", "txn.dispute_closed") == ["txn.dispute", "txn.dispute_closed"] * 2


def test_a_dispute_told_twice_is_one(till):
    view = bought(20_00)
    assert dispute(view, 20_00).pk == dispute(view, 20_00).pk
    assert given_back(view) == (0, 2000, False)


def test_a_bank_that_takes_what_was_refunded_is_flagged_and_alarms(till):
    view = bought(20_00)
    give_back(view, 20_00)
    opened = dispute(view, 20_00)
    assert given_back(view) == (2000, 2000, True)
    assert topics("txn.alarm") == ["txn.alarm"]
    lose_dispute(dispute_id=opened.pk, by=HOUSE, at=clock.now())
    assert legs(_journal(opened, "lost"))["dispute.lost_beyond"] == 2000


def test_a_refund_under_way_when_a_bank_takes_the_money_is_our_loss_and_flagged(till):
    view = bought(20_00)
    till.will(Outcome(Result.UNKNOWN))
    under_way = give_back(view, 12_00)
    dispute(view, 20_00)
    assert given_back(view) == (1200, 2000, True)
    assert repair_refund(refund_id=under_way.id, by=HOUSE).state == R.SUCCEEDED
    assert legs(_named("refund.beyond", under_way.id)) == {"refund.beyond": 1200}
    assert topics("txn.alarm") == ["txn.alarm", "txn.alarm"]


@pytest.mark.parametrize("minor", [12_00, 20_00])
def test_what_was_our_loss_is_a_refund_again_once_the_dispute_is_won(till, minor):
    view, alike = bought(20_00), bought(20_00)
    till.will(Outcome(Result.UNKNOWN))
    under_way = give_back(view, minor)
    opened = dispute(view, 20_00)
    repair_refund(refund_id=under_way.id, by=HOUSE)
    win_dispute(dispute_id=opened.pk, by=HOUSE, at=clock.now())
    give_back(alike, minor)

    assert given_back(view) == (minor, 0, False) == given_back(alike)
    assert standing(chart.account("chargeback", "loss", "USD", source=ACCOUNT)) == 0
    assert standing(chart.account("chargeback", "disputed", "USD", source=ACCOUNT)) == 0
    assert standing(chart.clearing(ACCOUNT, "USD")) == -2 * (20_00 - minor)
    journals = [title for kind, title in ((e.kind, e.title) for e in timeline(view.id)) if kind == "journal"]
    assert {"refund.no_loss", "refund.paid"} <= set(journals)
    again = dispute(view, 20_00, "cb-2")
    lose_dispute(dispute_id=again.pk, by=HOUSE, at=clock.now())
    assert standing(chart.account("chargeback", "loss", "USD", source=ACCOUNT)) == -minor


def test_of_two_disputes_the_won_one_makes_good_only_what_it_brought(till):
    view = bought(20_00)
    till.will(Outcome(Result.UNKNOWN))
    under_way = give_back(view, 15_00)
    first, second = dispute(view, 12_00, "cb-1"), dispute(view, 8_00, "cb-2")
    repair_refund(refund_id=under_way.id, by=HOUSE)
    loss = chart.account("chargeback", "loss", "USD", source=ACCOUNT)
    assert standing(loss) == -15_00
    win_dispute(dispute_id=first.pk, by=HOUSE, at=clock.now())
    assert standing(loss) == -3_00
    win_dispute(dispute_id=second.pk, by=HOUSE, at=clock.now())
    assert (standing(loss), given_back(view)) == (0, (1500, 0, False))
    assert give_back(view, 5_00).state == R.SUCCEEDED


def test_a_refund_not_sent_yet_when_a_bank_takes_the_money_never_leaves(till):
    view = bought(20_00)
    waits = ask(view, 12_00)
    dispute(view, 20_00)
    assert send_refund(refund_id=waits.pk, by=HOUSE).state == R.FAILED
    assert given_back(view) == (0, 2000, False)
    assert "refund" not in till.calls


def test_a_refund_that_failed_for_us_and_succeeded_for_the_provider_counts_after_all(till):
    view = bought(20_00)
    till.will(Outcome(Result.UNKNOWN), Outcome(Result.DECLINED, code=Code.OTHER))
    lost = give_back(view, 20_00)
    assert repair_refund(refund_id=lost.id, by=HOUSE).state == R.FAILED
    give_back(view, 20_00)
    from processors.payments.services import apply_refund_outcome

    apply_refund_outcome(refund_id=lost.id, outcome=Outcome(Result.APPROVED), by=HOUSE, at=clock.now())
    assert given_back(view) == (4000, 0, True)


def test_a_confirmed_transfer_that_vanished_is_taken_back_and_may_come_again(till):
    view = bought(20_00)
    first = payment_of(view).sale_journal
    undo_capture(payment_id=view.id, reason="reorganised", by=HOUSE, at=clock.now())
    row = payment_of(view)
    assert (row.state, row.captured_minor) == (PaymentState.REQUIRES_ACTION, 0)
    from processors.payments.services import apply_outcome

    apply_outcome(attempt_id=row.attempts.get().pk, outcome=Outcome(Result.APPROVED), by=HOUSE, at=clock.now())
    row = payment_of(view)
    assert (row.state, row.captured_minor) == (PaymentState.CAPTURED, 2000)
    assert row.sale_journal != first
    assert give_back(view, 20_00).state == R.SUCCEEDED


def test_the_timeline_has_refunds_disputes_and_their_journals(till):
    view = bought(20_00)
    give_back(view, 5_00)
    dispute(view, 15_00)
    found = [(entry.kind, entry.title) for entry in timeline(view.id)]
    assert ("refund", "SUCCEEDED") in found
    assert ("dispute", "OPENED") in found
    assert [title for kind, title in found if kind == "journal"] == ["sale.paid", "refund.paid", "dispute.taken"]


def _journal(row, part):
    from processors.payments.services.booking import dispute_journal

    return dispute_journal(row.pk, part)


def _named(*parts):
    from foundation.ids import named_id

    return named_id(*parts)


def _with(capabilities, **changes):
    from dataclasses import replace

    return replace(capabilities, **changes)
