"""Creators and fans as their platforms tell us of them, by the platform's own id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.errors import Invalid
from foundation.events import publish
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
        raise Invalid("identity.twice_in_batch", "An external_id stands twice in this batch.")
    with transaction.atomic():
        _one_batch_at_a_time(platform_id, role)
        known = {
            row.external_id: row
            for row in Membership.objects.filter(platform_id=platform_id, role=role, external_id__in=ids)
            .select_related("party")
            .order_by("pk")
            .select_for_update(of=("self",))
        }
        fresh = dict(zip([id for id in ids if id not in known], keys.make_keys(len(ids) - len(known)), strict=True))
        opened = keys.read_keys([row.party.key_id for row in known.values() if row.party.key_id] + list(fresh.values()))
        results = [
            _change(known[member.external_id], member, opened, at)
            if member.external_id in known
            else _join(platform_id, role, member, fresh[member.external_id], opened, at)
            for member in members
        ]
        outcomes = [row.result for row in results]
        record(
            f"{role}s.upserted",
            by=by,
            platform_id=platform_id,
            subject=("identity.platform", str(platform_id)),
            created=outcomes.count("created"),
            updated=outcomes.count("updated"),
            unchanged=outcomes.count("unchanged"),
        )
    return results


def _one_batch_at_a_time(platform_id: UUID, role: str) -> None:
    """Two batches with the same newcomers would both make them; the second waits and then finds them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"members:{platform_id}:{role}"])


def _join(
    platform_id: UUID, role: str, member: MemberIn, key_id: UUID, opened: dict[UUID, bytes], at: datetime
) -> MemberOut:
    party = Party(key_id=key_id)
    membership = Membership(
        party=party, platform_id=platform_id, role=role, external_id=member.external_id, handle=member.handle,
        is_active=member.is_active, joined_at=at, updated_at=at,
    )  # fmt: skip
    Party.objects.bulk_create([party])
    Membership.objects.bulk_create([membership])
    _write_personal(membership, opened[key_id], member.personal, at)
    publish(MemberJoined(membership.id, party.id, platform_id, role), key=membership)
    return MemberOut(membership.id, member.external_id, "created")


def _change(membership: Membership, member: MemberIn, opened: dict[UUID, bytes], at: datetime) -> MemberOut:
    key = opened.get(membership.party.key_id) if membership.party.key_id else None
    before = _read_personal(membership, key)
    after: Personal = {**before, **member.personal}
    is_same_person = before == after or key is None
    if is_same_person and (membership.handle, membership.is_active) == (member.handle, member.is_active):
        return MemberOut(membership.id, membership.external_id, "unchanged")
    membership.handle, membership.is_active, membership.updated_at = member.handle, member.is_active, at
    membership.version += 1
    membership.save(update_fields=["handle", "is_active", "updated_at", "version"])
    if key is not None and not is_same_person:
        _write_personal(membership, key, after, at)
    publish(
        MemberChanged(membership.id, membership.party_id, membership.platform_id, membership.is_active), key=membership
    )
    return MemberOut(membership.id, membership.external_id, "updated")


def _read_personal(membership: Membership, key: bytes | None) -> Personal:
    row = PersonalRecord.objects.filter(membership=membership).first() if key else None
    return unseal_values(key, membership.party_id, row.ciphertext) if row and key else {}


def _write_personal(membership: Membership, key: bytes, values: Personal, at: datetime) -> None:
    if not values:
        return
    whose = {"party_id": membership.party_id, "platform_id": membership.platform_id}
    ciphertext = seal_values(key, membership.party_id, values)
    changed = PersonalRecord.objects.filter(membership=membership).update(ciphertext=ciphertext, updated_at=at)
    if not changed:
        PersonalRecord.objects.bulk_create(
            [PersonalRecord(membership=membership, ciphertext=ciphertext, updated_at=at, **whose)]
        )
    PersonalWord.objects.filter(membership=membership).delete()
    words = [PersonalWord(membership=membership, word=word, **whose) for word in searchable_words(values)]
    PersonalWord.objects.bulk_create(words)
