"""The relay: gives each outbox row its place in its stream, and keeps the transport as long as Postgres says it is.

Places are given in Postgres first; the transport is then brought up to them. So a flush, a crash or a second relay
needs no case of its own: whoever holds the stream's lock looks where the transport ends and goes on from there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

import psycopg
from django.db import connection as django_connection

from foundation.crash import crash_point
from foundation.events.listening import groups
from foundation.events.models import Stream
from foundation.events.transport import Entry, Extent, Transport, transport

logger = logging.getLogger(__name__)

BATCH = 500
IDLE_SECONDS = 0.08
LOOK_ROUND_SECONDS = 1.0
FULL_SCAN_SECONDS = 2.0
RECENT = timedelta(hours=1)
LOCK_CLASS = 0x4E455753
STREAMS = tuple(Stream.values)

_WAITING = """
SELECT id, at, stream, type FROM outbox
WHERE relayed_at IS NULL AND stream = ANY(%s) {recent} ORDER BY id LIMIT %s
"""
_PLACE = """
UPDATE outbox SET relayed_at = clock_timestamp(), position = given.position
FROM unnest(%s::bigint[], %s::bigint[]) AS given (id, position)
WHERE outbox.id = given.id AND outbox.at BETWEEN %s AND %s AND relayed_at IS NULL
"""
_MARK = """
UPDATE stream_mark SET placed = given.after FROM unnest(%s::text[], %s::bigint[], %s::bigint[])
AS given (stream, before, after) WHERE stream_mark.stream = given.stream AND stream_mark.placed = given.before
"""
_PLACED = """
SELECT position, id, at, type FROM outbox WHERE stream = %s AND position > %s AND position <= %s
ORDER BY position LIMIT %s
"""


class LostStream(Exception):
    """Another hand moved this stream's mark although we hold its lock."""


class Relay:
    """Carries names of news from Postgres to the transport; as many may run as like, one works per stream."""

    def __init__(self, carrier: Transport | None = None) -> None:
        self.carrier = carrier or transport()
        self.session: psycopg.Connection[Any] | None = None
        self.is_full = False
        self._forget()

    def _forget(self) -> None:
        self.placed: dict[str, int] = {}
        self.floor: dict[str, int] = {}
        self.sent: dict[str, int] = {}
        self._look_round_at = self._full_scan_at = float("-inf")

    @property
    def streams(self) -> list[str]:
        """The streams this relay holds the lock of."""
        return list(self.sent)

    def turn(self) -> bool:
        """Carry what waits; True when something was carried."""
        if time.monotonic() >= self._look_round_at:
            self.look_round()
        rows = self._waiting() if self.sent else []
        self.is_full = len(rows) == BATCH
        if rows:
            self._carry(self._give_places(rows))
        return bool(rows)

    @property
    def breath_seconds(self) -> float:
        return 0.0 if self.is_full else IDLE_SECONDS

    @property
    def idle_seconds(self) -> float:
        return IDLE_SECONDS if self.sent else LOOK_ROUND_SECONDS

    def close(self) -> None:
        """Let go of every stream, so that the next relay finds them free at once."""
        session = self.session
        try:
            if session is not None and not session.closed:
                # The server ends a closed session in its own time; until then its locks would still stand.
                session.execute("SELECT pg_advisory_unlock_all()")
        except psycopg.Error as error:
            logger.info("the relay's session was lost before its locks were returned: %s", type(error).__name__)
        finally:
            self._drop()

    def _drop(self) -> None:
        session, self.session = self.session, None
        self._forget()
        if session is not None:
            session.close()

    # Who works

    def _connected(self) -> psycopg.Connection[Any]:
        """A session of its own: its locks must end with it, and never travel in a pool."""
        if self.session is None or self.session.closed:
            parameters = django_connection.get_connection_params()
            for name in ("cursor_factory", "context", "prepare_threshold"):
                parameters.pop(name, None)
            self.session = psycopg.connect(**parameters, autocommit=True, prepare_threshold=2)
            # A frozen relay must not keep others from working.
            self.session.execute("SET idle_session_timeout = '15s'")
            self.session.execute("SET timezone = 'UTC'")
            self._forget()
        return self.session

    @contextmanager
    def _session(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            yield self._connected()
        except (psycopg.Error, LostStream):
            self._drop()
            raise

    def look_round(self) -> None:
        """Take free streams, see that the transport is where it should be, raise the floors."""
        with self._session() as session:
            for stream in STREAMS:
                if stream not in self.sent and self._take(session, stream):
                    self.sent[stream] = -1
            extents = self.carrier.extents(self.streams)
            for stream, extent in extents.items():
                self._read_mark(session, stream)
                is_cut = extent.first > self.floor[stream] + 1 and extent.last > self.floor[stream]
                if is_cut or max(extent.last, self.floor[stream]) != self.sent[stream]:
                    self._catch_up(session, stream, extent)
                self._raise_floor(session, stream)
        self._look_round_at = time.monotonic() + LOOK_ROUND_SECONDS

    def _take(self, session: psycopg.Connection[Any], stream: str) -> bool:
        row = session.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, STREAMS.index(stream)]).fetchone()
        return bool(row and row[0])

    def _read_mark(self, session: psycopg.Connection[Any], stream: str) -> None:
        row = session.execute("SELECT placed, floor FROM stream_mark WHERE stream = %s", [stream]).fetchone()
        if row is None:
            raise LostStream(f"stream_mark has no row for {stream}")
        self.placed[stream], self.floor[stream] = row

    # Places

    def _waiting(self) -> list[tuple[int, datetime, str, str]]:
        recent, arguments = "AND at BETWEEN %s AND %s", [self.streams]
        now, is_full = datetime.now(UTC), time.monotonic() >= self._full_scan_at
        with self._session() as session:
            if is_full:
                self._full_scan_at = time.monotonic() + FULL_SCAN_SECONDS
                return session.execute(_WAITING.format(recent=""), [*arguments, BATCH]).fetchall()
            bounds = [*arguments, now - RECENT, now + RECENT, BATCH]
            return session.execute(_WAITING.format(recent=recent), bounds).fetchall()

    def _give_places(self, rows: list[tuple[int, datetime, str, str]]) -> dict[str, list[Entry]]:
        placed: dict[str, list[Entry]] = {}
        for stream, its_rows in groupby(sorted(rows, key=lambda row: (row[2], row[0])), key=itemgetter(2)):
            first = self.placed[stream] + 1
            placed[stream] = [Entry(p, id, at, type) for p, (id, at, _, type) in enumerate(its_rows, first)]
        entries = [entry for its_entries in placed.values() for entry in its_entries]
        moments = [entry.at for entry in entries]
        with self._session() as session, session.transaction(), session.cursor() as cursor:
            cursor.execute(_PLACE, [[e.id for e in entries], [e.position for e in entries], min(moments), max(moments)])
            if cursor.rowcount != len(entries):
                raise LostStream("news were given places by another hand")
            after = [its_entries[-1].position for its_entries in placed.values()]
            cursor.execute(_MARK, [list(placed), [self.placed[stream] for stream in placed], after])
            if cursor.rowcount != len(placed):
                raise LostStream("a stream's mark was moved by another hand")
            crash_point("relay.before_places_commit")
        self.placed.update(zip(placed, after, strict=True))
        crash_point("relay.after_places_commit")
        return placed

    # The transport

    def _carry(self, placed: dict[str, list[Entry]]) -> None:
        for stream, entries in placed.items():
            if self._append(stream, entries):
                continue
            with self._session() as session:
                self._read_mark(session, stream)
                self._catch_up(session, stream, self.carrier.extents([stream])[stream])

    def _append(self, stream: str, entries: list[Entry]) -> bool:
        before = entries[0].position - 1
        end = self.carrier.append(stream, entries, after=before, floor=self.floor[stream])
        crash_point("relay.after_append")
        if end == entries[-1].position:
            self.sent[stream] = end
        return end == entries[-1].position

    def _catch_up(self, session: psycopg.Connection[Any], stream: str, extent: Extent) -> None:
        """Write again what the transport lost: all above the floor, which every group has done."""
        end, floor, placed = extent.last, self.floor[stream], self.placed[stream]
        if end > placed or (end > floor and extent.first > floor + 1):
            logger.warning("news.%s is written again from %s: it held %s to %s", stream, floor + 1, *extent)
            self.carrier.forget(stream)
            end = 0
        end = max(end, floor)
        if end < self.sent[stream]:
            logger.warning("news.%s lost what came after %s; writing it again", stream, end)
        while end < placed:
            rows = session.execute(_PLACED, [stream, end, placed, BATCH]).fetchall()
            entries = [Entry(*row) for row in rows]
            if not entries or not self._append(stream, entries):
                raise LostStream(f"news.{stream} moved while it was written")
            end = entries[-1].position
        self.sent[stream] = end

    def _raise_floor(self, session: psycopg.Connection[Any], stream: str) -> None:
        """What every group has done is never written again, and may be trimmed."""
        if self.floor[stream] == self.placed[stream]:
            return
        known = self.carrier.progress(stream)
        done = [known[group].acknowledged if group in known else 0 for group in groups()]
        floor = min([*done, self.sent[stream]])
        if floor <= self.floor[stream]:
            return
        moved = session.execute(
            "UPDATE stream_mark SET floor = %s WHERE stream = %s AND floor = %s", [floor, stream, self.floor[stream]]
        )
        if moved.rowcount:  # otherwise somebody asked to hear more again
            self.floor[stream] = floor
            self.carrier.trim(stream, through=floor)
