"""Whoever was erased stays erased, in whatever copy of the house comes back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.errors import Conflict
from foundation.identity import erasures, keys
from foundation.identity.models import Party, PersonalRecord, PersonalWord


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What a copy knew that it should not."""

    keys: int
    people: int


def complete_the_list() -> int:
    """Add what the keys' database has destroyed and the list does not name; returns how many lines were missing."""
    erasures.write_down([])  # an empty list says that nobody was erased, a missing one says nothing
    listed = erasures.read(erasures.journal())
    missing = {id: at for id, at in keys.destroyed_keys().items() if id not in listed}
    erasures.write_down(missing.items())
    return len(missing)


def forget_again(*, listed_in: Path, by: Actor) -> Forgotten:
    """Destroy every key on the list and the rows sealed under it; Conflict when the copy knows more than the list."""
    erased = erasures.read(listed_in)
    unknown = keys.destroyed_keys().keys() - erased.keys()
    if unknown:
        raise Conflict(
            "identity.erasures_outdated",
            f"{listed_in} is older than this copy: {len(unknown)} people erased before it was made are not on the "
            "list. Bring the newest list from where it is kept.",
            missing=len(unknown),
        )
    destroyed = keys.destroy_again(erased)
    with transaction.atomic():
        people = list(Party.objects.filter(key_id__in=erased).order_by("pk").select_for_update())
        PersonalRecord.objects.filter(party__in=people).delete()
        PersonalWord.objects.filter(party__in=people).delete()
        for party in people:
            at = erased[party.key_id]  # type: ignore[index]
            Party.objects.filter(pk=party.pk).update(key_id=None, erased_at=at, version=party.version + 1)
            record("party.forgotten_again", by=by, subject=party, erased_at=at)
    return Forgotten(keys=destroyed, people=len(people))
