"""Every score there ever was, found again from what its record keeps."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from payouts.integrity.models import IntegrityRecord
from payouts.integrity.rules.inputs import inputs_of
from payouts.integrity.rules.scoring import POLICIES

NAMED = 20


@dataclass(frozen=True, slots=True)
class RecordProof:
    """How many scores were found again, and the first of those that were not."""

    records: int
    wrong: int
    first_wrong: tuple[UUID, ...]


def prove_records() -> RecordProof:
    """Judge the inputs of every record again, by the policy it names."""
    records = wrong = 0
    first: list[UUID] = []
    for row in IntegrityRecord.objects.order_by("id").iterator(chunk_size=2_000):
        records += 1
        if not _is_found_again(row):
            wrong += 1
            first += [row.pk] if len(first) < NAMED else []
    return RecordProof(records, wrong, tuple(first))


def _is_found_again(row: IntegrityRecord) -> bool:
    policy = POLICIES.get(row.policy)
    if policy is None:
        return False
    judged = policy(inputs_of(row.inputs))
    found = (judged.score, str(judged.level), judged.in_words(), list(judged.flags))
    return found == (row.score, row.level, row.components, row.flags)
