"""The name people read for whoever a record refers to."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from django.db.models import Q

from foundation.actors import ActorKind
from foundation.identity.models import ApiClient, User


def names_of(references: Iterable[str]) -> dict[str, str]:
    """A name for each of these references: staff and programs by their own, parts of the system by theirs."""
    ids: dict[str, set[str]] = {}
    wanted = {reference for reference in references if reference}
    for reference in wanted:
        kind, _, id = reference.partition(":")
        ids.setdefault(kind, set()).add(id)
    names = {f"system:{part}": f"The system ({part})" for part in ids.get(ActorKind.SYSTEM, ())}
    names |= {f"operator:{name}": f"{name} on the machine" for name in ids.get(ActorKind.OPERATOR, ())}
    for user in User.objects.filter(pk__in=_uuids(ids.get(ActorKind.USER, ()))).only("name", "email"):
        names[f"user:{user.pk}"] = str(user)
    for client in ApiClient.objects.filter(pk__in=_uuids(ids.get(ActorKind.CLIENT, ()))).select_related("platform"):
        names[f"client:{client.pk}"] = f"{client.name} ({client.platform})"
    return {reference: names.get(reference, reference) for reference in wanted}


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
