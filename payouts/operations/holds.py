"""The desk of what is stopped: freezes by the date somebody has to look, with the money they stop; and notes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from foundation import clock
from foundation.identity.names import names_of_creators
from foundation.identity.selectors import platform_names
from foundation.money import Money
from payouts.freezes import words
from payouts.freezes.errors import refusal
from payouts.freezes.models import Freeze, ReviewNote
from payouts.freezes.selectors import freezes, view_of
from payouts.freezes.services.amounts import held_by_each
from payouts.freezes.services.releasing import needs_second_person
from payouts.freezes.states import STOPS
from payouts.freezes.types import FreezeView


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A freeze on the desk."""

    freeze: FreezeView
    creator: str
    platform: str
    held: Sequence[Money]
    due_at: datetime
    """Its end, or when somebody has to have looked."""


@dataclass(frozen=True, slots=True)
class Hold:
    """One freeze with what the creator reads, and whether one person may let it go."""

    line: HoldLine
    creator_reads: str
    needs_two: bool


@dataclass(frozen=True, slots=True)
class NoteLine:
    """Something a person should see that stops no money."""

    id: int
    creator_id: UUID
    creator: str
    payout_id: UUID | None
    rule: str
    severity: str
    code: str
    measures: dict[str, str]
    noted_at: datetime


@dataclass(frozen=True, slots=True)
class HoldCounts:
    live: int
    late: int
    """Nobody looked by its date."""
    escalated: int
    notes: int


def list_holds(
    *, is_live: bool, freeze_type: str = "", severity: str = "", after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[HoldLine]:  # fmt: skip
    """Freezes by date, the most urgent first; lifted ones the newest first. `after` is the place of the last one."""
    rows = freezes(is_live=is_live, freeze_type=freeze_type, severity=severity).select_related("payout")
    due = Coalesce("review_by", "release_at", "frozen_at") if is_live else F("released_at")
    rows = rows.annotate(place=due)
    if after:
        at, id = after
        beyond = Q(place__gt=at, place__isnull=False) if is_live else Q(place__lt=at)
        rows = rows.filter(beyond | Q(place=at, pk__gt=id) if is_live else beyond | Q(place=at, pk__lt=id))
    order = ("place", "pk") if is_live else ("-place", "-pk")
    return _lines(rows.order_by(*order)[:limit])


def get_hold(freeze_id: UUID) -> Hold:
    """One freeze; NotFound."""
    row = Freeze.objects.select_related("payout").filter(pk=freeze_id).first()
    if row is None:
        raise refusal("freezes.not_found")
    until = row.release_at or row.review_by or row.frozen_at
    said = words.message(
        freeze_type=row.freeze_type, code=row.code, facts=row.facts, path=row.path, until=until, action=row.action
    )
    return Hold(_lines([row])[0], f"{said.title}. {said.body}", row.state in STOPS and needs_second_person(row))


def count_holds() -> HoldCounts:
    found = Freeze.objects.filter(state__in=STOPS).aggregate(
        live=Count("pk"),
        late=Count("pk", filter=Q(state="ACTIVE", review_by__lt=clock.now())),
        escalated=Count("pk", filter=Q(state="ESCALATED")),
    )
    return HoldCounts(**found, notes=ReviewNote.objects.filter(seen_at=None).count())


def list_notes(*, after: int = 0, limit: int = 50) -> list[NoteLine]:
    """What nobody has seen yet and stops no money, oldest first."""
    rows = list(ReviewNote.objects.filter(seen_at=None, pk__gt=after).order_by("pk")[:limit])
    names = names_of_creators(row.creator_id for row in rows)
    return [
        NoteLine(
            row.pk, row.creator_id, names.get(row.creator_id, ("", ""))[0], row.payout_id, row.rule, row.severity,
            row.code, row.measures, row.noted_at,
        )
        for row in rows
    ]  # fmt: skip


def _lines(rows: QuerySet[Freeze] | Collection[Freeze]) -> list[HoldLine]:
    found = list(rows)
    held = held_by_each(row for row in found if row.state in STOPS)
    names, places = names_of_creators(row.creator_id for row in found), platform_names()
    return [
        HoldLine(
            view_of(row), names.get(row.creator_id, ("", ""))[0],
            places.get(row.platform_id, "") if row.platform_id else "",
            [amount for amount in held.get(row.pk, []) if amount],
            row.released_at or row.review_by or row.release_at or row.frozen_at,
        )
        for row in found
    ]  # fmt: skip
