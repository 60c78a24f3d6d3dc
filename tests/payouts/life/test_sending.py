"""From the queue to its end: told once, booked once, and what is unsure is asked about, never sent again."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from foundation import clock, nearby
from foundation.errors import Conflict
from foundation.money import Money
from foundation.reasons import Reason
from foundation.restrictions.services import place_restriction
from foundation.restrictions.types import Kind
from foundation.switches.services import stop_switch
from payouts.life.models import Payout, PayoutInstruction
from payouts.life.services import (
    apply_rail,
    cancel_payout,
    choose_method,
    freeze_payout,
    repair_due,
    run_payouts,
    send_due,
)
from payouts.life.services.claiming import hold_queued, prepare
from payouts.life.services.sending import send_claimed
from payouts.methods.models import PayoutMethod
from payouts.methods.services import add_method, stop_method
from payouts.transparency.selectors import get_shown
from processors.gateways.rails.base import rails
from processors.gateways.rails.types import RailOutcome, RailResult
from tests.cast import HOUSE, actor, staff
from tests.payouts.scene import (
    ask,
    instruction_of,
    later,
    legs,
    method_of,
    on,
    prove,
    queue_of,
    queued,
    rich,
    seen,
    topics,
)

pytestmark = pytest.mark.django_db
R = RailResult


def send(**more):
    return send_due(rail="paxum", by=HOUSE, **more)


def claimed(payout):
    """Taken by a run, not sent."""
    ((_, instruction),) = prepare(hold_queued("paxum", "USD", 1), "paxum-test", by=HOUSE)
    assert instruction.payout_id == payout.pk
    return instruction


def test_sent_once_with_its_fee_and_booked_when_it_arrived(desk):
    maya = rich(200_00)
    payout = queued(100_00, maya)

    assert send().sent == 1
    assert send().sent == 0

    row, told = seen(payout), instruction_of(payout)
    assert (row.state, told.state, told.number, told.reference[:2]) == ("PAID", "DONE", 1, "PO")
    assert desk.paid == {told.reference: Money(99_00, "USD")}
    assert (on("escrow", maya), on("in_transit", maya), on("available", maya)) == (0, 0, 100_00)
    assert legs(told.pk) == {"payout.sent": 99_00, "payout.fee": 1_00}
    assert told.rail_fee_minor == 50
    assert topics("payout.sent", "payout.paid") == ["payout.sent", "payout.paid"]


def test_refused_the_money_and_the_fee_are_available_again(desk):
    maya = rich(200_00)
    payout = queued(100_00, maya)
    desk.will(RailOutcome(R.REFUSED, code="NM", text="no such account", disables_destination=True))
    send()
    row = seen(payout)
    assert (row.state, instruction_of(payout).state, row.method.state) == ("FAILED", "REFUSED", "DISABLED")
    assert (on("available", maya), on("in_transit", maya)) == (200_00, 0)
    assert topics("payout.failed", "payout_method.stopped") == ["payout.failed", "payout_method.stopped"]
    with pytest.raises(Conflict):
        ask(maya)


def test_not_reached_it_waits_in_escrow_and_leaves_under_another_name(desk):
    maya = rich(200_00)
    payout = queued(100_00, maya)
    desk.will(RailOutcome(R.NOT_SENT, text="not reached"))
    send()
    assert (seen(payout).state, on("escrow", maya), on("in_transit", maya)) == ("QUEUED", 100_00, 0)
    assert send().sent == 0
    later(hours=201)
    assert send().sent == 1
    names = list(PayoutInstruction.objects.filter(payout=payout).order_by("number").values_list("reference", "state"))
    assert [state for _, state in names] == ["NOT_SENT", "DONE"]
    assert names[0][0] != names[1][0]
    assert list(desk.paid) == [names[1][0]]


def test_a_lost_answer_is_asked_about_and_never_sent_again(desk):
    payout = queued()
    desk.will(lambda request: (desk.pay(request), RailOutcome(R.UNKNOWN))[1])
    send()
    assert (seen(payout).state, instruction_of(payout).state) == ("UNKNOWN", "TIMED_OUT")
    assert repair_due(by=HOUSE).asked == 0
    later(hours=200, minutes=2)
    assert send().sent == 0
    assert repair_due(by=HOUSE).asked == 1
    assert seen(payout).state == "PAID"
    assert desk.calls == ["send", "status"]


def test_taken_and_told_later(desk):
    payout = queued()
    desk.will(RailOutcome(R.ACCEPTED, "T-1"))
    send()
    assert (seen(payout).state, instruction_of(payout).state) == ("PROCESSING", "ACCEPTED")
    told = instruction_of(payout)
    for _ in range(2):
        apply_rail(instruction_id=told.pk, outcome=RailOutcome(R.PAID, "T-1"), by=HOUSE, at=clock.now())
    assert seen(payout).state == "PAID"
    assert topics("payout.paid") == ["payout.paid"]


@pytest.mark.parametrize("was_paid", [True, False])
def test_returned_by_the_bank_it_is_available_again_without_our_fee(desk, was_paid):
    maya = rich(200_00)
    payout = queued(100_00, maya)
    desk.will(RailOutcome(R.PAID if was_paid else R.ACCEPTED))
    send()
    for _ in range(2):
        apply_rail(
            instruction_id=instruction_of(payout).pk, outcome=RailOutcome(R.RETURNED, code="R03"), by=HOUSE,
            at=clock.now(),
        )  # fmt: skip
    row = seen(payout)
    assert (row.state, row.reason_code, on("available", maya), on("in_transit", maya)) == (
        "RETURNED", "RETURNED_BY_BANK", 199_00, 0,
    )  # fmt: skip
    assert topics("payout.returned") == ["payout.returned"]


@pytest.mark.parametrize("first", [R.REFUSED, R.NOT_SENT])
def test_a_late_yes_against_a_no_changes_nothing_and_calls_finance(desk, first):
    maya = rich(200_00)
    payout = queued(100_00, maya)
    desk.will(RailOutcome(first))
    send()
    before = seen(payout).state
    apply_rail(instruction_id=instruction_of(payout).pk, outcome=RailOutcome(R.PAID), by=HOUSE, at=clock.now())
    assert seen(payout).state == before
    assert topics("payout.alarm") == ["payout.alarm"]


def test_frozen_after_it_was_taken_and_before_it_was_sent_it_does_not_leave(desk):
    payout = queued()
    instruction = claimed(payout)
    freeze_payout(payout_id=payout.pk, code=Reason.CHARGEBACK_SPIKE, by=HOUSE, at=clock.now())
    with pytest.raises(Conflict) as refused:
        send_claimed(instruction_id=instruction.pk, fence=instruction.fence, by=HOUSE)
    assert refused.value.code == "payouts.lost_claim"
    assert (seen(payout).state, desk.calls) == ("FROZEN", [])


def test_sent_it_can_neither_be_frozen_nor_cancelled(desk):
    payout = queued()
    desk.will(RailOutcome(R.ACCEPTED))
    send()
    for work in (
        lambda: freeze_payout(payout_id=payout.pk, code=Reason.CHARGEBACK_SPIKE, by=HOUSE, at=clock.now()),
        lambda: cancel_payout(payout_id=payout.pk, reason="no", by=HOUSE, at=clock.now()),
    ):
        with pytest.raises(Conflict) as refused:
            work()
        assert refused.value.code == "payouts.too_late"
    assert seen(payout).state == "PROCESSING"


def test_a_worker_that_lost_its_claim_cannot_send(desk):
    payout = queued()
    lost = claimed(payout)
    later(hours=200, minutes=3)
    assert repair_due(by=HOUSE).taken_back == 1
    assert seen(payout).state == "QUEUED"
    later(hours=201)
    again = claimed(payout)
    with pytest.raises(Conflict):
        send_claimed(instruction_id=lost.pk, fence=lost.fence, by=HOUSE)
    with pytest.raises(Conflict):
        send_claimed(instruction_id=again.pk, fence=lost.fence, by=HOUSE)
    assert send_claimed(instruction_id=again.pk, fence=again.fence, by=HOUSE).sent == 1
    assert list(desk.paid) == [again.reference]


def test_a_block_after_it_was_queued_keeps_it_here(desk):
    maya = rich(200_00)
    payout = queued(100_00, maya)
    place_restriction(
        party_id=maya, kind=Kind.PAYOUTS_BLOCKED, source="tests", reason="looked at", by=HOUSE, at=clock.now()
    )
    assert send().sent == 0
    row = seen(payout)
    assert (row.state, row.reason_code, desk.calls) == ("QUEUED", "CHECK_IN_PROGRESS", [])


def test_a_block_after_it_was_taken_keeps_it_here_too(desk):
    maya = rich(200_00)
    payout = queued(100_00, maya)
    instruction = claimed(payout)
    place_restriction(
        party_id=maya, kind=Kind.PAYOUTS_BLOCKED, source="tests", reason="looked at", by=HOUSE, at=clock.now()
    )
    assert send_claimed(instruction_id=instruction.pk, fence=instruction.fence, by=HOUSE).put_off == 1
    assert (seen(payout).state, desk.calls) == ("QUEUED", [])


@pytest.mark.parametrize("key", ["payouts.pause", "payouts.rail.paxum"])
def test_stopped_nothing_leaves(desk, key):
    payout = queued()
    stop_switch(key=key, reason="drill", by=actor(staff("adam")), at=clock.now())
    nearby.forget_all()
    assert send().sent == 0
    assert (seen(payout).state, desk.calls) == ("QUEUED", [])


def test_a_destination_that_a_bank_refused_is_waited_for(desk):
    payout = queued()
    stop_method(payout.method, "closed", by=HOUSE, at=clock.now())
    assert send().sent == 0
    row = seen(payout)
    assert (row.state, row.due_at, row.reason_code) == ("QUEUED", None, "RETURNED_BY_BANK")
    assert topics("payout.alarm") == ["payout.alarm"]
    one = get_shown(payout.pk, creator_id=payout.creator_id, at=clock.now())
    assert (one.status, one.arrival.is_estimate) == ("DELAYED", True)

    other = method_of(payout.creator_id, email="other@b.example")
    later(hours=250)
    choose_method(payout_id=payout.pk, method_id=other.pk, creator_id=payout.creator_id, by=HOUSE, at=clock.now())
    assert seen(payout).reason_code == "ESCROW_STANDARD"
    later(hours=300)
    send()
    assert (seen(payout).state, instruction_of(payout).method_id) == ("PAID", other.pk)


def test_a_refused_destination_that_is_replaced_takes_what_waits_with_it(desk):
    payout = queued()
    stop_method(payout.method, "closed", by=HOUSE, at=clock.now())
    send()
    view = add_method(
        creator_id=payout.creator_id, rail="paxum", currency="USD", details={"email": "new@maya.example"}, by=HOUSE,
        at=clock.now(), replaces_id=payout.method_id,
    )  # fmt: skip
    prove(view.id, payout.creator_id)
    row = seen(payout)
    assert (row.method_id, row.reason_code) == (view.id, "BANK_CHANGED")
    assert row.due_at >= PayoutMethod.objects.get(pk=view.id).usable_from
    later(hours=400)
    send()
    assert seen(payout).state == "PAID"


def test_a_rail_without_an_account_of_ours_waits_and_the_others_go_on(desk, monkeypatch):
    elsewhere, fine = queue_of(2)
    PayoutMethod.objects.filter(pk=elsewhere.method_id).update(rail="epayservice")
    Payout.objects.filter(pk=elsewhere.pk).update(rail="epayservice")
    monkeypatch.setitem(rails._entries, "epayservice", desk)
    done = run_payouts(by=HOUSE, only=["epayservice", "paxum"])
    assert (done.sent, done.unavailable) == (1, ("epayservice",))
    assert (seen(fine).state, seen(elsewhere).state) == ("PAID", "QUEUED")


def test_a_changed_destination_is_waited_for_and_takes_what_waits_with_it(desk, standing):
    maya = rich(300_00)
    payout = ask(maya, 100_00)
    view = add_method(
        creator_id=maya, rail="paxum", currency="USD", details={"email": "new@maya.example"}, by=HOUSE,
        at=clock.now(), replaces_id=payout.method_id,
    )  # fmt: skip
    prove(view.id, maya)
    row = seen(payout)
    assert (row.method_id, row.reason_code) == (view.id, "BANK_CHANGED")
    assert row.due_at > clock.now() + timedelta(hours=23)
    assert topics("payout.rerouted") == ["payout.rerouted"]


def test_the_commands_release_and_send_what_is_due_in_the_operators_name(desk):
    payout = ask(rich())
    told = {}
    for command in ("escrow_release", "payouts_run"):
        out = StringIO()
        later(hours=200)
        call_command(command, "--json", stdout=out)
        told[command] = json.loads(out.getvalue())
    assert (told["escrow_release"]["released"], told["payouts_run"]["sent"]) == (1, 1), told
    assert seen(payout).state == "PAID"
