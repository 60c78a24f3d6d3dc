"""Who has to know of an escalation: heard twice, each is told once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from compliance.escalations.selectors import READERS, WORKERS, get_escalation
from compliance.escalations.states import EscalationState
from foundation import clock
from foundation.events.listening import News, on
from foundation.identity.roles import Role
from foundation.identity.selectors import people_with
from foundation.notifications.services import notify, settle

GROUP = "compliance"


@on("compliance.escalation.opened", "compliance.escalation.raised", group=GROUP)
def tell_department(news: News) -> None:
    """Those who work on escalations hear of a new one; of one handed higher all who read them."""
    if get_escalation(UUID(news.payload["escalation_id"])).state == EscalationState.RESOLVED:
        return
    _settle(news)
    _tell(news, "escalation.waits", people_with(*(WORKERS if news.type.endswith("opened") else READERS)))


@on("compliance.escalation.overdue", group=GROUP)
def alarm_of_delay(news: News) -> None:
    _tell(news, "escalation.overdue", people_with(*WORKERS, Role.LEGAL, Role.EXECUTIVE))


@on("compliance.escalation.resolved", group=GROUP)
def settle_messages(news: News) -> None:
    _settle(news)


def _tell(news: News, notice: str, people: list[UUID]) -> None:
    said = news.payload
    due = datetime.fromisoformat(said["due_at"])
    notify(
        recipients=people,
        notice=notice,
        dedupe=f"escalation:{said['escalation_id']}:{news.sequence}",
        facts={
            "escalation_id": said["escalation_id"], "severity": said["severity"].lower(),
            "department": said["department"].lower(), "due": f"{due:%-d %B %Y, %H:%M} UTC",
        },
        at=clock.now(),
    )  # fmt: skip


def _settle(news: News) -> None:
    """What was said of it before needs nobody any more."""
    for sequence in range(1, news.sequence):
        settle(dedupe=f"escalation:{news.payload['escalation_id']}:{sequence}", at=clock.now())
