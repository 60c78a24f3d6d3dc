"""A database that can be brought back to how it was, past every trigger."""

from __future__ import annotations

from urllib.parse import urlsplit

import psycopg
from psycopg import sql


class Database:
    """One database of a trial's or test's own, named by its owner's address."""

    def __init__(self, url: str) -> None:
        self.url, self.name = url, urlsplit(url).path.lstrip("/")

    def clone(self, template: str) -> None:
        """Become a copy of this template."""
        with psycopg.connect(urlsplit(self.url)._replace(path="/postgres").geturl(), autocommit=True) as server:
            names = sql.Identifier(self.name), sql.Identifier(template)
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(names[0]))
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))

    def remember(self) -> None:
        """Keep the rows as they are now."""
        self.connection = psycopg.connect(self.url, autocommit=True)
        self.connection.execute("SET session_replication_role = replica")
        self.connection.execute("SET lock_timeout = '5s'")
        rows = self.connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
        )
        self.tables = [name for (name,) in rows]
        self.rows = {table: self._read(table) for table in self._filled()}

    def wipe(self) -> None:
        """Remove what was committed since, past every trigger, and put the rows of then back."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            for table in set(self._filled()) | set(self.rows):
                rows = self.rows.get(table, b"")
                if not rows or self._read(table) != rows:
                    cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
                    with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
                        copy.write(rows)

    def _filled(self) -> list[str]:
        if not self.tables:
            return []
        checks = [sql.SQL("EXISTS (SELECT FROM {})").format(sql.Identifier(table)) for table in self.tables]
        found = self.connection.execute(sql.SQL("SELECT ARRAY[{}]").format(sql.SQL(", ").join(checks))).fetchone()
        return [table for table, has_rows in zip(self.tables, found[0] if found else [], strict=True) if has_rows]

    def _read(self, table: str) -> bytes:
        with self.connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
            return b"".join(bytes(part) for part in copy)
