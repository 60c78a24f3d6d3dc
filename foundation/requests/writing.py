"""Lines of the log wait in this process and are written once a second, many in one statement.

No request waits for its line. A process that is killed loses the lines of its last second; one that cannot reach the
database keeps the newest ten thousand.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from prometheus_client import Counter
from psycopg_pool import PoolTimeout

from foundation.logs import mask_text

log = logging.getLogger(__name__)
AWAY = (DatabaseError, InterfaceError, PoolTimeout)
SECONDS, MOST_WAITING, MOST_AT_ONCE = 1.0, 10_000, 1_000
LOST = Counter("fanz_request_lines_lost", "Lines of the request log that were never written")
_WRITE = """
INSERT INTO request_line (platform_id, client_id, at, method, path, status, code, request_id, milliseconds, key, made)
SELECT platform_id, client_id, fanz_now() - make_interval(secs => age), method, path, status, code, request_id,
    milliseconds, key, made
FROM unnest(%s::uuid[], %s::uuid[], %s::float8[], %s::text[], %s::text[], %s::int[], %s::text[], %s::text[], %s::int[],
    %s::text[], %s::text[])
AS line (platform_id, client_id, age, method, path, status, code, request_id, milliseconds, key, made)
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One request, as it was noticed; `came_at` by this process's own clock."""

    platform_id: UUID
    client_id: UUID
    came_at: float
    method: str
    path: str
    status: int
    code: str
    request_id: str
    milliseconds: int
    key: str
    made: str


_waiting: deque[Line] = deque()
_beginning, _writing = threading.Lock(), threading.Lock()
_thread: threading.Thread | None = None


def note(line: Line) -> None:
    """Take this line along with the next ones; costs microseconds."""
    if len(_waiting) >= MOST_WAITING:
        _waiting.popleft()
        LOST.inc()
    _waiting.append(line)
    if settings.REQUESTS_ARE_WRITTEN_BY_A_THREAD and (_thread is None or not _thread.is_alive()):
        _begin()


def write_waiting() -> int:
    """Write what waits now; returns how many lines."""
    count = 0
    with _writing:  # at the end of a process its main thread writes too
        while _waiting:
            taken = _take()
            try:
                _write(taken)
            except Exception:
                _waiting.extendleft(reversed(taken))
                raise
            count += len(taken)
    return count


def _take() -> list[Line]:
    """The oldest lines; a request that comes meanwhile may give up some of them for its own."""
    taken: list[Line] = []
    with suppress(IndexError):
        while len(taken) < MOST_AT_ONCE:
            taken.append(_waiting.popleft())
    return taken


def forget_waiting() -> None:
    _waiting.clear()


def _write(lines: list[Line]) -> None:
    now = time.monotonic()
    values = [
        (
            line.platform_id, line.client_id, now - line.came_at, line.method, mask_text(line.path)[:200], line.status,
            line.code[:80], line.request_id, line.milliseconds, line.key, line.made[:200],
        )
        for line in lines
    ]  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")
        cursor.execute(_WRITE, [list(column) for column in zip(*values, strict=True)])


def _begin() -> None:
    global _thread
    with _beginning:
        if _thread is None or not _thread.is_alive():  # the second is so in a process forked from one with a thread
            _thread = threading.Thread(target=_turn, name="request-log", daemon=True)
            _thread.start()


def _turn() -> None:
    while True:
        time.sleep(SECONDS)
        write_or_say()


def write_or_say() -> None:
    """Write what waits, or say that it could not be; also the last thing a process does."""
    if not _waiting:
        return
    try:
        write_waiting()
    except AWAY as problem:
        log.warning("requests.not_written", extra={"waiting": len(_waiting), "problem": type(problem).__name__})
    finally:
        connection.close()


atexit.register(write_or_say)
