"""What a restore that was cut off leaves, and that nothing starts on it."""

from __future__ import annotations

from typing import Any, Protocol

from foundation.errors import Conflict

REMEDY = (
    "Run `manage.py restore` again, with the same options: it finishes what was begun. To give it up instead, drop the "
    "databases named …_restoring (docs/backup.md)."
)


class Cursor(Protocol):
    def execute(self, query: str, parameters: list[str], /) -> Any: ...
    def fetchone(self) -> Any: ...


def draft_of(database: str) -> str:
    """The name a database has from the first to the last moment of being brought back as this one."""
    return f"{database}_restoring"


def half_restored(cursor: Cursor) -> str:
    """The name of this database when a restore into it is at work or was cut off; otherwise nothing."""
    asked = "SELECT current_database()::text FROM pg_database WHERE datname = current_database() || %s"
    cursor.execute(asked, [draft_of("")])
    found = cursor.fetchone()
    return str(found[0]) if found else ""


def refuse_half_restored(cursor: Cursor) -> None:
    """Conflict with what to do where a restore was cut off."""
    if name := half_restored(cursor):
        raise Conflict("backup.half_restored", f"The database {name} is half restored: nothing starts on it. {REMEDY}")
