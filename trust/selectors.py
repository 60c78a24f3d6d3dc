"""Limits in force, how much of them is used, and decisions that were made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from foundation import prepared
from foundation.errors import NotFound, Unavailable
from foundation.nearby import CannotBeRead, Nearby
from foundation.restrictions.selectors import is_restricted
from foundation.restrictions.types import Kind
from trust.models import TrustDecision, TrustLimit
from trust.rules.limits import in_force
from trust.types import AGAIN, Act, Judged, Limit, Standing, Subject, Use

# Single rows for those who buy now and then; minute sums where a window may hold a hundred thousand.
_USES = """
WITH w AS (
    SELECT * FROM unnest(%(name)s::text[], %(subject)s::text[], %(who)s::text[], %(since)s::timestamptz[],
                         %(currency)s::text[], %(platform)s::uuid[])
        AS w(name, subject, who, since, currency, platform)
)
SELECT w.name, coalesce(sum(u.count), 0)::bigint,
       coalesce(sum(u.amount_minor) FILTER (WHERE u.currency = w.currency), 0)::bigint
FROM w LEFT JOIN LATERAL (
    SELECT 1 AS count, {spent} AS amount_minor, d.currency FROM trust_decision d
    WHERE w.subject = 'fan' AND d.fan_id = w.who::uuid AND d.at > w.since AND d.verdict <> 'refuse'
        AND d.act = %(act)s AND (w.platform IS NULL OR d.platform_id = w.platform) {others}
    UNION ALL
    SELECT 1, {spent}, d.currency FROM trust_decision d
    WHERE w.subject = 'card' AND d.card = w.who AND d.card <> '' AND d.at > w.since AND d.verdict <> 'refuse'
        AND d.act = %(act)s AND (w.platform IS NULL OR d.platform_id = w.platform) {others}
    UNION ALL
    SELECT 1, {spent}, d.currency FROM trust_decision d
    WHERE w.subject = 'device' AND d.device = w.who AND d.device <> '' AND d.at > w.since AND d.verdict <> 'refuse'
        AND d.act = %(act)s AND (w.platform IS NULL OR d.platform_id = w.platform) {others}
    UNION ALL
    SELECT t.count, t.amount_minor, t.currency FROM trust_tally t
    WHERE w.subject IN ('platform', 'all') AND t.act = %(act)s AND t.who = w.who
        AND t.minute > w.since - interval '1 minute'
) u ON true
GROUP BY w.name
"""
# A charge that is tried again was counted when it was tried first; parts of a payment given back are counted each.
_SPENT = """CASE WHEN EXISTS (SELECT FROM trust_not_taken n WHERE n.payment_id = d.payment_id) THEN 0
        ELSE d.amount_minor END"""
_OTHERS = f"AND d.payment_id <> %(payment)s::uuid AND NOT d.features ? '{AGAIN}'"
_OF_CHARGES = _USES.format(others=_OTHERS, spent=_SPENT)
_OF_REFUNDS = _USES.format(others="", spent="d.amount_minor")


def _load() -> tuple[Limit, ...]:
    return tuple(row.as_limit() for row in TrustLimit.objects.order_by("version"))


nearby: Nearby[tuple[Limit, ...]] = Nearby(_load)


def limits_nearby() -> tuple[Limit, ...]:
    """Every version, at most two seconds old. Refuses when nobody can say: nothing is charged unjudged."""
    try:
        return nearby.get()
    except CannotBeRead:
        raise Unavailable("trust.cannot_judge", "Payments cannot be judged at this moment.", retry_after=2) from None


def list_versions(name: str) -> list[Limit]:
    """Every version of one limit, newest first."""
    return [row.as_limit() for row in TrustLimit.objects.filter(name=name).order_by("-active_from")]


def list_limits(*, at: datetime) -> list[Limit]:
    """What holds at this moment, by act, subject and name."""
    order = {subject: number for number, subject in enumerate(Subject)}
    return sorted(in_force(_load(), at), key=lambda limit: (limit.act, order[limit.subject], limit.name))


def get_limit(name: str, *, at: datetime) -> Limit:
    """The version of this name in force; NotFound when there is none."""
    found = next((limit for limit in list_limits(at=at) if limit.name == name), None)
    if found is None:
        raise NotFound("trust.no_limit", "There is no such limit.")
    return found


def uses_of(limits: Sequence[Limit], judged: Judged, *, at: datetime) -> dict[str, Use]:
    """How much of each limit's window is used, one question for all."""
    windowed = [limit for limit in limits if limit.window_seconds]
    if not windowed:
        return {}
    asked: dict[str, Any] = {
        "act": str(judged.act),
        "name": [limit.name for limit in windowed],
        "subject": [str(limit.subject) for limit in windowed],
        "who": [judged.who(limit.subject) for limit in windowed],
        "since": [at - limit.window for limit in windowed],
        "currency": [limit.currency for limit in windowed],
        "platform": [limit.platform_id for limit in windowed],
        "payment": judged.payment_id,
    }
    sql = _OF_CHARGES if judged.act is Act.CHARGE else _OF_REFUNDS
    return {name: Use(count, minor) for name, count, minor in prepared.run(sql, asked)}


def standing_of(judged: Judged) -> Standing:
    """What restrictions say of both sides; they are near, so this asks nobody."""
    fan, creator, platform = judged.fan_id, judged.creator_id, judged.platform_id
    return Standing(
        is_fan_suspended=is_restricted(fan, Kind.SUSPENDED, platform),
        is_creator_suspended=is_restricted(creator, Kind.SUSPENDED, platform),
        is_creator_shadowed=is_restricted(creator, Kind.SHADOWED, platform),
        is_strict=is_restricted(fan, Kind.STRICT_LIMITS, platform),
    )


def decisions_about(payment_id: UUID) -> list[TrustDecision]:
    """Every judgement of this payment and its refunds, oldest first."""
    return list(TrustDecision.objects.filter(payment_id=payment_id).order_by("id"))


def list_looked_at(limit: int = 50) -> Iterable[TrustDecision]:
    """The newest decisions that were not a plain yes."""
    return TrustDecision.objects.exclude(verdict="allow").select_related("platform").order_by("-id")[:limit]
