"""A group's reader: hears names of news, reads the news in Postgres, applies them once and in order.

A cursor per aggregate is locked, what lies between it and the news heard is applied, and inbox rows and cursors
commit with the effect. Only then is the message acknowledged.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterable
from uuid import uuid4

from django.db import transaction

from foundation.crash import crash_point
from foundation.errors import Refusal
from foundation.events.listening import Aggregate, News, handlers_of
from foundation.events.relay import STREAMS
from foundation.events.transport import GroupMissing, Message, Transport, transport
from foundation.inbox import cursors, letters
from foundation.inbox.services import begin_listening
from foundation.retry import is_worth_repeating

logger = logging.getLogger(__name__)

BATCH = 200
APPLYING_SECONDS = 0.25
RECLAIM_SECONDS = 2.0
LETTER_SECONDS = 0.5
DELIVERIES_BEFORE_LETTER = 3

Targets = dict[Aggregate, int]


class HandlerFailed(Exception):
    """A handler could not apply this piece of news."""

    def __init__(self, news: News) -> None:
        super().__init__(f"#{news.id} {news.type}")
        self.news = news


class Consumer:
    """One of any number of readers of a group."""

    def __init__(self, group: str, carrier: Transport | None = None, *, wait: float = 0.5) -> None:
        self.group, self.wait_seconds = group, wait
        self.carrier = carrier or transport()
        self.handlers = handlers_of(group)
        self.types = sorted(self.handlers)
        self.name = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
        self.unfinished: list[Message] = []
        self.is_joined = False
        self._reclaim_at = time.monotonic() + RECLAIM_SECONDS
        self._letters_at = float("-inf")

    def turn(self) -> bool:
        """Hear and apply what is new, what a dead reader left and what is due again; True when there may be more."""
        self._join()
        if time.monotonic() >= self._letters_at and self.group in letters.groups_with_due.get():
            self.retry_letters()
        self.unfinished = self.unfinished or self._reclaim() or self._read()
        if not self.unfinished:
            return False
        self.apply(self.unfinished)
        crash_point("consumer.after_commit")
        self.carrier.acknowledge(self.group, self.unfinished)
        self.unfinished = []
        return True

    def close(self) -> None:
        """Leave the group when nothing is held; otherwise another reader takes over what is."""
        if self.is_joined:
            self.carrier.leave(self.group, self.name, STREAMS)

    # Hearing

    def _join(self) -> None:
        if not self.is_joined:
            begin_listening(self.group)
            self.carrier.join(self.group, STREAMS)
            self.is_joined = True

    def _read(self) -> list[Message]:
        try:
            return self.carrier.read(self.group, self.name, STREAMS, most=BATCH, wait=self.wait_seconds)
        except GroupMissing:
            logger.warning("the transport forgot group %s; joining again", self.group)
            self.is_joined = False
            return []

    def _reclaim(self) -> list[Message]:
        """What a dead reader held; news that readers keep dying with are tried alone, and counted before they run."""
        if time.monotonic() < self._reclaim_at:
            return []
        self._reclaim_at = time.monotonic() + RECLAIM_SECONDS
        found = self.carrier.reclaim(self.group, self.name, STREAMS, most=BATCH)
        deadly = [message for message in found if message.deliveries > DELIVERIES_BEFORE_LETTER]
        for news in cursors.read_news([m.entry for m in deadly if m.entry.type in self.handlers]):
            letters.open_letter(self.group, news, "the reader died with it")
        return found

    # Applying

    def apply(self, messages: Iterable[Message]) -> None:
        """Bring every aggregate these messages speak of to where they say it is."""
        heard = cursors.read_news([m.entry for m in messages if m.entry.type in self.handlers])
        targets: Targets = {}
        for news in heard:
            targets[news.aggregate] = max(news.sequence, targets.get(news.aggregate, 0))
        while targets:
            try:
                targets = self._apply_together(targets)
            except Exception as error:
                if is_worth_repeating(error):
                    raise
                logger.warning("group %s goes on one by one: %r", self.group, error)
                tried = error.news.id if isinstance(error, HandlerFailed) else None
                for aggregate, upto in targets.items():
                    self.apply_one_by_one(aggregate, upto, tried=tried)
                return

    def _apply_together(self, targets: Targets) -> Targets:
        """One transaction for many aggregates, kept short; returns what is left to do."""
        with transaction.atomic():
            held = cursors.lock(self.group, targets)
            behind = {
                aggregate: (held[aggregate].sequence, upto)
                for aggregate, upto in targets.items()
                if held[aggregate].letter_id is None and held[aggregate].sequence < upto
            }
            if not behind:
                return {}
            due, is_all = cursors.read_due(behind, self.types)
            until, applied = time.monotonic() + APPLYING_SECONDS, 0
            for news in due:
                self._handle(news)
                applied += 1
                if time.monotonic() > until:
                    break
            is_all = is_all and applied == len(due)
            reached = {news.aggregate: news.sequence for news in due[:applied]}
            crash_point("consumer.before_commit")
            cursors.advance(self.group, due[:applied], reached)
        return {} if is_all else {a: targets[a] for a in behind if a not in reached or reached[a] < targets[a]}

    def apply_one_by_one(self, aggregate: Aggregate, upto: int, *, tried: int | None = None) -> None:
        """One transaction per piece of news; the first that fails becomes a letter and stops its aggregate."""
        is_more = True
        while is_more:
            try:
                is_more = self._apply_next(aggregate, upto)
            except HandlerFailed as failure:
                if is_worth_repeating(failure.__cause__ or failure):
                    raise failure.__cause__ or failure from None
                self._log(failure)
                tries = 2 if failure.news.id == tried else 1
                letters.open_letter(self.group, failure.news, reason_of(failure), tries=tries)
                return

    def _apply_next(self, aggregate: Aggregate, upto: int | None, letter_id: int | None = None) -> bool:
        """Apply the next piece of news of this aggregate, if the letter that stops it is the one given."""
        news = None
        try:
            with transaction.atomic():
                cursor = cursors.lock(self.group, [aggregate])[aggregate]
                if cursor.letter_id != letter_id or (upto is not None and cursor.sequence >= upto):
                    return False
                due, _ = cursors.read_due({aggregate: (cursor.sequence, upto)}, self.types, most=1)
                if not due:
                    if letter_id is not None:
                        letters.settle(letter_id)
                    return False
                news = due[0]
                self._handle(news)
                crash_point("consumer.before_commit")
                cursors.advance(self.group, due, {aggregate: news.sequence})
        except HandlerFailed:
            raise
        except Exception as error:
            if news is None:
                raise
            raise HandlerFailed(news) from error  # refused at the commit
        return True

    def _handle(self, news: News) -> None:
        try:
            for handler in self.handlers[news.type]:
                handler(news)
        except Exception as error:
            raise HandlerFailed(news) from error

    # Letters

    def retry_letters(self) -> None:
        """Try again what is due; each try is counted before it runs, so that a deadly one ends too."""
        self._letters_at = time.monotonic() + LETTER_SECONDS
        for letter in letters.claim_due(self.group):
            is_more = True
            while is_more:
                try:
                    is_more = self._apply_next(letter.aggregate, None, letter.pk)
                except HandlerFailed as failure:
                    self._log(failure)
                    letters.count_failure(letter.pk, failure.news, reason_of(failure))
                    is_more = False

    def _log(self, failure: HandlerFailed) -> None:
        if isinstance(failure.__cause__, Refusal):
            logger.warning("group %s could not apply %s: %s", self.group, failure, failure.__cause__)
        else:
            logger.error("group %s could not apply %s", self.group, failure, exc_info=failure.__cause__)


def reason_of(failure: HandlerFailed) -> str:
    """What went wrong in one line; the database's DETAIL line may quote a personal value and stays out."""
    error = failure.__cause__ or failure
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:300]
