"""The name people read for whoever a record refers to."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from django.db.models import Q

from foundation import prepared
from foundation.actors import ActorKind
from foundation.identity.models import ApiClient, Membership, User
from foundation.identity.roles import Role

# For statements of other rooms that begin or end with a name; `words` is what somebody wrote.
CREATORS_CALLED = """
    SELECT party_id FROM membership WHERE role = 'creator' AND upper(handle) = upper(%(words)s::text)
    UNION SELECT party_id FROM membership WHERE platform_id = ANY(ARRAY(SELECT id FROM platform)) AND role = 'creator'
        AND external_id = %(words)s::text
    LIMIT 20"""

_PEOPLE = "SELECT id, coalesce(nullif(name, ''), email) FROM fanz_user WHERE id = ANY(%s)"


def name_of_creator(column: str) -> str:
    """The statement that names the creator of this column."""
    return (
        "SELECT coalesce(nullif(handle, ''), external_id) FROM membership "  # noqa: S608 - a column of the caller
        f"WHERE party_id = {column} AND role = 'creator' ORDER BY id LIMIT 1"
    )


def names_of(references: Iterable[str]) -> dict[str, str]:
    """A name for each of these references: staff and programs by their own, parts of the system by theirs."""
    ids: dict[str, set[str]] = {}
    wanted = {reference for reference in references if reference}
    for reference in wanted:
        kind, _, id = reference.partition(":")
        ids.setdefault(kind, set()).add(id)
    names = {f"system:{part}": f"The system ({part})" for part in ids.get(ActorKind.SYSTEM, ())}
    names |= {f"operator:{name}": f"{name} on the machine" for name in ids.get(ActorKind.OPERATOR, ())}
    if people := _uuids(ids.get(ActorKind.USER, ())):
        names |= {f"user:{id}": name for id, name in prepared.run(_PEOPLE, [people])}
    if programs := _uuids(ids.get(ActorKind.CLIENT, ())):
        for client in ApiClient.objects.filter(pk__in=programs).select_related("platform"):
            names[f"client:{client.pk}"] = f"{client.name} ({client.platform})"
    return {reference: names.get(reference, reference) for reference in wanted}


def names_of_creators(party_ids: Iterable[UUID]) -> dict[UUID, tuple[str, str]]:
    """What platforms call these creators, and which platforms: the first name, and all places."""
    found: dict[UUID, tuple[str, list[str]]] = {}
    rows = Membership.objects.filter(party_id__in=set(party_ids), role=Role.CREATOR).order_by("pk")
    for party_id, handle, external_id, platform in rows.values_list(
        "party_id", "handle", "external_id", "platform__name"
    ):
        found.setdefault(party_id, (handle or external_id, []))[1].append(platform)
    return {party_id: (name, ", ".join(dict.fromkeys(places))) for party_id, (name, places) in found.items()}


def _uuids(ids: Iterable[str]) -> list[UUID]:
    """Those that may be found: a record may also name somebody who never had an account here."""
    found: list[UUID] = []
    for id in ids:
        with suppress(ValueError):
            found.append(UUID(id))
    return found


def people_called(words: str, *, most: int = 20) -> list[str]:
    """The ids of accounts with this address, or with these words in their name."""
    found = User.objects.filter(Q(email=words.strip().lower()) | Q(name__icontains=words.strip())).order_by("pk")
    return [str(pk) for pk in found.values_list("pk", flat=True)[:most]]
