from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Count

from foundation.events.listening import groups, handlers_of
from foundation.events.models import StreamMark
from foundation.events.transport import Extent, GroupPosition, Transport, TransportDown, transport
from foundation.inbox.models import Letter
from foundation.inbox.states import LetterState
from foundation.inbox.types import GroupHealth, LetterFacts, StreamHealth

_WAITING = """
SELECT stream, count(*), extract(epoch FROM clock_timestamp() - min(at))::float8
FROM outbox WHERE relayed_at IS NULL GROUP BY stream
"""
_BEHIND = """
SELECT count(*) FROM outbox WHERE aggregate_type = %s AND aggregate_id = %s AND sequence > %s AND type = ANY(%s)
"""
_FORGED = """
SELECT outbox.id FROM outbox
JOIN unnest(%s::text[], %s::bigint[]) AS done (stream, upto) ON outbox.stream = done.stream
    AND outbox.position <= done.upto
WHERE outbox.type = ANY(%s) AND outbox.at > clock_timestamp() - make_interval(secs => %s * 3600)
AND NOT EXISTS (SELECT FROM inbox WHERE "group" = %s AND event_id = outbox.id)
AND NOT EXISTS (SELECT FROM inbox_cursor AS cursor WHERE cursor."group" = %s AND cursor.letter_id IS NOT NULL
    AND cursor.aggregate_type = outbox.aggregate_type AND cursor.aggregate_id = outbox.aggregate_id)
AND NOT EXISTS (SELECT FROM inbox_cursor AS cursor WHERE cursor."group" = %s AND cursor.sequence >= outbox.sequence
    AND cursor.aggregate_type = outbox.aggregate_type AND cursor.aggregate_id = outbox.aggregate_id)
ORDER BY outbox.id LIMIT %s
"""
_MISSING = """
SELECT id FROM outbox WHERE type = ANY(%s) AND at < clock_timestamp() - %s * interval '1 second'
AND NOT EXISTS (SELECT FROM inbox WHERE "group" = %s AND event_id = outbox.id)
AND NOT EXISTS (SELECT FROM parked_letter AS letter WHERE letter."group" = %s AND letter.state <> 'settled'
    AND letter.aggregate_type = outbox.aggregate_type AND letter.aggregate_id = outbox.aggregate_id
    AND letter.sequence <= outbox.sequence)
ORDER BY id LIMIT %s
"""


def list_parked(*, group: str = "", limit: int = 100) -> list[LetterFacts]:
    """Letters that wait for a person, oldest first, with how many news wait behind each."""
    return list_letters(states=[LetterState.PARKED], group=group, limit=limit)


def list_letters(*, states: Iterable[str], group: str = "", limit: int = 100) -> list[LetterFacts]:
    found = Letter.objects.filter(state__in=list(states), **({"group": group} if group else {}))
    return [_facts(letter) for letter in found.order_by("id")[:limit]]


def _facts(letter: Letter) -> LetterFacts:
    return LetterFacts(
        letter.pk, letter.group, str(letter.state), letter.event_id, letter.event_type, letter.aggregate_type,
        letter.aggregate_id, letter.tries, letter.error, letter.opened_at, letter.parked_at, _waiting_behind(letter),
    )  # fmt: skip


def _waiting_behind(letter: Letter) -> int:
    if letter.state == LetterState.SETTLED:
        return 0
    with connection.cursor() as cursor:
        types = sorted(handlers_of(letter.group))
        cursor.execute(_BEHIND, [letter.aggregate_type, letter.aggregate_id, letter.sequence, types])
        return int(cursor.fetchone()[0])


def count_letters() -> dict[tuple[str, str], int]:
    """Open letters by group and state."""
    rows = Letter.objects.exclude(state=LetterState.SETTLED).values_list("group", "state").annotate(n=Count("pk"))
    return {(group, str(state)): number for group, state, number in rows.order_by("group", "state")}


def outbox_lag() -> dict[str, tuple[int, float]]:
    """Per stream: how many news the relay has not placed yet, and the age of the oldest in seconds."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return {stream: (number, max(0.0, age)) for stream, number, age in cursor.fetchall()}


def inbox_lag(carrier: Transport | None = None) -> dict[tuple[str, str], int]:
    """Per stream and group: news said and not yet applied; empty while the transport does not answer."""
    return {
        (health.stream, group.group): group.behind
        for health in stream_health(carrier)
        for group in health.groups
        if group.behind is not None
    }


def stream_health(carrier: Transport | None = None) -> list[StreamHealth]:
    """Each stream, with each declared group's distance from its end."""
    carrier, waiting = carrier or transport(), outbox_lag()
    marks = list(StreamMark.objects.order_by("stream"))
    extents: dict[str, Extent] = {}
    progress: dict[str, dict[str, GroupPosition]] = {}
    try:
        extents = carrier.extents([mark.stream for mark in marks])
        progress = {mark.stream: carrier.progress(mark.stream) for mark in marks}
    except TransportDown:
        extents, progress = {}, {}
    return [
        StreamHealth(
            mark.stream, *waiting.get(mark.stream, (0, 0.0)), mark.placed, mark.floor,
            extents[mark.stream].last if mark.stream in extents else None,
            tuple(_group_health(group, mark, progress.get(mark.stream)) for group in groups()),
        )
        for mark in marks
    ]  # fmt: skip


def _group_health(group: str, mark: StreamMark, known: dict[str, GroupPosition] | None) -> GroupHealth:
    if known is None:
        return GroupHealth(group, None, None)
    position = known.get(group, GroupPosition(mark.floor, mark.floor, 0))
    not_delivered = max(0, mark.placed - max(position.delivered, mark.floor))
    return GroupHealth(group, not_delivered + position.pending, position.pending)


def acknowledged_unapplied(
    group: str, *, since_hours: float = 24, limit: int = 100, carrier: Transport | None = None
) -> list[int]:
    """News the transport says this group has done, and Postgres knows nothing of: somebody else acknowledged them.

    What is done is asked first: a reader acknowledges after its commit, so nothing it works on is among the answers.
    """
    done = _done_by(group, carrier or transport())
    types = sorted(handlers_of(group))
    with connection.cursor() as cursor:
        values: list[Any] = [list(done), list(done.values()), types, since_hours, group, group, group, limit]
        cursor.execute(_FORGED, values)
        return [number for (number,) in cursor.fetchall()]


def _done_by(group: str, carrier: Transport) -> dict[str, int]:
    """Per stream: the place up to which this group has acknowledged, or below which nothing is ever said again."""
    done = {}
    for mark in StreamMark.objects.order_by("stream"):
        position = carrier.progress(mark.stream).get(group)
        done[mark.stream] = min(mark.placed, max(mark.floor, position.acknowledged if position else 0))
    return done


def unaccounted(group: str, *, older_than_seconds: float = 0, limit: int = 100) -> list[int]:
    """News this group has neither applied nor parked nor kept waiting behind a letter: none, once all is quiet."""
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, [sorted(handlers_of(group)), older_than_seconds, group, group, limit])
        return [number for (number,) in cursor.fetchall()]
