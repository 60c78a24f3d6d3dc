"""Reading statements of the ledger, prepared like its writing ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from foundation import prepared


def ask(sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    return prepared.run(sql, values)


def read_json(text: str | None) -> dict[str, Any] | None:
    """Django leaves jsonb as text, for its own fields to read."""
    return None if text is None else json.loads(text)


@contextmanager
def one_moment() -> Iterator[None]:
    """Every question inside sees the books as they are at one moment; inside a transaction its own rules hold."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
