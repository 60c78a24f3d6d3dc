"""Reading statements of the ledger, prepared like its writing ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection


def ask(sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql.encode(), values, prepare=True)
        return cursor.fetchall()


def read_json(text: str | None) -> dict[str, Any] | None:
    """Django leaves jsonb as text, for its own fields to read."""
    return None if text is None else json.loads(text)
