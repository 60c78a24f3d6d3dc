"""Questions about freezes, for staff and other rooms; creators read them through the room of transparency."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from foundation.money import EXPONENTS, Money
from payouts.earnings.seams import Line
from payouts.freezes.errors import refusal
from payouts.freezes.models import Freeze, ReviewNote
from payouts.freezes.services.amounts import held_by
from payouts.freezes.states import STOPS, FreezeState, FreezeType, ReleasePath, Severity
from payouts.freezes.types import FreezeView, WrongFreezes
from payouts.life.models import Payout


def stopped_source(creator_id: UUID, platform_id: UUID, product: str, currency: str) -> UUID | None:
    """The freeze that keeps these earnings pending, if there is one: the earnings run asks line by line."""
    live = Freeze.objects.filter(
        creator_id=creator_id, platform_id=platform_id, product=product, freeze_type=FreezeType.REVENUE_SOURCE,
        state__in=STOPS,
    ).filter(Q(currency="") | Q(currency=currency))  # fmt: skip
    return live.order_by("pk").values_list("pk", flat=True).first()


def stopped_lines() -> dict[Line, UUID]:
    """Every line of earnings that a freeze of its source keeps pending; of several freezes the oldest."""
    found: dict[Line, UUID] = {}
    live = Freeze.objects.filter(freeze_type=FreezeType.REVENUE_SOURCE, state__in=STOPS, platform__isnull=False)
    for row in live.order_by("-pk"):
        for currency in [row.currency] if row.currency else EXPONENTS:
            if row.platform_id is not None:
                found[Line(row.creator_id, row.platform_id, row.product, currency)] = row.pk
    return found


def frozen_account(creator_id: UUID) -> UUID | None:
    """The freeze of everything of this creator, if there is one."""
    live = Freeze.objects.filter(creator_id=creator_id, freeze_type=FreezeType.ACCOUNT, state__in=STOPS)
    return live.order_by("pk").values_list("pk", flat=True).first()


def get_freeze(freeze_id: UUID) -> FreezeView:
    return view_of(_row(freeze_id))


def get_held(freeze_id: UUID) -> list[Money]:
    """What it stops now, by currency."""
    return [amount for amount in held_by(_row(freeze_id)) if amount]


def freezes(
    *, is_live: bool | None = None, freeze_type: str = "", severity: str = "", creator_id: UUID | None = None
) -> QuerySet[Freeze]:
    """The rows of a list by what was asked, in no order yet."""
    asked = {"freeze_type": freeze_type, "severity": severity, "creator_id": creator_id}
    rows = Freeze.objects.filter(**{name: value for name, value in asked.items() if value})
    return rows if is_live is None else rows.filter(state__in=STOPS) if is_live else rows.exclude(state__in=STOPS)


def list_to_review(*, limit: int = 50) -> list[FreezeView]:
    """Live freezes, the soonest date first: what people look at."""
    rows = Freeze.objects.filter(state__in=STOPS).order_by("review_by", "release_at", "pk")
    return [view_of(row) for row in rows[:limit]]


def list_notes(*, limit: int = 50) -> list[ReviewNote]:
    """What nobody has seen yet and stops no money, oldest first."""
    return list(ReviewNote.objects.filter(seen_at=None).order_by("noted_at", "pk")[:limit])


def wrong_freezes(since: datetime, until: datetime) -> WrongFreezes:
    """Of the payouts asked for in this time: how many were frozen, and how many of those wrongly."""
    asked = Payout.objects.filter(requested_at__gte=since, requested_at__lt=until)
    frozen = Freeze.objects.filter(payout__in=asked)
    return WrongFreezes(
        asked.count(),
        frozen.values("payout").distinct().count(),
        frozen.filter(was_wrong=True).values("payout").distinct().count(),
    )


def view_of(row: Freeze) -> FreezeView:
    amount = Money(row.amount_minor, row.currency) if row.amount_minor and row.currency else None
    if row.payout is not None:
        amount = row.payout.amount
    return FreezeView(
        row.pk, row.creator_id, FreezeType(row.freeze_type), FreezeState(row.state), row.payout_id, row.platform_id,
        row.product, amount, row.code, Severity(row.severity), row.action, row.facts, row.measures, row.notes,
        ReleasePath(row.path), row.release_at, row.review_by, row.progress, row.conditions, row.rule, row.source,
        row.escalation_id, row.frozen_by, row.frozen_at, row.reviewed_at, row.released_at, row.released_by,
        row.release_reason, row.was_wrong, row.told_at,
    )  # fmt: skip


def _row(freeze_id: UUID) -> Freeze:
    row = Freeze.objects.filter(pk=freeze_id).select_related("payout").first()
    if row is None:
        raise refusal("freezes.not_found")
    return row
