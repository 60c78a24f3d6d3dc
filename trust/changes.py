"""Changing a limit: what two people agree to, word for word."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from foundation import clock
from foundation.approvals.types import Application, Description, Effect, Evidence, Payload
from foundation.errors import Invalid, NotFound
from foundation.identity.selectors import platform_names
from trust.rules.limits import check_limit
from trust.selectors import list_versions
from trust.services import change_limit
from trust.types import NO_BOUND, Act, Limit, Subject, Verdict
from trust.words import bound_in_words, limit_in_words

KIND = "trust.limits"
FIELDS = {
    "name": str,
    "act": str,
    "subject": str,
    "platform_id": str,
    "currency": str,
    "window_seconds": int,
    "most_count": int,
    "most_minor": int,
    "verdict": str,
    "is_strict": bool,
    "active_from": str,
}
"""Empty texts: every platform, no currency, from now on. -1: no bound; both -1 lift the limit."""


def describe(payload: Payload) -> Description:
    limit = wished(payload, at=clock.now())
    versions = list_versions(limit.name)
    before = bound_in_words(versions[0]) if versions else "no limit"
    return Description(
        title=f"Limit {limit.name}: {limit_in_words(limit, platform_names())}",
        subject=("trust.trustlimit", limit.name),
        platform_id=limit.platform_id,
        effects=(
            Effect("Bound", before, bound_in_words(limit)),
            Effect("From", "", payload["active_from"] or "the moment it is approved"),
        ),
        evidence=(Evidence("Versions so far", str(len(versions))),),
    )


def recheck(payload: Payload) -> None:
    """Refuse what makes no sense, names no platform of ours, begins in the past, or was overtaken."""
    at = clock.now()
    limit = wished(payload, at=at)
    if limit.platform_id and limit.platform_id not in platform_names():
        raise NotFound("trust.no_platform", "There is no such platform.")
    check_limit(limit, list_versions(limit.name), at)


def apply(payload: Payload, under: Application) -> None:
    change_limit(
        limit=wished(payload, at=under.at), approval_id=under.approval_id, by=under.by, reason=under.reason, at=under.at
    )


def wished(payload: Payload, *, at: datetime) -> Limit:
    """The limit a request asks for."""
    name = payload["name"]
    if not 1 <= len(name) <= 60 or not name.replace("-", "").isalnum() or not name.isascii():
        raise Invalid("trust.bad_payload", "A limit's name is made of letters, digits and hyphens.")
    try:
        return Limit(
            version=0, name=name, act=Act(payload["act"]), subject=Subject(payload["subject"]),
            verdict=Verdict(payload["verdict"]), active_from=_time(payload["active_from"]) or at,
            window_seconds=payload["window_seconds"], currency=payload["currency"],
            most_count=_bound(payload["most_count"]), most_minor=_bound(payload["most_minor"]),
            platform_id=UUID(payload["platform_id"]) if payload["platform_id"] else None,
            is_strict=payload["is_strict"],
        )  # fmt: skip
    except ValueError:
        raise Invalid("trust.bad_payload", "Not a limit as it has to be written.") from None


def _bound(most: int) -> int | None:
    return None if most == NO_BOUND else most


def _time(text: str) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time has its zone")
    return moment
