"""Statements that every money path makes: prepared by the server, so that it plans them once per connection."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections


def run(sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """One statement in one round trip; its rows, or none where it gives none."""
    database = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    database.validate_no_broken_transaction()
    began = time.monotonic()
    # Django's own cursor puts values into the text; a prepared statement needs psycopg's.
    with database.wrap_database_errors, psycopg.Cursor(database.connection) as cursor:
        cursor.execute(sql.encode(), values, prepare=True)
        rows = [] if cursor.rownumber is None else cursor.fetchall()
    if database.queries_logged:
        database.queries_log.append({"sql": sql, "time": f"{time.monotonic() - began:.3f}"})
    return rows
