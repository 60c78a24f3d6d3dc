"""Whom an account stands for: two accounts of one person are one side."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from foundation.actors import Actor, ActorKind
from foundation.approvals.types import Side


def person_behind(principal: UUID | None) -> UUID | None:
    """The party that is left when aliases are followed to their end; a platform is its own."""
    if principal is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT fanz_person(%s)", [principal])
        (person,) = cursor.fetchone()
    return person


def people_behind(principals: Iterable[UUID | None]) -> dict[UUID | None, UUID | None]:
    """`person_behind` for many at once."""
    wanted = {principal for principal in principals if principal}
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, fanz_person(id) FROM unnest(%s::uuid[]) AS id", [list(wanted)])
        return {None: None, **dict(cursor.fetchall())}


def side_of(actor: Actor) -> Side:
    """A person stands for their party, a program for its platform."""
    principal = actor.platform_id if actor.kind is ActorKind.CLIENT else actor.party_id
    return Side(actor.reference, person_behind(principal))


def resolved(side: Side) -> Side:
    return Side(side.reference, person_behind(side.principal))
