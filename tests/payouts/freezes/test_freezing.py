"""Four scopes: each stops its money and no other, tells the creator at once, and lets go what nothing else covers."""

from datetime import timedelta

import pytest

from compliance.escalations.models import Escalation
from compliance.escalations.services import resolve_escalation, take_escalation
from compliance.escalations.states import Decision
from foundation import clock
from foundation.approvals.models import Approval
from foundation.approvals.services import approve
from foundation.errors import Conflict, Forbidden, Invalid, NotFound
from foundation.money import Money
from foundation.notifications.models import Notification
from foundation.restrictions.selectors import kinds_in_force_now
from ledger.errors import InsufficientBalance
from payouts.freezes.models import Freeze
from payouts.freezes.selectors import list_to_review, stopped_source
from payouts.freezes.services import (
    ask_release,
    escalate_unreviewed,
    expire_freezes,
    freeze_later,
    place_freeze,
    release_freeze,
    review_freeze,
)
from payouts.freezes.states import FreezeType, ReleasePath, Severity
from payouts.freezes.types import Scope
from payouts.life.services import release_due, unfreeze_payout
from tests.cast import HOUSE, actor, member, missing_id, platform, portal_user, staff
from tests.hearing import hear
from tests.payouts.freezes.stories import carl, frozen, frozen_account, frozen_part, maya, waiting, why
from tests.payouts.scene import ask, fund, later, on, seen

pytestmark = pytest.mark.django_db


def let_go(row, **more):
    return release_freeze(freeze_id=row.pk, reason="Answered.", by=carl(), at=clock.now(), **more)


def told(notice="freeze.placed"):
    return list(Notification.objects.filter(notice=notice).order_by("id"))


def test_a_frozen_payout_stays_in_escrow_and_the_creator_reads_why_at_once(desk):
    creator = maya()
    payout, other = waiting(100_00, creator), waiting(50_00, creator)
    row = frozen(payout, code="CHARGEBACK_SPIKE", facts={"disputes": 6}, action="answer_disputes")

    later(hours=200)
    release_due(by=HOUSE)
    assert (seen(payout).state, seen(other).state) == ("FROZEN", "QUEUED")
    assert on("escrow", creator) == 150_00
    (message,) = told()
    assert "6 card disputes arrived in 7 days." in message.body
    assert message.created_at == row.frozen_at == row.told_at
    assert desk.paid == {}

    let_go(row)
    release_due(by=HOUSE)
    assert seen(payout).state == "QUEUED"
    assert Freeze.objects.get().released_by == carl().reference
    assert told("freeze.released")[0].title == "A payout goes on"


def test_the_last_of_two_freezes_lifted_lets_it_go(desk):
    payout = waiting()
    one, two = frozen(payout), frozen(payout)
    let_go(one)
    assert seen(payout).state == "FROZEN"
    let_go(two)
    assert seen(payout).state == "IN_ESCROW"
    with pytest.raises(Conflict, match="lifted_already"):
        let_go(two)


def test_the_same_cause_stops_once(desk):
    payout = waiting()
    first = frozen(payout, source="dispute 1")
    assert frozen(payout, source="dispute 1").pk == first.pk
    assert len(told()) == 1


def test_a_part_of_the_balance_is_held_and_the_rest_is_free(desk):
    creator = maya(500_00)
    one = frozen_part(creator, 200_00, "payment:1")
    two = frozen_part(creator, 200_00, "payment:1")
    with pytest.raises(InsufficientBalance):
        ask(creator, 301_00)
    let_go(one)
    with pytest.raises(InsufficientBalance):
        ask(creator, 301_00)
    let_go(two)
    assert ask(creator, 301_00).state == "IN_ESCROW"


def test_a_part_of_nothing_is_refused_and_leaves_nothing(desk):
    creator = maya(500_00)
    with pytest.raises(Conflict, match="nothing_there"):
        place_freeze(
            scope=Scope(FreezeType.WALLET_SEGMENT, creator, currency="EUR", amount=Money(5, "EUR")), why=why(),
            by=HOUSE, at=clock.now(),
        )  # fmt: skip
    assert not Freeze.objects.exists()
    assert not told()


def test_a_source_stops_its_own_line_alone(desk):
    creator, there = maya(), platform().pk
    scope = Scope(FreezeType.REVENUE_SOURCE, creator, platform_id=there, product="tip", currency="USD")
    row = place_freeze(scope=scope, why=why(), by=HOUSE, at=clock.now())
    assert stopped_source(creator, there, "tip", "USD") == row.pk
    assert stopped_source(creator, there, "tip", "EUR") is None
    assert stopped_source(creator, there, "subscription", "USD") is None
    assert stopped_source(creator, platform("girlfanz").pk, "tip", "USD") is None
    assert waiting(30_00, creator)
    let_go(row)
    assert stopped_source(creator, there, "tip", "USD") is None


def test_an_account_stops_everything_and_what_comes_later(desk):
    creator = maya(500_00)
    payout = waiting(100_00, creator)
    row = frozen_account(creator)
    assert seen(payout).state == "FROZEN"
    assert kinds_in_force_now(creator) == {"PAYOUTS_BLOCKED"}
    with pytest.raises(InsufficientBalance):
        ask(creator, 20_00)
    fund(creator, 70_00)
    event = missing_id()
    assert freeze_later(creator_id=creator, event_id=event)
    assert freeze_later(creator_id=creator, event_id=event)
    with pytest.raises(InsufficientBalance):
        ask(creator, 20_00)

    own = frozen(payout)
    let_go(row)
    assert seen(payout).state == "FROZEN"
    let_go(own)
    assert seen(payout).state == "IN_ESCROW"
    assert kinds_in_force_now(creator) == frozenset()
    assert ask(creator, 470_00).state == "IN_ESCROW"
    assert not freeze_later(creator_id=creator, event_id=event)


def test_a_payout_of_a_frozen_account_does_not_go_on_by_the_back_door(desk):
    creator = maya(500_00)
    payout = waiting(100_00, creator)
    frozen_account(creator)
    unfreeze_payout(payout_id=payout.pk, code="x", by=HOUSE, at=clock.now())
    assert seen(payout).state == "FROZEN"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"severity": Severity.LOW}, "never_for_little"),
        ({"review_by": None}, "bad_end"),
        ({"review_by": timedelta(days=-1)}, "bad_end"),
        ({"review_by": timedelta(days=400)}, "bad_end"),
    ],
)
def test_a_freeze_has_an_end_and_a_reason_of_weight(desk, change, error):
    payout = waiting()
    dated = {name: clock.now() + value if isinstance(value, timedelta) else value for name, value in change.items()}
    with pytest.raises((Conflict, Invalid), match=error):
        frozen(payout, **dated)
    assert seen(payout).state == "IN_ESCROW"


def test_scopes_that_name_nothing_and_strangers_are_refused(desk):
    payout = waiting()
    other = member("other").party_id
    for scope in (
        Scope(FreezeType.PAYOUT, payout.creator_id),
        Scope(FreezeType.WALLET_SEGMENT, payout.creator_id, currency="USD"),
        Scope(FreezeType.REVENUE_SOURCE, payout.creator_id), Scope(FreezeType.ACCOUNT, other, payout_id=payout.pk),
    ):  # fmt: skip
        with pytest.raises(Invalid, match="bad_scope"):
            place_freeze(scope=scope, why=why(), by=HOUSE, at=clock.now())
    with pytest.raises(Conflict, match="not_theirs"):
        place_freeze(scope=Scope(FreezeType.PAYOUT, other, payout_id=payout.pk), why=why(), by=HOUSE, at=clock.now())
    with pytest.raises(NotFound):
        place_freeze(scope=Scope(FreezeType.ACCOUNT, missing_id()), why=why(), by=HOUSE, at=clock.now())


def test_nobody_freezes_or_frees_their_own_money(desk):
    payout = waiting()
    herself = actor(portal_user(member("maya")))
    row = frozen(payout)
    with pytest.raises(Forbidden, match="about_you"):
        release_freeze(freeze_id=row.pk, reason="Mine.", by=herself, at=clock.now())
    with pytest.raises(Forbidden, match="about_you"):
        place_freeze(
            scope=Scope(FreezeType.PAYOUT, payout.creator_id, payout_id=payout.pk), why=why(), by=herself,
            at=clock.now(),
        )  # fmt: skip


def test_a_timed_freeze_ends_by_the_databases_clock(desk):
    payout = waiting()
    ends = clock.now() + timedelta(hours=5)
    frozen(payout, path=ReleasePath.TIME_BASED, release_at=ends, review_by=None)
    later(hours=4)
    assert expire_freezes(at=clock.now()) == 0
    later(hours=6)
    assert expire_freezes(at=clock.now()) == 1
    assert expire_freezes(at=clock.now()) == 0
    assert seen(payout).state == "IN_ESCROW"


def test_what_nobody_looked_at_is_handed_on_and_a_look_moves_the_date(desk):
    payout = waiting()
    row = frozen(payout)
    later(days=4)
    staff("carl")
    review_freeze(
        freeze_id=row.pk, notes="We wait for the bank.", review_by=clock.now() + timedelta(days=1), by=carl(),
        at=clock.now(),
    )  # fmt: skip
    assert escalate_unreviewed(at=clock.now()) == 0
    later(days=6)
    assert escalate_unreviewed(at=clock.now()) == 1
    assert escalate_unreviewed(at=clock.now()) == 0
    assert Freeze.objects.get().escalation_id == Escalation.objects.get().pk
    assert [view.id for view in list_to_review()] == [row.pk]


def test_large_money_is_let_go_by_two_people(desk):
    creator = maya(30_000_00)
    payout = waiting(20_000_00, creator)
    row = frozen(payout)
    with pytest.raises(Conflict, match="second_person"):
        let_go(row)
    asked = Approval.objects.get(
        pk=ask_release(freeze_id=row.pk, reason="Proved.", was_wrong=True, by=carl(), at=clock.now())
    )
    approve(approval_id=asked.pk, seen_hash=asked.change_hash, reason="Seen.", by=actor(staff("petra")), at=clock.now())
    assert Freeze.objects.get().was_wrong is True
    assert seen(payout).state == "IN_ESCROW"


@pytest.mark.parametrize(
    ("decision", "state", "was_wrong"),
    [("CLEARED", "IN_ESCROW", False), ("FALSE_ALARM", "IN_ESCROW", True), ("CONFIRMED", "FROZEN", None)],
)
def test_what_compliance_decides_is_done(desk, decision, state, was_wrong):
    payout = waiting()
    row = frozen(payout, escalates_to="COMPLIANCE", code="CHARGEBACK_SPIKE")
    escalation = Escalation.objects.get(pk=Freeze.objects.get().escalation_id)
    assert (escalation.type, escalation.department, escalation.amounts) == (
        "CHARGEBACK_SPIKE", "COMPLIANCE", {"USD": 100_00},
    )  # fmt: skip
    take_escalation(escalation_id=escalation.pk, by=carl(), at=clock.now())
    resolve_escalation(
        escalation_id=escalation.pk, decision=Decision(decision), reasoning="So.", legal_basis="Law 1", by=carl(),
        at=clock.now(),
    )  # fmt: skip
    hear("freezes")
    row.refresh_from_db()
    assert (seen(payout).state, row.was_wrong) == (state, was_wrong)
