"""Four scopes: each stops its money and no other, tells the creator at once, and lets go what nothing else covers."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from compliance.escalations.models import Escalation
from compliance.escalations.services import resolve_escalation, take_escalation
from compliance.escalations.states import Decision
from foundation import clock
from foundation.approvals.models import Approval
from foundation.approvals.services import approve
from foundation.errors import Conflict, Forbidden, Invalid, NotFound
from foundation.events.models import Outbox
from foundation.identity.models import Party
from foundation.money import Money
from foundation.notifications.models import Notification
from foundation.restrictions.selectors import kinds_in_force_now
from foundation.restrictions.services import end_restriction, place_restriction
from foundation.restrictions.types import Kind
from ledger.errors import InsufficientBalance
from payouts.freezes.models import Freeze, FreezeRule, ReviewNote
from payouts.freezes.selectors import list_to_review, stopped_source, wrong_freezes
from payouts.freezes.services import (
    ask_release,
    escalate_unreviewed,
    expire_freezes,
    freeze_later,
    judge_creator,
    place_freeze,
    release_freeze,
    review_freeze,
)
from payouts.freezes.states import FreezeType, ReleasePath, Severity
from payouts.freezes.types import Scope
from payouts.integrity.rules.inputs import Inputs
from payouts.life.selectors import get_escrow
from payouts.life.services import release_due, unfreeze_payout
from payouts.transparency.selectors import get_shown, list_freezes
from tests.cast import HOUSE, actor, member, missing_id, platform, portal_user, staff
from tests.compliance.test_sanctions import LIST, taken
from tests.hearing import hear
from tests.payouts.freezes.stories import carl, frozen, frozen_account, frozen_part, maya, scored, waiting, why
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


def test_a_name_on_a_list_stops_the_payout_and_reads_like_a_routine_check(desk):
    creator = maya()
    taken(LIST)
    member("maya", name="Brunost Druskissen")
    payout = ask(creator, 100_00)
    row = Freeze.objects.get()
    assert (payout.state, row.code, row.rule) == ("FROZEN", "CHECK_IN_PROGRESS", "check sanctions")
    escalation = Escalation.objects.get()
    assert (escalation.type, escalation.department) == ("AML_FLAG", "COMPLIANCE")
    assert escalation.facts["matches"][0][:2] == ["synthetic", "T-1"]
    (message,) = told()
    assert message.body.startswith("A routine check is running.")

    take_escalation(escalation_id=escalation.pk, by=carl(), at=clock.now())
    resolve_escalation(
        escalation_id=escalation.pk, decision=Decision.FALSE_ALARM, reasoning="Another person.", by=carl(),
        at=clock.now(),
    )  # fmt: skip
    hear("freezes")
    assert seen(payout).state == "IN_ESCROW"
    assert ask(creator, 50_00).state == "IN_ESCROW"


def test_missing_papers_stop_until_they_hold(desk):
    creator = maya()
    Party.objects.filter(pk=creator).update(kyc_state=Party.Check.FAILED)
    payout = ask(creator, 100_00)
    assert (payout.state, Freeze.objects.get().code) == ("FROZEN", "KYC_MISSING")
    assert told()[0].body.startswith("We need a proof of who you are.")
    from payouts.freezes.services.checked import lift_proved

    assert lift_proved(by=HOUSE, at=clock.now()) == 0
    Party.objects.filter(pk=creator).update(kyc_state=Party.Check.PASSED)
    assert lift_proved(by=HOUSE, at=clock.now()) == 1
    assert seen(payout).state == "IN_ESCROW"


def test_a_restriction_stops_what_waits_and_its_end_lets_it_go(desk):
    payout = waiting()
    line = place_restriction(
        party_id=payout.creator_id, kind=Kind.PAYOUTS_BLOCKED, source="case 1", reason="A case.", by=HOUSE,
        at=clock.now(),
    )  # fmt: skip
    hear("freezes")
    assert seen(payout).state == "FROZEN"
    end_restriction(restriction_id=line.id, reason="Closed.", by=HOUSE, at=clock.now())
    hear("freezes")
    assert seen(payout).state == "IN_ESCROW"


def test_a_rule_stops_at_the_request_and_what_a_person_let_go_stays_free_until_it_is_worse(desk):
    creator = maya(5_000_00, 600, account_age="40.0")
    payout = ask(creator, 1_500_00)
    row = Freeze.objects.get()
    assert (payout.state, row.code, row.rule.split(" ")[0]) == (
        "FROZEN", "NEW_ACCOUNT_LARGE_PAYOUT", "new-account-large-payout",
    )  # fmt: skip
    let_go(row)
    assert seen(payout).state == "IN_ESCROW"
    judge_creator(creator_id=creator, occasion="again", by=HOUSE, at=clock.now())
    assert seen(payout).state == "IN_ESCROW"
    scored(creator, 500, account_age="30.0")
    judge_creator(creator_id=creator, occasion="worse", by=HOUSE, at=clock.now())
    assert seen(payout).state == "FROZEN"


def test_above_700_a_medium_trigger_is_noted_once_and_the_money_goes_on(desk):
    creator = maya(5_000_00, 750, account_age="40.0")
    payout = ask(creator, 1_500_00)
    hear("freezes")
    assert payout.state == "IN_ESCROW"
    assert not Freeze.objects.exists()
    assert ReviewNote.objects.get().rule.startswith("new-account-large-payout")


def test_a_young_account_and_a_very_large_payout_also_wait_longer(desk):
    creator = maya(9_000_00, 600, account_age="40.0", inputs=Inputs(age_days=12, sales=4))
    payout = ask(creator, 6_000_00)
    row = Freeze.objects.order_by("rule").last()
    assert payout.state == "FROZEN"
    let_go(row)
    assert seen(payout).state in ("IN_ESCROW", "FROZEN")
    assert (
        Freeze.objects.filter(rule__startswith="young").exists()
        or Freeze.objects.filter(rule__startswith="new").exists()
    )
    assert get_escrow(payout.pk).planned_release_at is not None


def with_disputes(creator, count, exposure):
    known = Inputs(age_days=400, sales=50, disputes=count, disputes_now=count)
    scored(creator, 650, chargeback_exposure=exposure, inputs=known)
    judge_creator(creator_id=creator, occasion=f"dispute {count}", by=HOUSE, at=clock.now())


def test_what_came_while_money_was_stopped_is_shown_and_let_go_with_it_for_every_rule_of_its_reason(desk):
    creator = maya()
    payout = waiting(100_00, creator)
    with_disputes(creator, 5, "12.0")
    with_disputes(creator, 6, "8.0")
    row = Freeze.objects.get()
    assert row.facts["disputes"] == 6
    assert set(row.measures) >= {"chargebacks_7d", "chargeback_exposure"}
    let_go(row)
    assert seen(payout).state == "IN_ESCROW"
    with_disputes(creator, 6, "8.0")
    assert seen(payout).state == "IN_ESCROW"
    with_disputes(creator, 7, "8.0")
    assert seen(payout).state == "FROZEN"


def test_nobody_proves_who_they_are_whose_papers_hold(desk):
    creator = maya(5_000_00, 600, account_age="40.0")
    payout = ask(creator, 1_500_00)
    row = Freeze.objects.get()
    assert row.action == "nothing"
    shown = get_shown(payout.pk, creator_id=creator, at=clock.now())
    assert [option.name for option in shown.options] == ["await_review", "contact"]
    assert "You need to do nothing" in told()[0].body
    Party.objects.filter(pk=creator).update(kyc_state=Party.Check.PENDING, kyc_expires_at=None)
    scope = Scope(FreezeType.ACCOUNT, creator)
    asked = place_freeze(scope=scope, why=why(action="verify_identity"), by=HOUSE, at=clock.now())
    assert asked.action == "verify_identity"


def test_disputes_stop_what_has_not_left_and_escalate(desk):
    creator = maya()
    payout, gone = waiting(100_00, creator), waiting(50_00, creator)
    scored(creator, 650, chargeback_exposure="12.0", inputs=Inputs(age_days=400, sales=50, disputes=6, disputes_now=6))
    done = judge_creator(creator_id=creator, occasion="dispute 6", by=HOUSE, at=clock.now())
    again = judge_creator(creator_id=creator, occasion="dispute 6", by=HOUSE, at=clock.now())
    assert (len(done.frozen), again.frozen) == (2, [])
    assert (seen(payout).state, seen(gone).state) == ("FROZEN", "FROZEN")
    assert Escalation.objects.get().type == "CHARGEBACK_SPIKE"
    assert "6 card disputes" in told()[0].body


def test_the_creator_sees_words_and_dates_alone(desk):
    creator = maya(5_000_00, 600, account_age="40.0")
    ask(creator, 1_500_00)
    (line,) = list_freezes(creator)
    said = str(line).lower()
    assert "first large payout" in said
    for word in ("score", "600", "40.0", "rule", "account_age", "v4", "medium"):
        assert word not in said


def test_wrong_freezes_are_counted_of_payouts(desk):
    since = clock.now() - timedelta(days=1)
    creator = maya()
    payouts = [waiting(20_00, creator) for _ in range(4)]
    wrong, right = frozen(payouts[0]), frozen(payouts[1])
    let_go(wrong, was_wrong=True)
    let_go(right, was_wrong=False)
    found = wrong_freezes(since, clock.now() + timedelta(days=1))
    assert (found.payouts, found.frozen, found.wrong) == (4, 2, 1)
    assert (found.frozen_percent, found.wrong_percent) == ("50.00", "25.00")


def test_the_database_keeps_rules_and_reasons(desk):
    payout = waiting()
    row = frozen(payout)
    with pytest.raises(IntegrityError), transaction.atomic():
        Freeze.objects.filter(pk=row.pk).update(code="", action="")
    with pytest.raises(DatabaseError), transaction.atomic():
        FreezeRule.objects.filter(name="chargeback-spike").update(hours=1)
    types = list(Outbox.objects.filter(aggregate_id=str(row.pk)).values_list("type", flat=True))
    assert types == ["freeze.placed"]
