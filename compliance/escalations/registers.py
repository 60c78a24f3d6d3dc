from collections.abc import Iterator
from datetime import timedelta

from compliance.escalations.selectors import count_late, count_open, owner_of_documents
from compliance.escalations.services import escalate_late
from compliance.escalations.types import DOCUMENTS_ABOUT
from foundation import clock
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from foundation.notifications.catalogue import declare_notice, declare_topic
from foundation.notifications.states import Level
from foundation.uploads.types import Subject, subjects
from foundation.watch import Gauge, readings

subjects.add(DOCUMENTS_ABOUT, Subject(owner_of_documents))
declare_topic("escalations", "What compliance has to decide")
declare_notice(
    "escalation.waits",
    topic="escalations",
    level=Level.ACTION_REQUIRED,
    title="To decide: an escalation of {severity} severity",
    body="It waits for {department}. A decision is due by {due}.",
    path="/compliance/escalations/{escalation_id}",
)
declare_notice(
    "escalation.overdue",
    topic="escalations",
    level=Level.ACTION_REQUIRED,
    title="Late again: an escalation of {severity} severity",
    body="It was handed higher and nobody decided by {due}. It waits for {department}.",
    path="/compliance/escalations/{escalation_id}",
)


@periodic("escalations.late", every=timedelta(minutes=1), catches_up=False)
def late(_: Period) -> dict[str, int]:
    """Hand higher what nobody decided in time."""
    return {"handed_higher": escalate_late(at=clock.now())}


@readings.entry("escalations")
def gauges() -> Iterator[Gauge]:
    yield Gauge("fanz_escalations_open", "Escalations that wait for a decision.", sum(count_open().values()))
    yield Gauge("fanz_escalations_late", "Escalations whose time is over.", count_late())
