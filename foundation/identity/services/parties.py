"""Two memberships become one person only by the person's own act."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.errors import Conflict
from foundation.events import publish
from foundation.identity import keys
from foundation.identity.events import PartiesMerged
from foundation.identity.models import Membership, Party, PersonalRecord, PersonalWord
from foundation.identity.personal import seal_values, unseal_values
from foundation.locks import lock_all


def join_parties(*, kept_id: UUID, joining_id: UUID, by: Actor, at: datetime) -> Party:
    """Move all memberships of one party to another; the first stays as an alias and is never used again."""
    with transaction.atomic():
        parties = lock_all((Party, [kept_id, joining_id]))[Party]
        kept, joining = parties[kept_id], parties[joining_id]
        assert isinstance(kept, Party)
        assert isinstance(joining, Party)
        if hasattr(joining, "user") or kept.alias_of_id or joining.alias_of_id or kept.erased_at or joining.erased_at:
            raise Conflict("identity.cannot_join", "These two cannot be joined.")
        _reseal(joining, kept)
        Membership.objects.filter(party=joining).update(party=kept, updated_at=at)
        PersonalWord.objects.filter(party=joining).update(party=kept)
        joining.alias_of = kept
        joining.version += 1
        joining.save(update_fields=["alias_of", "version"])
        record("party.joined", by=by, subject=kept, alias=joining.pk)
        publish(PartiesMerged(kept.pk, joining.pk), key=kept)
    return kept


def _reseal(source: Party, target: Party) -> None:
    old, new = keys.read_key(source.key_id), keys.read_key(target.key_id)
    for row in PersonalRecord.objects.filter(party=source).select_for_update():
        values = unseal_values(old, source.pk, row.ciphertext)
        row.party, row.ciphertext = target, seal_values(new, target.pk, values)
        row.save(update_fields=["party", "ciphertext"])
