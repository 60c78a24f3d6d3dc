"""News that somebody should know of. Heard twice, a cause is told once: each message bears its cause's name."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from foundation import clock
from foundation.actors import ActorKind
from foundation.approvals.selectors import titles_of, who_may_decide
from foundation.approvals.states import State
from foundation.events.listening import News, on
from foundation.identity.roles import Role
from foundation.identity.selectors import people_with
from foundation.notifications.services import notify, settle
from foundation.switches.registry import switches

GROUP = "notifications"
WATCH_SWITCHES = (Role.ADMIN, Role.EXECUTIVE, Role.FINANCE, Role.COMPLIANCE)
OUTCOMES = {
    State.APPLIED: "Approved and done",
    State.FAILED: "Approved, but no longer possible",
    State.REJECTED: "Refused",
    State.WITHDRAWN: "Taken back",
}


@on("approval.requested", "approval.overdue", group=GROUP)
def ask_deciders(news: News) -> None:
    approval_id = UUID(news.payload["approval_id"])
    asked = titles_of([approval_id])[approval_id]
    notify(
        recipients=who_may_decide(approval_id),
        notice=news.type,
        dedupe=f"{news.type}:{approval_id}",
        facts={
            "approval_id": approval_id, "title": asked.title, "due": _said(asked.due_at),
            "expires": _said(asked.expires_at),
        },
        at=clock.now(),
    )  # fmt: skip


@on("approval.decided", "approval.expired", group=GROUP)
def tell_requester(news: News) -> None:
    approval_id, at = UUID(news.payload["approval_id"]), clock.now()
    for earlier in ("approval.requested", "approval.overdue"):
        settle(dedupe=f"{earlier}:{approval_id}", at=at)
    outcome = news.payload.get("outcome", State.EXPIRED)
    if outcome == State.WITHDRAWN:
        return
    notify(
        recipients=_people([news.payload["requester"]]),
        notice=news.type,
        dedupe=f"{news.type}:{approval_id}",
        facts={
            "approval_id": approval_id, "title": titles_of([approval_id])[approval_id].title,
            "outcome": OUTCOMES.get(State(outcome), ""),
        },
        at=at,
    )  # fmt: skip


@on("switch.stopped", "switch.resumed", group=GROUP)
def tell_of_switch(news: News) -> None:
    key, by = news.payload["key"], news.payload.get("by", "")
    declared = switches.get(key)
    watching = set(people_with(*WATCH_SWITCHES)) - set(_people([by]))
    notify(
        recipients=watching,
        notice=news.type,
        dedupe=f"{news.type}:{news.id}",
        facts={
            "key": key,
            "title": declared.title if declared else key,
            "consequence": declared.consequence if declared else "",
        },
        at=clock.now(),
    )


@on("switch.stop_expired", group=GROUP)
def alarm_of_expired_stop(news: News) -> None:
    key, approval_id = news.payload["key"], news.payload["approval_id"]
    declared = switches.get(key)
    deciders = who_may_decide(UUID(approval_id)) if approval_id else []
    notify(
        recipients=[*deciders, *people_with(*WATCH_SWITCHES)],
        notice=news.type,
        dedupe=f"{news.type}:{news.id}",
        facts={
            "title": declared.title if declared else key,
            "expired": _said(datetime.fromisoformat(news.payload["expired_at"])),
            "path": f"/ops/approvals/{approval_id}" if approval_id else f"/crisis/switches/{key}",
        },
        at=clock.now(),
    )


@on("letter.parked", group=GROUP)
def alarm_of_parked_letter(news: News) -> None:
    if news.payload["group"] == GROUP:
        return  # our own trouble would only make more of it; health and metrics show it
    notify(
        recipients=people_with(Role.ADMIN),
        notice=news.type,
        dedupe=f"{news.type}:{news.payload['letter_id']}",
        facts=news.payload,
        at=clock.now(),
    )


@on("user.locked", group=GROUP)
def tell_locked(news: News) -> None:
    notify(
        recipients=[UUID(news.payload["user_id"])],
        notice=news.type,
        dedupe=f"{news.type}:{news.id}",
        facts={"what": news.payload["what"], "until": _said(datetime.fromisoformat(news.payload["until"]))},
        at=clock.now(),
    )


def _people(references: list[str]) -> list[UUID]:
    """The people among these actors; programs and parts of the system read no messages."""
    prefix = f"{ActorKind.USER}:"
    return [UUID(reference.removeprefix(prefix)) for reference in references if reference.startswith(prefix)]


def _said(at: datetime) -> str:
    return f"{at:%-d %B %Y, %H:%M} UTC"
