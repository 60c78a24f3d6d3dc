"""What a group could not apply is tried five times, then parked with an alarm; its aggregate waits behind it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.db import connection, transaction

from foundation import clock
from foundation.actors import system
from foundation.events import News, publish
from foundation.inbox import cursors
from foundation.inbox.events import LetterParked, LetterSettled
from foundation.inbox.models import InboxCursor, Letter
from foundation.inbox.states import LetterState
from foundation.nearby import Nearby
from foundation.states import move

logger = logging.getLogger(__name__)

INBOX = system("inbox")
TRIES = 5
BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 4, 8))
LEASE = timedelta(seconds=60)
AT_ONCE = 50
OWN_NEWS = (LetterParked.type, LetterSettled.type)

_CLAIM = """
UPDATE parked_letter SET tries = tries + 1, next_try_at = fanz_now() + make_interval(secs => %s) WHERE id = (
    SELECT id FROM parked_letter WHERE "group" = %s AND state = 'trying' AND next_try_at <= fanz_now()
    ORDER BY next_try_at LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id, tries
"""
_DUE_GROUPS = """
SELECT DISTINCT "group" FROM parked_letter WHERE state = 'trying' AND next_try_at <= fanz_now()
"""


def _groups_with_due() -> frozenset[str]:
    with connection.cursor() as cursor:
        cursor.execute(_DUE_GROUPS)
        return frozenset(group for (group,) in cursor.fetchall())


groups_with_due: Nearby[frozenset[str]] = Nearby(_groups_with_due)
"""One question a second for all readers of a process."""


def open_letter(group: str, news: News, error: str, *, tries: int = 1) -> None:
    """Stop this aggregate for this group at this piece of news, unless another reader was faster."""
    with transaction.atomic():
        cursor = cursors.lock(group, [news.aggregate])[news.aggregate]
        if cursor.letter_id is None and cursor.sequence < news.sequence:
            _open(group, news, error, tries)


def reopen_forged(group: str, event_ids: Iterable[int]) -> int:
    """News that were acknowledged and never applied become letters: they are tried at once, and seen."""
    found = cursors.find_news(event_ids)
    for news in found:
        logger.error("group %s never applied #%s %s, which somebody acknowledged", group, news.id, news.type)
        open_letter(group, news, "acknowledged without being applied")
    return len(found)


def _open(group: str, news: News, error: str, tries: int) -> None:
    letter = Letter.objects.create(
        group=group, event_id=news.id, event_type=news.type, aggregate_type=news.aggregate_type,
        aggregate_id=news.aggregate_id, sequence=news.sequence, error=error, tries=tries,
        next_try_at=clock.now() + _wait_after(tries),
    )  # fmt: skip
    _cursor_of(letter).update(letter=letter)


def _wait_after(tries: int) -> timedelta:
    return BACKOFF[min(tries, len(BACKOFF)) - 1]


def _cursor_of(letter: Letter):  # type: ignore[no-untyped-def]
    return InboxCursor.objects.filter(
        group=letter.group, aggregate_type=letter.aggregate_type, aggregate_id=letter.aggregate_id
    )


def claim_due(group: str) -> Iterator[Letter]:
    """Letters to try now, one after the other; the try is counted and leased before it runs."""
    for _ in range(AT_ONCE):
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, [LEASE.total_seconds(), group])
            row = cursor.fetchone()
        if row is None:
            return
        letter_id, tries = row
        if tries > TRIES:
            park(letter_id, "the reader died with it")
        else:
            yield Letter.objects.get(pk=letter_id)


def count_failure(letter_id: int, news: News, error: str) -> None:
    """Wait longer before the next try, or park it; news that waited behind it and failed get a letter of their own."""
    with transaction.atomic():
        letter = _locked(letter_id)
        if letter.state != LetterState.TRYING:
            return
        if news.id != letter.event_id:
            _settle(letter)
            _open(letter.group, news, error, 1)
        elif letter.tries >= TRIES:
            _park(letter, error)
        else:
            due = clock.now() + _wait_after(letter.tries)
            Letter.objects.filter(pk=letter.pk).update(error=error, next_try_at=due)


def park(letter_id: int, error: str) -> None:
    with transaction.atomic():
        letter = _locked(letter_id)
        if letter.state == LetterState.TRYING:
            _park(letter, error)


def settle(letter_id: int) -> None:
    """Applied, and nothing waits behind it: the aggregate goes on."""
    _settle(Letter.objects.locked(letter_id))


def _locked(letter_id: int) -> Letter:
    """Cursor first, then the letter: the order in which every reader locks them."""
    letter = Letter.objects.get(pk=letter_id)
    cursors.lock(letter.group, [letter.aggregate])
    return Letter.objects.locked(letter_id)


def _park(letter: Letter, error: str) -> None:
    at, tries = clock.now(), min(letter.tries, TRIES)
    kind = error.partition(":")[0][:80]
    move(letter, to=LetterState.PARKED, by=INBOX, reason=kind, at=at, parked_at=at, error=error, tries=tries)
    if letter.event_type not in OWN_NEWS:  # a group that fails at our own news must not make more of them
        publish(LetterParked(letter.pk, letter.group, letter.event_id, letter.event_type, kind), key=letter)


def _settle(letter: Letter) -> None:
    at, was_parked = clock.now(), letter.parked_at is not None
    move(letter, to=LetterState.SETTLED, by=INBOX, at=at, settled_at=at)
    _cursor_of(letter).update(letter=None)
    if was_parked and letter.event_type not in OWN_NEWS:
        publish(LetterSettled(letter.pk, letter.group, letter.event_id, letter.event_type), key=letter)
