"""Large payouts and emergencies: two people, the exact payout, and every check once more."""

from dataclasses import replace

import pytest
from django.test import Client

from foundation import clock
from foundation.approvals.models import Approval
from foundation.approvals.services import approve, reject
from foundation.audit.models import AuditPersonal, AuditRecord
from foundation.errors import Conflict, Forbidden
from foundation.events.listening import Aggregate, News
from foundation.identity.models import Party
from foundation.reasons import Reason
from foundation.restrictions.services import place_restriction
from foundation.restrictions.types import Kind
from payouts.life.handlers import give_up_refused
from payouts.life.models import Payout
from payouts.life.selectors import get_escrow
from payouts.life.services import (
    ask_emergency,
    cancel_payout,
    choose_method,
    freeze_payout,
    release_due,
    send_due,
    unfreeze_payout,
)
from payouts.life.services.approving import withdraw_stale
from payouts.transparency.selectors import get_shown
from tests.cast import HOUSE, actor, signed_in, staff
from tests.ledger.books import usd
from tests.payouts.scene import ask, later, method_of, on, rich, seen

pytestmark = pytest.mark.django_db


def large(minor=12_400_00):
    maya = rich(20_000_00)
    Party.objects.filter(pk=maya).update(kyc_state="passed")
    return ask(maya, minor)


def asked_about(payout):
    return Approval.objects.get(pk=seen(payout).asked_approval_id)


def vote(verb, approval, name):
    return verb(
        approval_id=approval.pk,
        seen_hash=approval.change_hash,
        reason="looked at",
        by=actor(staff(name)),
        at=clock.now(),
    )


def refusal_of(approval):
    return News(
        1, clock.now(), "ops", "approval.decided", 1, *Aggregate("approval", str(approval.pk)), 1, None,
        {"kind": "payout.release", "approval_id": str(approval.pk), "outcome": "REJECTED"},
    )  # fmt: skip


def test_a_large_one_waits_for_two_people_and_then_for_its_hours(desk):
    payout = large()
    later(hours=13)
    done = release_due(by=HOUSE)
    assert (done.released, done.waiting, seen(payout).state) == (0, 1, "IN_ESCROW")
    approval = asked_about(payout)
    assert "12,400.00 USD" in approval.title
    vote(approve, approval, "petra")
    later(hours=14)
    assert release_due(by=HOUSE).released == 0
    vote(approve, approval, "fred")
    assert release_due(by=HOUSE).released == 1
    assert seen(payout).approval_id == approval.pk
    send_due(rail="paxum", by=HOUSE)
    assert seen(payout).state == "PAID"
    assert Approval.objects.count() == 1


def test_agreed_early_it_still_waits_its_hours(desk):
    payout = large()
    for name in ("petra", "fred"):
        vote(approve, asked_about(payout), name)
    assert release_due(by=HOUSE).released == 0
    later(hours=13)
    assert release_due(by=HOUSE).released == 1


def test_frozen_meanwhile_the_agreement_comes_too_late_and_is_asked_for_again(desk):
    payout = large()
    first = asked_about(payout)
    freeze_payout(payout_id=payout.pk, code=Reason.CHARGEBACK_SPIKE, by=HOUSE, at=clock.now())
    vote(approve, first, "petra")
    vote(approve, first, "fred")
    assert (asked_about(payout).state, seen(payout).approval_id) == ("FAILED", None)
    unfreeze_payout(payout_id=payout.pk, code=Reason.DECIDED_BY_PERSON, by=HOUSE, at=clock.now())
    assert asked_about(payout).pk != first.pk


def elsewhere(payout):
    other = method_of(payout.creator_id, email="other@b.example")
    choose_method(payout_id=payout.pk, method_id=other.pk, creator_id=payout.creator_id, by=HOUSE, at=clock.now())
    return other


@pytest.mark.parametrize("is_agreed", [False, True])
def test_sent_elsewhere_while_it_waits_people_are_asked_about_the_new_destination(desk, is_agreed):
    payout = large()
    first = asked_about(payout)
    if is_agreed:
        for name in ("petra", "fred"):
            vote(approve, first, name)
    other = elsewhere(payout)
    withdraw_stale(payout_id=payout.pk, at=clock.now())
    second = asked_about(payout)
    first.refresh_from_db()
    assert (first.state, second.state) == ("APPLIED" if is_agreed else "WITHDRAWN", "PENDING")
    assert (second.payload["method_id"], seen(payout).approval_id) == (str(other.pk), None)
    assert ("after people had agreed" in second.reason) is is_agreed
    page = signed_in(Client(), staff("petra")).get(f"/ops/payouts/{payout.pk}")
    assert "Sent to another destination" in page.content.decode()
    later(hours=13)
    assert (release_due(by=HOUSE).released, Approval.objects.count()) == (0, 2)
    for name in ("petra", "fred"):
        vote(approve, second, name)
    later(hours=60)
    assert release_due(by=HOUSE).released == 1


def test_what_was_agreed_to_about_another_destination_lets_nothing_go(desk):
    payout = large()
    first = asked_about(payout)
    elsewhere(payout)
    for name in ("petra", "fred"):
        vote(approve, first, name)
    first.refresh_from_db()
    assert (first.state, first.failure_code) == ("FAILED", "payouts.other_destination")
    assert seen(payout).approval_id is None


def test_sent_elsewhere_while_it_is_frozen_people_agree_anew(desk):
    payout = large()
    for name in ("petra", "fred"):
        vote(approve, asked_about(payout), name)
    freeze_payout(payout_id=payout.pk, code=Reason.CHARGEBACK_SPIKE, by=HOUSE, at=clock.now())
    other = elsewhere(payout)
    unfreeze_payout(payout_id=payout.pk, code=Reason.DECIDED_BY_PERSON, by=HOUSE, at=clock.now())
    assert (seen(payout).approval_id, asked_about(payout).payload["method_id"]) == (None, str(other.pk))


def test_on_its_way_out_it_goes_where_people_agreed_it_goes(desk):
    payout = large()
    for name in ("petra", "fred"):
        vote(approve, asked_about(payout), name)
    later(hours=13)
    release_due(by=HOUSE)
    with pytest.raises(Conflict) as refused:
        elsewhere(payout)
    assert refused.value.code == "payouts.agreed_destination"
    assert not get_shown(payout.pk, creator_id=payout.creator_id, at=clock.now()).can_reroute
    cancel_payout(payout_id=payout.pk, reason="to go elsewhere", by=HOUSE, at=clock.now())
    assert seen(payout).state == "CANCELLED"


def test_refused_by_people_the_money_is_available_again(desk):
    payout = large()
    approval = vote(reject, asked_about(payout), "petra")
    for _ in range(2):
        give_up_refused(refusal_of(approval))
    assert (seen(payout).state, on("available", payout.creator_id)) == ("CANCELLED", 20_000_00)


def test_refused_by_people_while_it_is_frozen_it_stays_frozen_and_is_asked_about_again(desk):
    payout = large()
    first = asked_about(payout)
    freeze_payout(payout_id=payout.pk, code=Reason.CHARGEBACK_SPIKE, by=HOUSE, at=clock.now())
    give_up_refused(refusal_of(vote(reject, first, "petra")))
    assert (seen(payout).state, on("escrow", payout.creator_id)) == ("FROZEN", 12_400_00)
    unfreeze_payout(payout_id=payout.pk, code=Reason.DECIDED_BY_PERSON, by=HOUSE, at=clock.now())
    assert asked_about(payout).pk != first.pk
    give_up_refused(refusal_of(vote(reject, asked_about(payout), "petra")))
    assert seen(payout).state == "CANCELLED"


def test_cancelled_meanwhile_nothing_is_agreed_to(desk):
    payout = large()
    approval = asked_about(payout)
    cancel_payout(payout_id=payout.pk, reason="mine", by=HOUSE, at=clock.now())
    vote(approve, approval, "petra")
    vote(approve, approval, "fred")
    assert (asked_about(payout).state, seen(payout).state) == ("FAILED", "CANCELLED")


def emergency(creator_id, minor=300_00, name="fred"):
    return ask_emergency(
        creator_id=creator_id, amount=usd(minor), reason="rent is due", by=actor(staff(name)), at=clock.now()
    )


def test_an_emergency_is_paid_at_once_after_a_second_person_agreed(desk, standing):
    standing.score = 100
    maya = rich(500_00)
    approval = emergency(maya)
    assert not Payout.objects.exists()
    with pytest.raises((Conflict, Forbidden)):
        vote(approve, approval, "fred")
    vote(approve, approval, "petra")
    payout = Payout.objects.get()
    assert (payout.state, payout.origin, get_escrow(payout.pk).hours) == ("QUEUED", "emergency", 0)
    send_due(rail="paxum", by=HOUSE)
    assert (seen(payout).state, on("available", maya)) == ("PAID", 200_00)


def test_an_emergency_agreed_to_on_the_page_is_paid_and_its_source_kept_apart(desk):
    approval = emergency(rich(500_00))
    petra = replace(actor(staff("petra")), source={"ip": "203.0.113.9"})
    approve(approval_id=approval.pk, seen_hash=approval.change_hash, reason="looked at", by=petra, at=clock.now())
    payout = Payout.objects.get()
    assert payout.state == "QUEUED"
    moved = AuditRecord.objects.filter(action="payout.moved", subject_id=str(payout.pk), actor=petra.reference)
    assert moved.filter(facts__after="QUEUED").count() == 1
    apart = AuditPersonal.objects.filter(record_id__in=moved.values("pk"))
    assert [row.values for row in apart] == [petra.source] * moved.count()


def test_an_emergency_overrules_no_check(desk):
    maya = rich(500_00)
    approval = emergency(maya)
    place_restriction(
        party_id=maya, kind=Kind.PAYOUTS_BLOCKED, source="tests", reason="looked at", by=HOUSE, at=clock.now()
    )
    vote(approve, approval, "petra")
    approval.refresh_from_db()
    assert (approval.state, approval.failure_code) == ("FAILED", "payouts.emergency_stopped")
    assert not Payout.objects.exists()
    assert on("available", maya) == 500_00


def test_an_emergency_beyond_what_is_available_fails(desk):
    maya = rich(100_00)
    approval = emergency(maya, 300_00)
    vote(approve, approval, "petra")
    approval.refresh_from_db()
    assert (approval.state, approval.failure_code) == ("FAILED", "ledger.insufficient")


def test_nobody_else_asks_for_an_emergency(desk):
    maya = rich()
    with pytest.raises(Forbidden):
        emergency(maya, name="susi")
