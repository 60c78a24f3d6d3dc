"""What stops money by itself: names on lists, papers, restrictions and rules; and what the creator sees of it."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from compliance.escalations.models import Escalation
from compliance.escalations.services import resolve_escalation, take_escalation
from compliance.escalations.states import Decision
from foundation import clock
from foundation.events.models import Outbox
from foundation.identity.models import Party
from foundation.restrictions.services import end_restriction, place_restriction
from foundation.restrictions.types import Kind
from payouts.freezes.models import Freeze, FreezeRule, ReviewNote
from payouts.freezes.selectors import wrong_freezes
from payouts.freezes.services import (
    judge_creator,
    place_freeze,
)
from payouts.freezes.states import FreezeType
from payouts.freezes.types import Scope
from payouts.integrity.rules.inputs import Inputs
from payouts.life.selectors import get_escrow
from payouts.transparency.selectors import get_shown, list_freezes
from tests.cast import HOUSE, member
from tests.compliance.test_sanctions import LIST, taken
from tests.hearing import hear
from tests.payouts.freezes.stories import carl, frozen, maya, scored, waiting, why
from tests.payouts.freezes.test_freezing import let_go, told
from tests.payouts.scene import ask, seen

pytestmark = pytest.mark.django_db


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


def test_the_creator_reads_what_stopped_it_of_the_week_or_of_the_rate(desk):
    creator = maya()
    payout = waiting(100_00, creator)

    def seen_with(now, ever, exposure):
        known = Inputs(age_days=400, sales=60, disputes=ever, disputes_now=now)
        scored(creator, 650, chargeback_exposure=exposure, inputs=known)
        judge_creator(creator_id=creator, occasion=f"{ever} disputes", by=HOUSE, at=clock.now())
        return get_shown(payout.pk, creator_id=creator, at=clock.now()).reason

    assert seen_with(0, 4, "0.0") == "4 card disputes arrived in 90 days, which is many for 60 sales."
    assert "4 card disputes arrived in 90 days" in told()[0].body
    assert seen_with(6, 10, "0.0") == "6 card disputes arrived in 7 days."
    assert seen_with(0, 10, "0.0") == "6 card disputes arrived in 7 days."
    assert seen_with(0, 0, "90.0") == "6 card disputes arrived in 7 days."
    assert Freeze.objects.get().measures["chargebacks_7d"] == "0"


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
