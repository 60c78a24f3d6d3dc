"""Escalations: a date by severity, one open per creator and type, every step one line, decided once."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from compliance.escalations import services
from compliance.escalations.models import Escalation, EscalationAction
from compliance.escalations.rules import clocks
from compliance.escalations.selectors import get_escalation, list_actions
from compliance.escalations.states import Act, Decision, Department, EscalationState, EscalationType, Severity
from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict, Forbidden, Invalid, NotFound
from foundation.events.models import Outbox
from foundation.money import Money
from foundation.notifications.models import Notification
from tests.cast import actor, member, missing_id, portal_user, staff
from tests.compliance.stories import carl, cause, in_review, opened, usd
from tests.hearing import hear
from tests.ledger.books import at_once

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("severity", "hours"), [("CRITICAL", 4), ("HIGH", 24), ("MEDIUM", 72), ("LOW", 7 * 24)]
)  # fmt: skip
def test_the_date_follows_from_the_severity(severity, hours):
    line = opened(severity=Severity(severity))
    assert line.due_at - line.opened_at == hours * HOUR


@pytest.mark.parametrize(
    ("type", "department"),
    [("PAYOUT_FREEZE", "FINANCE"), ("HIGH_RISK_SCORE", "FRAUD"), ("CHARGEBACK_SPIKE", "FRAUD"),
     ("AML_FLAG", "COMPLIANCE")],
)  # fmt: skip
def test_each_type_goes_to_its_department_first(type, department):
    assert opened(type=EscalationType(type)).department == department


def test_the_whole_way_leaves_one_line_for_each_step():
    line = opened()
    staff("adam")
    services.take_escalation(escalation_id=line.id, by=carl(), at=clock.now())
    services.note_escalation(escalation_id=line.id, notes="Asked the bank.", by=carl(), at=clock.now())
    services.assign_escalation(
        escalation_id=line.id, user_id=staff("adam").pk, notes="You know them.", by=carl(), at=clock.now()
    )
    services.hand_higher(escalation_id=line.id, notes="Too large for us.", by=carl(), at=clock.now())
    services.take_escalation(escalation_id=line.id, by=carl(), at=clock.now())
    done = services.resolve_escalation(
        escalation_id=line.id, decision=Decision.CLEARED, reasoning="The bank confirmed it.", by=carl(), at=clock.now()
    )

    assert [action.action for action in list_actions(line.id)] == [
        Act.OPENED, Act.TAKEN, Act.NOTED, Act.ASSIGNED, Act.ESCALATED, Act.TAKEN, Act.RESOLVED,
    ]  # fmt: skip
    assert (done.state, done.decision, done.reasoning) == (
        EscalationState.RESOLVED, Decision.CLEARED, "The bank confirmed it.",
    )  # fmt: skip
    assert done.department == Department.COMPLIANCE
    told = Outbox.objects.filter(aggregate_id=str(line.id)).order_by("sequence").values_list("type", flat=True)
    assert next(iter(told)) == "compliance.escalation.opened"
    assert list(told)[-1] == "compliance.escalation.resolved"
    assert AuditRecord.objects.filter(subject_id=str(line.id)).count() >= 7


def test_a_further_cause_joins_what_waits_and_can_only_bring_its_date_forward():
    first = opened(severity=Severity.MEDIUM)
    again = services.open_escalation(
        creator_id=first.creator_id, cause=cause(severity=Severity.CRITICAL, amounts=(usd(5_00), Money(7, "EUR"))),
        by=carl(), at=clock.now(),
    )  # fmt: skip

    assert again.id == first.id
    assert again.severity == Severity.CRITICAL
    assert again.due_at < first.due_at
    assert again.amounts == (Money(7, "EUR"), usd(85_00))
    mild = services.open_escalation(
        creator_id=first.creator_id, cause=cause(severity=Severity.LOW), by=carl(), at=clock.now()
    )
    assert (mild.severity, mild.due_at) == (again.severity, again.due_at)


def test_the_same_source_told_again_changes_nothing():
    one = cause()
    first = services.open_escalation(creator_id=member("maya").party_id, cause=one, by=carl(), at=clock.now())
    again = services.open_escalation(creator_id=member("maya").party_id, cause=one, by=carl(), at=clock.now())
    joined = cause()
    for _ in range(2):
        services.open_escalation(creator_id=first.creator_id, cause=joined, by=carl(), at=clock.now())

    assert again == first
    assert [a.action for a in list_actions(first.id)] == [Act.OPENED, Act.JOINED]


def test_a_stopped_clock_moves_the_date_by_as_long_as_it_stood():
    line, at = in_review(), clock.now()
    services.pause_clock(escalation_id=line.id, notes="We wait for the bank.", by=carl(), at=at)
    with pytest.raises(Conflict) as refused:
        services.pause_clock(escalation_id=line.id, notes="Again.", by=carl(), at=at)
    after = services.resume_clock(escalation_id=line.id, notes="", by=carl(), at=at + 5 * HOUR)

    assert refused.value.code == "compliance.clock_stands"
    assert after.due_at == line.due_at + 5 * HOUR
    assert after.paused_seconds == 5 * 3600
    assert [a.notes for a in list_actions(line.id) if a.action == Act.PAUSED] == ["We wait for the bank."]
    with pytest.raises(Conflict):
        services.resume_clock(escalation_id=line.id, notes="", by=carl(), at=at)


def test_what_is_late_goes_to_the_next_department_and_is_told_of_once_when_late_again():
    line = opened(severity=Severity.CRITICAL)
    in_time, paused = opened("other"), opened("third", severity=Severity.CRITICAL)
    services.take_escalation(escalation_id=paused.id, by=carl(), at=clock.now())
    services.pause_clock(escalation_id=paused.id, notes="We wait.", by=carl(), at=clock.now())
    clock.move_clock(ahead=5 * HOUR)
    assert services.escalate_late(at=clock.now()) == 1
    assert services.escalate_late(at=clock.now()) == 0
    raised = get_escalation(line.id)
    clock.move_clock(ahead=10 * HOUR)
    assert services.escalate_late(at=clock.now()) == 1
    assert services.escalate_late(at=clock.now()) == 0

    assert (raised.state, raised.department) == (EscalationState.ESCALATED, Department.COMPLIANCE)
    assert raised.due_at > line.due_at
    assert get_escalation(in_time.id).state == get_escalation(in_time.id).state.OPEN
    assert get_escalation(paused.id).state == EscalationState.IN_REVIEW
    told = Outbox.objects.filter(aggregate_id=str(line.id)).values_list("type", flat=True)
    assert list(told).count("compliance.escalation.overdue") == 1


def test_a_decision_needs_a_review_the_version_that_was_seen_and_for_hard_ones_a_basis():
    line = opened()
    decide = {"escalation_id": line.id, "reasoning": "So.", "by": carl(), "at": clock.now()}
    with pytest.raises(Conflict, match="not_in_review"):
        services.resolve_escalation(decision=Decision.CLEARED, **decide)
    taken = services.take_escalation(escalation_id=line.id, by=carl(), at=clock.now())
    with pytest.raises(Conflict, match="seen_another_version"):
        services.resolve_escalation(decision=Decision.CLEARED, seen_version=taken.version - 1, **decide)
    with pytest.raises(Invalid, match="basis_missing"):
        services.resolve_escalation(decision=Decision.CONFIRMED, **decide)
    done = services.resolve_escalation(
        decision=Decision.CONFIRMED, legal_basis="Art. 6 AMLR", seen_version=taken.version, **decide
    )
    with pytest.raises(Conflict, match="already_resolved"):
        services.resolve_escalation(decision=Decision.CLEARED, **decide)
    assert done.legal_basis == "Art. 6 AMLR"


def test_whom_it_is_about_does_not_work_on_it_and_colleagues_are_chosen_among_those_who_may():
    line = opened()
    herself = actor(portal_user(member("maya")))
    with pytest.raises(Forbidden, match="about_you"):
        services.take_escalation(escalation_id=line.id, by=herself, at=clock.now())
    with pytest.raises(Invalid, match="cannot_work"):
        services.assign_escalation(escalation_id=line.id, user_id=staff("fred").pk, notes="", by=carl(), at=clock.now())
    with pytest.raises(NotFound):
        services.take_escalation(escalation_id=missing_id(), by=carl(), at=clock.now())
    with pytest.raises(NotFound):
        services.open_escalation(creator_id=missing_id(), cause=cause(), by=carl(), at=clock.now())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE escalation SET state = 'RESOLVED' WHERE id = %s",
        "UPDATE escalation SET source = 'another' WHERE id = %s",
        "UPDATE escalation_action SET notes = 'never said' WHERE escalation_id = %s",
        "DELETE FROM escalation_action WHERE escalation_id = %s",
        "DELETE FROM escalation WHERE id = %s",
    ],
)
def test_the_database_keeps_what_was_said_and_done(statement):
    line = opened()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [line.id])
    assert get_escalation(line.id).state == EscalationState.OPEN


def test_those_who_work_on_it_hear_of_it_once_and_are_left_alone_when_it_is_decided():
    carl_user, lena = staff("carl"), staff("lena")
    line = in_review()
    hear("compliance")
    hear("compliance")
    (told,) = Notification.objects.filter(recipient=carl_user, notice="escalation.waits")
    assert told.path == f"/compliance/escalations/{line.id}"
    assert not Notification.objects.filter(recipient=lena, notice="escalation.waits").exists()

    services.resolve_escalation(
        escalation_id=line.id, decision=Decision.FALSE_ALARM, reasoning="A mistake.", by=carl(), at=clock.now()
    )
    hear("compliance")
    told.refresh_from_db()
    assert told.settled_at is not None


@pytest.mark.django_db(transaction=True)
def test_of_twenty_causes_at_once_one_opens_and_the_others_join():
    creator = member("maya").party_id
    by, at = carl(), clock.now()
    causes = [cause() for _ in range(8)]
    lines = at_once(
        *(lambda c=c: services.open_escalation(creator_id=creator, cause=c, by=by, at=at) for c in causes)
    )  # fmt: skip
    assert {getattr(line, "id", line) for line in lines} == {Escalation.objects.get().pk}
    assert sorted(EscalationAction.objects.values_list("action", flat=True)) == ["JOINED"] * 7 + ["OPENED"]
    assert Escalation.objects.get().amounts == {"USD": 8 * 80_00}


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_stands():
    line = in_review()
    by, at = carl(), clock.now()
    answers = at_once(
        *(
            lambda d=d: services.resolve_escalation(
                escalation_id=line.id, decision=d, reasoning="So.", by=by, at=at
            )
            for d in (Decision.CLEARED, Decision.FALSE_ALARM)
        )
    )  # fmt: skip
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "EscalationLine"]


def test_departments_always_lead_to_legal():
    for department in Department:
        assert clocks.next_department(clocks.next_department(department)) == Department.LEGAL
