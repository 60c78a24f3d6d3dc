"""Questions about integrity: the whole score for staff and decisions, the tier and hints for the creator."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from foundation import clock
from foundation.errors import NotFound
from foundation.money import Money
from payouts.integrity.models import IntegrityRecord, IntegrityScore
from payouts.integrity.rules.hints import hints
from payouts.integrity.rules.inputs import inputs_of
from payouts.integrity.rules.scoring import POLICIES, TIERS, Judged, Level, tier_of
from payouts.integrity.services import rescore
from payouts.integrity.types import CurrencyStats, ScoreView, TierView

SALES = """
SELECT currency, product, sum(sales_minor)::bigint, sum(refunded_minor)::bigint,
    coalesce(sum(sales_minor) FILTER (WHERE day > %(month)s::date), 0)::bigint,
    coalesce(sum(sales_minor) FILTER (WHERE day > %(quarter)s::date), 0)::bigint
FROM fact_sale_day WHERE creator_id = %(creator)s GROUP BY 1, 2 ORDER BY 1, 2
"""
DISPUTED = """
SELECT currency, sum(amount_minor)::bigint FROM fact_dispute WHERE creator_id = %(creator)s AND state <> 'WON'
GROUP BY 1 ORDER BY 1
"""


def get_score(creator_id: UUID) -> ScoreView:
    """Where a creator stands, for staff and for decisions; scored at once when they never were.

    NotFound when this is nobody who sells.
    """
    standing = _standing(creator_id)
    if standing is None:
        rescore([creator_id], reason="asked for the first time", at=clock.now())
        standing = _standing(creator_id)
    if standing is None:
        raise NotFound("integrity.no_creator", "There is no such creator.")
    return view_of(standing)


def list_scores(creator_ids: Collection[UUID]) -> Mapping[UUID, ScoreView]:
    """The scores that stand, of those who were scored."""
    rows = IntegrityScore.objects.filter(creator_id__in=creator_ids).select_related("record")
    return {row.creator_id: view_of(row.record) for row in rows}


def list_records(creator_id: UUID, *, limit: int = 50) -> list[ScoreView]:
    """A creator's scores, the newest first."""
    return [
        view_of(row) for row in IntegrityRecord.objects.filter(creator_id=creator_id).order_by("-at", "-id")[:limit]
    ]


def get_tier(creator_id: UUID) -> TierView:
    """What the creator may know of it, and what leads upward."""
    score = get_score(creator_id)
    better = [tier for at_least, tier in TIERS if at_least > score.score]
    judged = POLICIES[score.policy](score.inputs)
    return TierView(score.tier, better[-1] if better else None, _since(creator_id, score), hints(judged))


def get_stats(creator_id: UUID, *, at: datetime | None = None) -> list[CurrencyStats]:
    """What a creator sold, by product and lately, what was refunded and taken back; a line per currency."""
    today = (at or clock.now()).date()
    month, quarter = today - timedelta(days=30), today - timedelta(days=90)
    asked: dict[str, Any] = {"creator": creator_id, "month": month, "quarter": quarter}
    with connection.cursor() as cursor:
        cursor.execute(SALES, asked)
        sales = cursor.fetchall()
        cursor.execute(DISPUTED, asked)
        disputed = dict(cursor.fetchall())
    return [
        _stats(currency, [row for row in sales if row[0] == currency], disputed.get(currency, 0))
        for currency in sorted({row[0] for row in sales} | set(disputed))
    ]


def recompute(record: ScoreView) -> Judged:
    """The score again from what the record keeps, by the policy it names."""
    return POLICIES[record.policy](record.inputs)


def view_of(row: IntegrityRecord) -> ScoreView:
    return ScoreView(
        creator_id=row.creator_id,
        record_id=row.pk,
        score=row.score,
        components=row.components,
        level=Level(row.level),
        tier=tier_of(row.score),
        flags=tuple(row.flags),
        inputs=inputs_of(row.inputs),
        policy=row.policy,
        reason=row.reason,
        at=row.at,
    )


def _standing(creator_id: UUID) -> IntegrityRecord | None:
    row = IntegrityScore.objects.filter(creator_id=creator_id).select_related("record").first()
    return row.record if row else None


def _since(creator_id: UUID, score: ScoreView) -> datetime:
    """When the tier of today began."""
    at_least, _tier = next((floor, tier) for floor, tier in TIERS if tier == score.tier)
    below = next((floor for floor, _ in reversed(TIERS) if floor > at_least), 1001)
    records = IntegrityRecord.objects.filter(creator_id=creator_id)
    other = records.exclude(score__gte=at_least, score__lt=below).order_by("-at", "-id").first()
    in_tier = records.filter(score__gte=at_least, score__lt=below)
    first = (in_tier.filter(at__gte=other.at) if other else in_tier).order_by("at", "id").first()
    return first.at if first else score.at


def _stats(currency: str, rows: list[tuple[str, str, int, int, int, int]], disputed: int) -> CurrencyStats:
    def total(column: int) -> Money:
        return Money(sum(int(row[column]) for row in rows), currency)

    return CurrencyStats(
        currency=currency,
        total=total(2),
        by_product={row[1]: Money(row[2], currency) for row in rows},
        refunds=total(3),
        chargebacks=Money(disputed, currency),
        last_30_days=total(4),
        last_90_days=total(5),
    )
