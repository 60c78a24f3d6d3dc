"""From the wish to the queue: what leaves available, how long it waits, who stops it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from foundation import clock, nearby
from foundation.errors import Conflict, NotFound, PayloadMismatch, Unprocessable
from foundation.identity.models import Party
from foundation.ids import uuid7
from foundation.reasons import Reason
from foundation.restrictions.services import place_restriction
from foundation.restrictions.types import Kind
from foundation.switches.services import stop_switch
from ledger import chart
from ledger.errors import InsufficientBalance
from ledger.flows import freeze_all
from payouts.life import seams
from payouts.life.models import Payout, PayoutCheck, PayoutEscrow
from payouts.life.seams import Look, Outcome
from payouts.life.selectors import get_escrow, get_payout, list_checks
from payouts.life.services import (
    cancel_payout,
    extend_escrow,
    freeze_payout,
    mark_disputed,
    release_due,
    unfreeze_payout,
)
from tests.cast import HOUSE, actor, staff
from tests.payouts.scene import ask, later, legs, on, queued, rich, seen, topics

pytestmark = pytest.mark.django_db


def test_a_request_reserves_the_money_is_looked_at_and_waits_its_hours(desk):
    maya = rich(500_00)

    payout = ask(maya, 120_00)

    assert (on("available", maya), on("escrow", maya)) == (380_00, 120_00)
    assert (payout.state, payout.rail, payout.fee_minor, payout.reason_code) == (
        "IN_ESCROW", "paxum", 1_00, "ESCROW_STANDARD",
    )  # fmt: skip
    escrow = get_escrow(payout.pk)
    assert (escrow.status, escrow.hours, escrow.score) == ("IN_ESCROW", 12, 850)
    assert payout.due_at == escrow.planned_release_at == escrow.starts_at + timedelta(hours=12) == payout.promised_at
    assert {check.kind for check in list_checks(payout.pk)} == {"identity", "restrictions"}
    assert topics("payout.requested", "payout.escrowed", "payout.frozen") == ["payout.requested", "payout.escrowed"]


def test_released_by_the_databases_clock_and_not_a_second_before(desk):
    payout = ask(rich())
    later(hours=11, minutes=59)
    assert release_due(by=HOUSE).released == 0
    later(hours=12, minutes=1)
    assert release_due(by=HOUSE).released == 1
    row = seen(payout)
    assert (row.state, get_escrow(row.pk).status) == ("QUEUED", "RELEASED")
    assert get_escrow(row.pk).released_at is not None
    assert release_due(by=HOUSE).released == 0
    assert topics("payout.released") == ["payout.released"]


def test_a_process_whose_clock_runs_ahead_neither_plans_nor_releases_early(desk, monkeypatch):
    real, maya = clock.now, rich()
    monkeypatch.setattr(clock, "now", lambda: real() - timedelta(days=1))
    payout = ask(maya, at=real() - timedelta(days=1))
    assert payout.due_at > real() + timedelta(hours=11, minutes=59)
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=30))
    assert release_due(by=HOUSE).released == 0


@pytest.mark.parametrize(("score", "share", "hours"), [(850, "0.45", 48), (450, "0", 120), (850, "0.31", 24)])
def test_the_score_and_refunds_decide_the_hours(desk, standing, score, share, hours):
    standing.score, standing.refund_ratio = score, Decimal(share)
    payout = ask(rich())
    assert get_escrow(payout.pk).hours == hours
    assert payout.reason_code == ("HIGH_REFUND_RATIO" if Decimal(share) else "ESCROW_STANDARD")


def test_a_creator_outside_the_share_waits_the_standard_day(desk, standing, monkeypatch):
    standing.score = 100
    monkeypatch.setattr("payouts.life.services.timing.rollout_includes", lambda key, id: False)
    assert get_escrow(ask(rich()).pk).hours == 24


def test_more_than_is_available_is_refused_and_nothing_stays(desk):
    maya = rich(50_00)
    with pytest.raises(InsufficientBalance):
        ask(maya, 50_01)
    assert not Payout.objects.exists()
    ask(maya, 50_00)
    assert on("available", maya) == 0


def test_what_is_frozen_on_the_ledger_is_not_paid_out(desk):
    maya = rich(100_00)
    freeze_all(freeze_id=uuid7(), keys=[chart.creator("available", maya, "USD")], reason="tests")
    with pytest.raises(InsufficientBalance):
        ask(maya, 20_00)


@pytest.mark.parametrize(("minor", "code"), [(19_99, "payouts.too_little"), (50_000_01, "payouts.too_much")])
def test_amounts_outside_the_limits_of_the_rail_are_refused(desk, minor, code):
    maya = rich(60_000_00)
    with pytest.raises(Unprocessable) as refused:
        ask(maya, minor)
    assert refused.value.code == code


def test_the_same_id_again_is_the_same_payout_and_another_wish_under_it_is_refused(desk):
    maya, id = rich(), uuid7()
    assert ask(maya, 40_00, payout_id=id).pk == ask(maya, 40_00, payout_id=id).pk == id
    assert on("escrow", maya) == 40_00
    with pytest.raises(PayloadMismatch):
        ask(maya, 41_00, payout_id=id)


def test_another_creators_destination_is_not_found(desk):
    maya, sam = rich(), rich()
    theirs = ask(sam).method_id
    with pytest.raises(NotFound):
        ask(maya, method_id=theirs)
    with pytest.raises(NotFound):
        cancel_payout(payout_id=ask(sam, 30_00).pk, reason="mine?", by=HOUSE, at=clock.now(), creator_id=maya)
    with pytest.raises(NotFound):
        get_payout(ask(sam, 30_00).pk, creator_id=maya)


@pytest.mark.parametrize(
    ("state", "minor", "is_stopped"),
    [
        ("not_started", 900_00, False),
        ("not_started", 1_500_00, True),
        ("failed", 30_00, True),
        ("passed", 1_500_00, False),
    ],
)
def test_papers_decide_how_much_may_leave(desk, standing, state, minor, is_stopped):
    maya = rich(2_000_00)
    Party.objects.filter(pk=maya).update(kyc_state=state)
    payout = ask(maya, minor)
    assert payout.state == ("FROZEN" if is_stopped else "IN_ESCROW")
    assert standing.stopped == ([(payout.pk, "identity")] if is_stopped else [])
    if is_stopped:
        assert (payout.reason_code, payout.due_at) == ("KYC_MISSING", None)
        assert get_escrow(payout.pk).status == "FROZEN"


def test_a_block_between_request_and_release_stops_it_at_release(desk):
    maya = rich()
    payout = ask(maya)
    place_restriction(
        party_id=maya, kind=Kind.PAYOUTS_BLOCKED, source="tests", reason="looked at", by=HOUSE, at=clock.now()
    )
    later(hours=13)
    done = release_due(by=HOUSE)
    assert (done.released, done.stopped, seen(payout).state) == (0, 1, "FROZEN")
    assert on("escrow", maya) == 100_00


def test_a_frozen_payout_keeps_its_money_and_is_looked_at_again_when_let_go(desk, standing):
    maya = rich()
    payout = ask(maya)
    freeze_payout(payout_id=payout.pk, code=Reason.CHARGEBACK_SPIKE, by=HOUSE, at=clock.now())
    later(hours=200)
    assert release_due(by=HOUSE).released == 0
    with pytest.raises(Conflict) as refused:
        unfreeze_payout(payout_id=ask(maya, 30_00).pk, code="x", by=HOUSE, at=clock.now())
    assert refused.value.code == "payouts.not_frozen"
    looks = PayoutCheck.objects.filter(payout=payout).count()
    unfreeze_payout(payout_id=payout.pk, code=Reason.DECIDED_BY_PERSON, by=HOUSE, at=clock.now())
    assert PayoutCheck.objects.filter(payout=payout).count() == 2 * looks
    assert release_due(by=HOUSE).released == 1
    assert on("escrow", maya) == 130_00


def test_a_look_that_still_stops_freezes_again_at_once(desk, standing):
    payout = ask(rich())
    freeze_payout(payout_id=payout.pk, code=Reason.CHARGEBACK_SPIKE, by=HOUSE, at=clock.now())
    seams.checks.add(
        "story", seams.Check("story", lambda p, at: Look(Outcome.STOPPED, {}, Reason.CHARGEBACK_SPIKE, None))
    )
    try:
        row = unfreeze_payout(payout_id=payout.pk, code=Reason.DECIDED_BY_PERSON, by=HOUSE, at=clock.now())
    finally:
        seams.checks.remove("story")
    assert row.state == "FROZEN"
    assert standing.stopped == [(payout.pk, "story")]


def test_from_the_queue_a_freeze_takes_it_back(desk):
    payout = queued()
    freeze_payout(payout_id=payout.pk, code=Reason.CHARGEBACK_SPIKE, by=HOUSE, at=clock.now())
    assert seen(payout).state == "FROZEN"
    assert get_escrow(payout.pk).status == "FROZEN"


def test_an_extension_has_a_reason_and_only_ever_makes_it_later(desk):
    payout = ask(rich())
    first = payout.due_at
    until = first + timedelta(hours=30)
    facts = {"payout_id": payout.pk, "code": Reason.CHECK_IN_PROGRESS, "by": HOUSE, "at": clock.now()}
    extend_escrow(**facts, until=until, reason="a dispute arrived")
    extend_escrow(**facts, until=first, reason="sooner?")
    row = seen(payout)
    assert (row.due_at, row.reason_code, row.promised_at) == (until, "CHECK_IN_PROGRESS", first)
    assert get_escrow(payout.pk).is_extended
    assert get_escrow(payout.pk).extension_reason == "a dispute arrived"
    assert topics("payout.extended") == ["payout.extended"]
    later(hours=20)
    assert release_due(by=HOUSE).released == 0
    later(hours=43)
    assert release_due(by=HOUSE).released == 1
    with pytest.raises(Conflict):
        extend_escrow(**facts, until=until + timedelta(days=3), reason="too late")


def test_a_better_score_shortens_only_new_ones(desk, standing):
    standing.score = 450
    old = ask(rich())
    standing.score = 900
    new = ask(rich())
    later(hours=13)
    release_due(by=HOUSE)
    assert (seen(old).state, seen(new).state) == ("IN_ESCROW", "QUEUED")


def test_a_dispute_shows_in_the_documents_status(desk):
    payout = ask(rich())
    mark_disputed(payout_id=payout.pk, is_disputed=True, by=HOUSE, at=clock.now())
    assert get_escrow(payout.pk).status == "DISPUTED"
    mark_disputed(payout_id=payout.pk, is_disputed=False, by=HOUSE, at=clock.now())
    assert get_escrow(payout.pk).status == "IN_ESCROW"


def test_cancelled_before_it_leaves_the_money_is_available_again_once(desk):
    maya = rich(300_00)
    payout = ask(maya, 200_00)
    for _ in range(2):
        cancel_payout(payout_id=payout.pk, reason="changed my mind", by=HOUSE, at=clock.now(), creator_id=maya)
    assert (on("available", maya), on("escrow", maya)) == (300_00, 0)
    assert topics("payout.cancelled") == ["payout.cancelled"]
    assert sum(legs(payout.pk).values()) == 200_00
    with pytest.raises(Conflict):
        freeze_payout(payout_id=payout.pk, code=Reason.CHARGEBACK_SPIKE, by=HOUSE, at=clock.now())


def test_a_frozen_one_is_cancelled_by_nobody_until_its_freeze_is_lifted(desk):
    maya = rich()
    payout = ask(maya)
    freeze_payout(payout_id=payout.pk, code=Reason.CHARGEBACK_SPIKE, by=HOUSE, at=clock.now())
    with pytest.raises(Conflict):
        cancel_payout(payout_id=payout.pk, reason="mine", by=HOUSE, at=clock.now(), creator_id=maya)
    with pytest.raises(Conflict) as refused:
        cancel_payout(payout_id=payout.pk, reason="mine", by=actor(staff("fred")), at=clock.now())
    assert (refused.value.code, seen(payout).state, on("escrow", maya)) == ("payouts.frozen", "FROZEN", 100_00)
    unfreeze_payout(payout_id=payout.pk, code=Reason.DECIDED_BY_PERSON, by=HOUSE, at=clock.now())
    cancel_payout(payout_id=payout.pk, reason="clawed back", by=HOUSE, at=clock.now())
    assert on("available", maya) == 500_00


def test_while_payouts_are_paused_nothing_is_released(desk):
    payout = ask(rich())
    later(hours=13)
    stop_switch(key="payouts.pause", reason="drill", by=actor(staff("adam")), at=clock.now())
    nearby.forget_all()
    assert release_due(by=HOUSE).released == 0
    assert seen(payout).state == "IN_ESCROW"


def test_one_that_cannot_be_looked_at_does_not_keep_the_others(desk):
    broken, fine = ask(rich()), ask(rich())

    def look(payout, at):
        if payout.pk == broken.pk:
            raise RuntimeError("no answer")
        return seams.PASSED

    seams.checks.add("story", seams.Check("story", look))
    later(hours=13)
    try:
        with pytest.raises(RuntimeError, match="no answer"):
            release_due(by=HOUSE)
    finally:
        seams.checks.remove("story")
    assert (seen(broken).state, seen(fine).state) == ("IN_ESCROW", "QUEUED")
    assert PayoutEscrow.objects.get(pk=broken.pk).status == "IN_ESCROW"
