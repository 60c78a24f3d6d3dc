"""The chain holds only commitments to what is personal; what is still kept must agree with them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.db import connection, transaction

from foundation.audit.services import commit_to
from foundation.seal.sources import Finding

_HALVES = """
SELECT p.record_id, p.salt, p.values, r.commitment
FROM audit_personal p LEFT JOIN audit_record r ON r.id = p.record_id ORDER BY p.record_id
"""


def altered_personal_halves() -> Iterator[Finding]:
    """Addresses and agents that are not the ones written down with the record; an erased half is no finding."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_HALVES)
        while batch := cursor.fetchmany(5_000):
            for number, salt, values, commitment in batch:
                if commitment is None or commit_to(json.loads(values), bytes(salt)) != bytes(commitment):
                    yield Finding("audit", "personal", f"the personal half of record #{number} was altered")
