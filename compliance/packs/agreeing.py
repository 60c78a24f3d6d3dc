"""Taking audit records out of the house: what a second person agrees to."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from foundation import clock
from foundation.approvals.types import Application, Description, Effect, Payload
from foundation.audit.models import Outcome
from foundation.audit.selectors import AuditQuery, count_records
from foundation.audit.services import record
from foundation.errors import Conflict, Invalid

KIND = "audit.export"
FIELDS = {
    "since": str, "until": str, "actor": str, "action": str, "subject_type": str, "subject_id": str, "outcome": str,
    "request_id": str, "platform_id": str, "personal_why": str,
}  # fmt: skip
"""Texts that are empty narrow nothing. `since` and `until` are times with their zone; without `personal_why` addresses
and agents stay in the house."""
MOST = 100_000
NOTHING = dict.fromkeys(FIELDS, "")


def describe(payload: Payload) -> Description:
    query = query_of(payload)
    records, subjects = count_records(query, most=MOST)
    asked = {name.replace("_", " "): payload[name] for name in FIELDS if payload[name] and name != "personal_why"}
    personal = f"in, because {payload['personal_why']}" if payload["personal_why"] else "left out"
    return Description(
        title="Take audit records out of the house, with proof",
        subject=("compliance.auditpack", payload["subject_id"]),
        effects=(
            Effect("Records", "", f"{records:,}, about {subjects:,} {'thing' if subjects == 1 else 'things'}"),
            *(Effect(name.capitalize(), "", value) for name, value in asked.items()),
            Effect("Addresses and agents", "", personal),
        ),
    )


def recheck(payload: Payload) -> None:
    """Refuse what cannot be read, has no beginning and end, is not over, finds nothing, or more than one pack holds."""
    query = query_of(payload)
    if query.since is None or query.until is None or query.since >= query.until:
        raise Invalid("packs.no_period", "A pack has a beginning and a later end.")
    if query.until > clock.now():
        raise Invalid("packs.not_over", "A pack holds what was written before it is asked for.")
    records, _ = count_records(query, most=MOST + 1)
    if not records:
        raise Conflict("packs.nothing", "No record fits.")
    if records > MOST:
        raise Conflict("packs.too_many", f"More than {MOST:,} records fit. Ask for a shorter time or for less.")


def apply(payload: Payload, under: Application) -> None:
    """The agreement is the order: the job finds it and makes the pack."""
    record(
        "audit.pack_agreed", by=under.by, subject=("approvals.approval", str(under.approval_id)), reason=under.reason,
        with_personal=bool(payload["personal_why"]),
    )  # fmt: skip


def query_of(payload: Payload) -> AuditQuery:
    if payload["outcome"] not in ("", *Outcome.values):
        raise Invalid("packs.bad_question", "There is no such outcome.")
    same = {name: payload[name] for name in ("actor", "action", "subject_type", "subject_id", "outcome", "request_id")}
    try:
        return AuditQuery(
            since=_time(payload["since"]), until=_time(payload["until"]),
            platform_id=UUID(payload["platform_id"]) if payload["platform_id"] else None, **same,
        )  # fmt: skip
    except ValueError:
        raise Invalid("packs.bad_question", "Times are written with their zone, a platform by its number.") from None


def _time(text: str) -> datetime | None:
    moment = datetime.fromisoformat(text) if text else None
    if moment and moment.tzinfo is None:
        raise ValueError("a time has its zone")
    return moment
