"""What is personal about people: sealed under their own key, found by keyed hashes of whole words."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TypedDict
from uuid import UUID

from foundation.identity import keys
from foundation.identity.models import Party, PersonalRecord


class Personal(TypedDict, total=False):
    """Everything we may know about a person beyond the pseudonym."""

    name: str
    email: str
    phone: str
    country: str
    birth_date: str


def normalise(value: str) -> str:
    """Twins of one text (case, width, composition, hidden marks) become the same text."""
    folded = unicodedata.normalize("NFKC", value).casefold()
    visible = "".join(c for c in folded if unicodedata.category(c) not in ("Cf", "Cc"))
    return unicodedata.normalize("NFKC", " ".join(visible.split()))


def word_hash(word: str) -> bytes:
    return keys.keyed_hash("personal-word", normalise(word))


def searchable_words(values: Mapping[str, object]) -> set[bytes]:
    words = {str(values.get("email", "")), *normalise(str(values.get("name", ""))).split()}
    return {word_hash(word) for word in words if word}


def seal_values(key: bytes, party_id: UUID, values: Personal) -> bytes:
    plain = json.dumps(values, sort_keys=True, ensure_ascii=False).encode()
    return keys.seal(key, plain, bound_to=party_id)


def unseal_values(key: bytes, party_id: UUID, ciphertext: bytes | memoryview) -> Personal:
    values: Personal = json.loads(keys.unseal(key, bytes(ciphertext), bound_to=party_id))
    return values


def read_personal(party_ids: Iterable[UUID]) -> dict[UUID, Personal]:
    """Personal values by party, newest record winning; erased people are missing. The door audits the reading."""
    records = PersonalRecord.objects.filter(party_id__in=list(party_ids)).select_related("party").order_by("updated_at")
    rows = list(records)
    opened = keys.read_keys(row.party.key_id for row in rows)
    found: dict[UUID, Personal] = {}
    for row in rows:
        if row.party.key_id in opened:
            values = unseal_values(opened[row.party.key_id], row.party_id, row.ciphertext)
            found[row.party_id] = {**found.get(row.party_id, {}), **values}
    return found


def find_parties(words: str, limit: int = 50) -> list[Party]:
    """Parties whose e-mail or name holds all of these whole words."""
    parties = Party.objects.all()
    for word in normalise(words).split():
        parties = parties.filter(personal_words__word=word_hash(word))
    return list(parties.distinct().order_by("-id")[:limit]) if words.strip() else []
