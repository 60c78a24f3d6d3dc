"""Who may not do what. `is_restricted` is asked on every money path and answers in microseconds."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from foundation.identity.models import Membership
from foundation.nearby import CannotBeRead, Nearby
from foundation.restrictions.models import Restriction
from foundation.restrictions.types import Kind, RestrictionLine

InForce = dict[UUID, frozenset[tuple[str, UUID | None]]]


def _load() -> InForce:
    """Everything in force now, by the person behind the party. Read through a function that shows no reasons."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT party_id, kind, platform_id FROM fanz_restrictions_in_force()")
        rows = cursor.fetchall()
    gathered: dict[UUID, set[tuple[str, UUID | None]]] = {}
    for party_id, kind, platform_id in rows:
        gathered.setdefault(party_id, set()).add((kind, platform_id))
    return {party_id: frozenset(found) for party_id, found in gathered.items()}


nearby: Nearby[InForce] = Nearby(_load)


def is_restricted(party_id: UUID, kind: Kind, platform_id: UUID | None = None) -> bool:
    """Whether this is forbidden to the party: everywhere, or on this platform. Yes, when nobody can say."""
    try:
        found = nearby.get().get(party_id, frozenset())
    except CannotBeRead:
        return True
    return (str(kind), None) in found or (platform_id is not None and (str(kind), platform_id) in found)


def is_suspended(party_id: UUID | None) -> bool:
    """Whether a person may not be inside at all: suspended everywhere, or on each platform they belong to."""
    if party_id is None:
        return False
    try:
        found = nearby.get().get(party_id, frozenset())
    except CannotBeRead:
        return True
    return _shuts_out(party_id, found)


def is_suspended_now(party_id: UUID | None) -> bool:
    """The same, read from Postgres at this moment: for the door itself."""
    return party_id is not None and _shuts_out(party_id, _load().get(party_id, frozenset()))


def kinds_in_force_now(party_id: UUID) -> frozenset[str]:
    """What is forbidden to this party somewhere, read from Postgres at this moment: for the door money leaves by."""
    return kinds_of_each_now([party_id]).get(party_id, frozenset())


def kinds_of_each_now(party_ids: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """The same of many, in one question; those to whom nothing is forbidden are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT party_id, array_agg(kind) FROM fanz_restrictions_in_force() WHERE party_id = ANY (%s) GROUP BY 1",
            [list(party_ids)],
        )
        return {party_id: frozenset(kinds) for party_id, kinds in cursor.fetchall()}


def list_restrictions(party_id: UUID) -> list[RestrictionLine]:
    """All restrictions a party has or had, newest first; who may read them is the caller's business."""
    return [line_of(row) for row in Restriction.objects.filter(party_id=party_id).order_by("-id")]


def line_of(row: Restriction) -> RestrictionLine:
    return RestrictionLine(
        id=row.pk,
        party_id=row.party_id,
        platform_id=row.platform_id,
        kind=Kind(row.kind),
        active_from=row.active_from,
        active_until=row.active_until,
        source=row.source,
        reason=row.reason,
        legal_basis=row.legal_basis,
        placed_by=row.placed_by,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )


def _shuts_out(party_id: UUID, found: frozenset[tuple[str, UUID | None]]) -> bool:
    where = {platform_id for kind, platform_id in found if kind == Kind.SUSPENDED}
    if not where or None in where:
        return bool(where)
    belongs_to = set(Membership.objects.filter(party_id=party_id, is_active=True).values_list("platform_id", flat=True))
    return bool(belongs_to) and belongs_to <= where
