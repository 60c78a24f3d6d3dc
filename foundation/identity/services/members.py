"""Creators and fans as their platforms tell us of them, by the platform's own id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.errors import Unprocessable
from foundation.events import publish_all
from foundation.identity import keys
from foundation.identity.events import MemberChanged, MemberJoined
from foundation.identity.models import Membership, Party, PersonalRecord, PersonalWord
from foundation.identity.personal import Personal, seal_values, searchable_words, unseal_values

MOST_IN_A_BATCH = 200


@dataclass(frozen=True, slots=True)
class MemberIn:
    external_id: str
    handle: str = ""
    is_active: bool = True
    personal: Personal = field(default_factory=Personal)


@dataclass(frozen=True, slots=True)
class MemberOut:
    id: UUID
    external_id: str
    result: str


def upsert_members(
    *, platform_id: UUID, role: str, members: Sequence[MemberIn], by: Actor, at: datetime
) -> list[MemberOut]:
    """Make or update these members of one platform; the same batch again changes nothing.

    Refuses a batch that names one id twice (`identity.twice_in_batch`).
    """
    ids = [member.external_id for member in members]
    if len(set(ids)) != len(ids):
        raise Unprocessable("identity.twice_in_batch", "An external_id stands twice in this batch.")
    with transaction.atomic():
        _one_batch_at_a_time(platform_id, role)
        known = {
            row.external_id: row
            for row in Membership.objects.filter(platform_id=platform_id, role=role, external_id__in=ids)
            .select_related("party", "personal_record")
            .order_by("pk")
            .select_for_update(of=("self",))
        }
        opened = keys.read_keys(row.party.key_id for row in known.values())
        changed = [
            told for told in members if told.external_id in known and _change(known[told.external_id], told, opened, at)
        ]
        joined = _join(platform_id, role, [told for told in members if told.external_id not in known], at)
        publish_all({known[told.external_id]: _changed(known[told.external_id]) for told in changed})
        record(
            f"{role}s.upserted",
            by=by,
            platform_id=platform_id,
            subject=("identity.platform", str(platform_id)),
            created=len(joined),
            updated=len(changed),
            unchanged=len(members) - len(joined) - len(changed),
        )
    became = dict.fromkeys(known, "unchanged") | {told.external_id: "updated" for told in changed}
    became |= dict.fromkeys(joined, "created")
    return [MemberOut((joined | known)[id].pk, id, became[id]) for id in ids]


def _one_batch_at_a_time(platform_id: UUID, role: str) -> None:
    """Two batches with the same newcomers would both make them; the second waits and then finds them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"members:{platform_id}:{role}"])


def _join(platform_id: UUID, role: str, told: Sequence[MemberIn], at: datetime) -> dict[str, Membership]:
    """Newcomers, all at once; the membership is written before its party, which is how a platform may see the party."""
    key_ids = keys.make_keys(len(told))
    opened = keys.read_keys(key_ids)
    joined = {
        member.external_id: Membership(
            party=Party(key_id=key_id, created_at=at), platform_id=platform_id, role=role, joined_at=at, updated_at=at,
            external_id=member.external_id, handle=member.handle, is_active=member.is_active,
        )
        for member, key_id in zip(told, key_ids, strict=True)
    }  # fmt: skip
    Membership.objects.bulk_create(joined.values())
    Party.objects.bulk_create(row.party for row in joined.values())
    _write_personal([(joined[member.external_id], member.personal) for member in told if member.personal], opened, at)
    publish_all({row: MemberJoined(row.pk, row.party_id, platform_id, role) for row in joined.values()})
    return joined


def _change(membership: Membership, told: MemberIn, opened: keys.Keys, at: datetime) -> bool:
    """Write what differs from what is known; False when nothing does. An erased person's data stays erased."""
    key = opened.get(membership.party.key_id)
    sealed = getattr(membership, "personal_record", None)
    before = unseal_values(key, membership.party_id, sealed.ciphertext) if key and sealed else Personal()
    after: Personal = {**before, **told.personal} if key else before
    if before == after and (membership.handle, membership.is_active) == (told.handle, told.is_active):
        return False
    membership.handle, membership.is_active, membership.updated_at = told.handle, told.is_active, at
    membership.version += 1
    membership.save(update_fields=["handle", "is_active", "updated_at", "version"])
    if before != after:
        _write_personal([(membership, after)], opened, at)
    if before.get("email") != after.get("email"):
        close_links(membership, at=at)  # they were sent to the address that was wrong
    return True


def close_links(membership: Membership, *, at: datetime) -> None:
    """Links into the portal that are still open lead nowhere from now on."""
    membership.invitations.filter(accepted_at=None, expires_at__gt=at).update(expires_at=at)


def _changed(row: Membership) -> MemberChanged:
    return MemberChanged(row.pk, row.party_id, row.platform_id, row.is_active)


def _write_personal(values_of: Sequence[tuple[Membership, Personal]], opened: keys.Keys, at: datetime) -> None:
    records, words = [], []
    for row, values in values_of:
        whose = {"membership": row, "party_id": row.party_id, "platform_id": row.platform_id}
        ciphertext = seal_values(opened[row.party.key_id], row.party_id, values)
        records.append(PersonalRecord(ciphertext=ciphertext, updated_at=at, **whose))
        words += [PersonalWord(word=word, **whose) for word in searchable_words(values)]
    PersonalRecord.objects.bulk_create(
        records, update_conflicts=True, unique_fields=["membership"], update_fields=["ciphertext", "updated_at"]
    )
    PersonalWord.objects.filter(membership__in=[row for row, _ in values_of]).delete()
    PersonalWord.objects.bulk_create(words)
