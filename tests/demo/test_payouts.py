"""The demo's creators are known, paid and told about by the services, on days that are over."""

from datetime import timedelta

import pytest
from django.db import connection

from compliance.escalations.selectors import get_escalation
from compliance.escalations.services import open_escalation
from compliance.escalations.states import EscalationType, Severity
from compliance.escalations.types import Cause
from fanzmoney.demo.clockwork import as_of
from fanzmoney.demo.history.days import days_written, write_week
from fanzmoney.demo.merchants import seed_merchants
from fanzmoney.demo.payouts import desk, live, rounds
from fanzmoney.demo.payouts.creators import Creator, creators
from fanzmoney.demo.payouts.past import End, Wanted, write_past
from fanzmoney.demo.payouts.plan import EVERYWHERE, destination, wish_of
from fanzmoney.demo.people import _seed_login
from foundation import clock
from foundation.approvals.models import Approval
from foundation.hooks.queueing import GROUP as HOOKS
from foundation.identity.models import Party
from foundation.identity.roles import Role
from foundation.identity.services import MemberIn, upsert_members
from foundation.inbox.selectors import unaccounted
from foundation.money import Money
from ledger import chart
from ledger.selectors import find_account, get_balance, get_trial_balance
from payouts.freezes.models import Freeze
from payouts.life.models import Payout, PayoutBatch, PayoutEscrow, PayoutInstruction
from payouts.methods.models import PayoutMethod
from payouts.operations.models import PayoutAnswer
from processors.gateways.rails.base import rails
from tests.cast import HOUSE, member, platform
from tests.ledger.books import KINDS, as_owner
from tests.payouts.scene import fund

pytestmark = pytest.mark.django_db


@pytest.fixture
def maya(gateways):
    """The best known creator of the demo, two years with us, before anything was done for her."""
    with as_owner() as owner:
        owner.execute(KINDS.encode())
    seed_merchants()
    told = MemberIn("c00001", handle="maya1", personal={"name": "Maya Berg", "email": "maya@boyfanz.example"})
    long_ago = clock.now() - timedelta(days=610)
    upsert_members(platform_id=platform().pk, role="creator", members=[told], by=HOUSE, at=long_ago)
    (one,) = creators()
    return one


def ways(one):
    return {(row.rail, row.currency): row for row in PayoutMethod.objects.filter(creator_id=one.party_id)}


def wanted(one, way, minor, *, hours, end=End.PAID):
    return Wanted(
        one.party_id, one.actor, Money(minor, way.currency), way.pk, clock.now() - timedelta(hours=hours), end
    )  # fmt: skip


def test_the_clock_is_moved_for_nobody_else_and_stands_right_again(maya):
    then = clock.now() - timedelta(days=5)
    with as_of(then):
        assert abs(clock.now() - then) < timedelta(seconds=5)
        with connection.cursor() as cursor:
            cursor.execute("SELECT fanz_now()")
            assert abs(cursor.fetchone()[0] - then) < timedelta(seconds=5)
    assert not clock.is_moved()
    assert clock.now() - then > timedelta(days=4, hours=23)


def test_the_best_known_creator_has_papers_and_every_way_since_her_first_days(maya):
    rounds.introduce(maya)

    party = Party.objects.get(pk=maya.party_id)
    assert (party.kyc_state, party.kyc_expires_at > clock.now()) == ("passed", True)
    assert set(ways(maya)) == set(EVERYWHERE)
    assert {row.created_at < clock.now() - timedelta(days=600) for row in ways(maya).values()} == {True}
    assert {row.currency: row.rail for row in ways(maya).values() if row.is_preferred} == {
        "USD": "paxum", "EUR": "sepa", "GBP": "wire", "USDC": "crypto",
    }  # fmt: skip


def test_a_payout_of_the_past_went_by_each_rail_and_ended_as_that_rail_knows(maya):
    rounds.introduce(maya)
    for currency in ("USD", "EUR", "GBP"):
        fund(maya.party_id, 20_000_00, currency)
    fund(maya.party_id, 20_000_000000, "USDC")
    paid = [
        wanted(maya, way, 2_000_000000 if way.currency == "USDC" else 600_00, hours=24 * 12)
        for way in ways(maya).values()
    ]
    back = [
        wanted(maya, ways(maya)[pair], 600_00, hours=24 * 12, end=End.RETURNED)
        for pair in (("ach", "USD"), ("sepa", "EUR"), ("wire", "GBP"))
    ]  # fmt: skip
    refused = [wanted(maya, ways(maya)[("paxum", "USD")], 100_00, hours=24 * 12, end=End.REFUSED)]
    given_up = [wanted(maya, ways(maya)[("paxum", "USD")], 100_00, hours=30, end=End.GIVEN_UP)]
    fresh = [wanted(maya, ways(maya)[("paxum", "USD")], 100_00, hours=1)]

    made = write_past([*paid, *back, *refused, *given_up, *fresh])

    assert unaccounted(HOOKS) == [], "no platform is told of the past"
    states = [row.state for row in made]
    assert states == ["PAID"] * 7 + ["RETURNED"] * 3 + ["FAILED", "CANCELLED", "IN_ESCROW"]
    assert all(row.requested_at < row.sent_at < row.paid_at < clock.now() for row in made[:7])
    for row in made[:10]:
        escrow = PayoutEscrow.objects.get(pk=row.pk)
        assert escrow.planned_release_at - escrow.starts_at == timedelta(hours=escrow.hours)
        assert escrow.released_at >= escrow.planned_release_at
    assert set(PayoutBatch.objects.values_list("state", flat=True)) == {"SETTLED"}
    files = PayoutInstruction.objects.filter(batch__isnull=False).values_list("rail", flat=True)
    assert set(files) == {name for name in rails if rails.find(name).capabilities.is_file}
    assert get_trial_balance().is_balanced


def test_the_story_is_told_in_chapters_each_once(maya, monkeypatch):
    for number in range(1, 4):
        member(f"f{number:05d}", "fan")
    write_week()
    rounds.begin(at=clock.now())
    first = Payout.objects.count()
    assert Payout.objects.filter(state="PAID").exists()
    monkeypatch.setattr(live, "OFTEN", 1)
    _seed_login(Role.COMPLIANCE)

    assert rounds.tell_more(days_written=7, at=clock.now()) == {"chapter": "a large one", "creators": 1}
    large = Payout.objects.get(needs_approval=True)
    assert (large.state, Approval.objects.get(policy__kind="payout.release").payload["payout_id"]) == (
        "IN_ESCROW", str(large.pk),
    )  # fmt: skip
    assert get_balance(find_account(chart.bank("cash", "paxum", "USD"))).posted.minor > 0
    assert PayoutAnswer.objects.exists()
    first += 1
    assert rounds.tell_more(days_written=7, at=clock.now()) == {"chapter": "the desk", "creators": 2}
    assert rounds.tell_more(days_written=days_written(clock.now()), at=clock.now()) == {}
    assert Payout.objects.count() == first
    assert "asked" in live.ask_for_one(at=clock.now())
    assert rounds.tell_more(days_written=20, at=clock.now()) == {"chapter": "last weeks", "creators": 1}
    assert rounds.tell_more(days_written=20, at=clock.now()) == {}
    assert get_trial_balance().is_balanced


def test_destinations_are_each_creators_own_and_every_rail_takes_them():
    seen = set()
    for slug in ("boyfanz", "pupfanz"):
        for number in range(1, 11):
            for rail, currency in {*EVERYWHERE, *wish_of(slug, number).ways}:
                details = destination(slug, number, rail, "Maya Berg", f"maya{number}")
                assert currency in rails.find(rail).capabilities.currencies
                identity = rails.find(rail).read_destination(details).identity
                seen.add((slug, number, identity))
    assert len({identity for _, _, identity in seen}) == len(seen)


def test_the_desk_was_wrong_once_and_stopped_everything_of_one_and_a_part_of_another(maya):
    _seed_login(Role.COMPLIANCE)
    known = []
    for number in (5, 6):
        party_id = member(f"c{number:05d}").party_id
        fund(party_id, 100_00)
        known.append(Creator(party_id, "boyfanz", number, f"c{number}", clock.now()))
    cause = Cause(EscalationType.CHARGEBACK_SPIKE, Severity.HIGH, "trial", "Disputes came.")
    opened = open_escalation(creator_id=maya.party_id, cause=cause, by=HOUSE, at=clock.now())

    scene = open_escalation(creator_id=member("scene").party_id, cause=cause, by=HOUSE, at=clock.now())

    desk.work([maya, *known], at=clock.now())

    assert get_escalation(opened.id).decision == "FALSE_ALARM"
    assert get_escalation(scene.id).decision is None
    stopped = {row.creator_id: (row.freeze_type, row.amount_minor, row.path) for row in Freeze.objects.all()}
    assert stopped == {
        known[0].party_id: ("ACCOUNT", None, "MANUAL_REVIEW"),
        known[1].party_id: ("WALLET_SEGMENT", 50_00, "TIME_BASED"),
    }
