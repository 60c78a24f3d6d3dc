"""One way to call the ledger's functions: prepared, in one round trip, their refusals typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import Error, OperationalError, connection

from foundation.retry import is_worth_repeating
from ledger.errors import refusal_of

RACES = 3


def call(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run one statement that may write.

    Outside a transaction it is one by itself, and repeated when the database asks for it. Inside one, whoever opened
    it repeats the whole.
    """
    for attempt in range(1, RACES + 1):
        try:
            return _execute(sql, values)
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


def _execute(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    # Django's own cursor puts values into the text; a prepared statement needs psycopg's.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql.encode(), values, prepare=True)
        return cursor.fetchall()
