"""One way to call the ledger's functions: prepared, in one round trip, their refusals typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import Error, OperationalError, connection

from foundation import prepared
from foundation.retry import is_worth_repeating
from ledger.errors import refusal_of

RACES = 10  # a call loses once to each of the others that share its ids, and each of those has then committed


def call(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run one statement that may write.

    Outside a transaction it is one by itself, and repeated when the database asks for it. Inside one, whoever opened
    it repeats the whole.
    """
    for attempt in range(1, RACES + 1):
        try:
            return prepared.run(sql, values)
        except OperationalError as error:
            if connection.in_atomic_block or attempt == RACES or not is_worth_repeating(error):
                raise
            connection.close_if_unusable_or_obsolete()
        except Error as error:
            refusal = refusal_of(error)
            if refusal is None:
                raise
            raise refusal from error
    raise AssertionError("unreachable")
