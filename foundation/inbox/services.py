from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.events.listening import Aggregate, handlers_of
from foundation.events.models import Newsworthy, StreamMark
from foundation.inbox import cursors
from foundation.inbox.models import Group, Letter
from foundation.inbox.states import LetterState
from foundation.states import move

_REWIND = """
UPDATE stream_mark SET floor = least(floor, heard.before)
FROM (SELECT stream, min(position) - 1 AS before FROM outbox WHERE id >= %s AND position IS NOT NULL GROUP BY stream)
AS heard WHERE stream_mark.stream = heard.stream
"""


def replay_letter(letter_id: int, *, by: Actor, at: datetime) -> Letter:
    """Try a parked letter again, five times, with what waits behind it; Conflict unless it is parked."""
    with transaction.atomic():
        letter = Letter.objects.locked(letter_id)
        move(letter, to=LetterState.TRYING, by=by, reason="replayed", at=at, tries=0, next_try_at=at)
    return letter


def begin_listening(group: str) -> None:
    """Remember the group; one that is new hears everything from the beginning."""
    with transaction.atomic():
        _, is_new = Group.objects.get_or_create(name=group)
        if is_new:
            StreamMark.objects.filter(floor__gt=0).update(floor=0)


def pass_over(group: str, rows: Iterable[Newsworthy]) -> None:
    """What was told so far of these rows, made in the caller's transaction, is not for this group; what follows is."""
    told, types = {Aggregate(row._meta.label_lower, str(row.pk)) for row in rows}, sorted(handlers_of(group))
    is_all = not told
    while not is_all:
        held = cursors.lock(group, told)
        due, is_all = cursors.read_due({one: (held[one].sequence, None) for one in told}, types)
        cursors.advance(group, due, {news.aggregate: news.sequence for news in due})


def hear_again(*, from_id: int, by: Actor, at: datetime) -> int:
    """Have the relay name every piece of news from this one on again; groups skip what they have applied."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_REWIND, [from_id])
            streams = cursor.rowcount
        record("events.heard_again", by=by, at=at, from_id=from_id, streams=streams)
    return streams
