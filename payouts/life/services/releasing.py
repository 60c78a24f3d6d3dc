"""Payouts whose hours are over leave escrow and wait for the next run of their rail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from foundation import clock
from foundation.actors import Actor
from foundation.crash import crash_point
from foundation.events import Event, publish_all
from foundation.events.models import Newsworthy
from foundation.retry import retrying
from foundation.switches.selectors import is_stopped
from payouts.life import events
from payouts.life.models import Payout
from payouts.life.services.approving import ASK_AGAIN, wait_for_people
from payouts.life.services.held import go_all, put_off, set_due
from payouts.life.services.screening import look_at, stop_if_wanted
from payouts.life.services.timing import run_after
from payouts.life.states import PayoutState
from payouts.life.switches import PAUSE

P = PayoutState
AT_ONCE = 200
# Who holds a row decides about it; others pass over it.
DUE = """
SELECT id FROM payout WHERE state = 'IN_ESCROW' AND due_at <= fanz_now() AND NOT id = ANY(%s)
ORDER BY due_at, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""


@dataclass(frozen=True, slots=True)
class Released:
    """What a round of releasing came to."""

    released: int = 0
    stopped: int = 0
    waiting: int = 0
    """For a second person."""
    put_off: int = 0
    """They could not be looked at; tried again soon."""

    def __add__(self, other: Released) -> Released:
        return Released(
            self.released + other.released, self.stopped + other.stopped, self.waiting + other.waiting,
            self.put_off + other.put_off,
        )  # fmt: skip


def release_due(*, by: Actor, limit: int = 10_000, at_once: int = AT_ONCE) -> Released:
    """Release what is due by the database's clock, each once, whoever else does the same.

    One that goes wrong is put off and does not keep the others waiting; its error is raised at the end.
    """
    done, seen = Released(), 0
    wrong: list[Exception] = []
    while seen < limit and not is_stopped(PAUSE.key):
        size = min(at_once, limit - seen)
        try:
            count, batch = _release_batch(size, by)
        except Exception as error:  # noqa: BLE001 - one of them; they are taken one by one, and it is raised below
            count, batch, failed = _release_singly(size, by)
            wrong += failed or [error]
        done, seen = done + batch, seen + count
        if count < size:
            break
    if wrong:
        raise wrong[0]
    return done


def _release_singly(size: int, by: Actor) -> tuple[int, Released, list[Exception]]:
    done, wrong, count = Released(), [], 0
    for _ in range(size):
        try:
            found, one = _release_batch(1, by)
        except Exception as error:  # noqa: BLE001 - handed back to the caller, who raises it
            wrong.append(error)
            found, one = _put_off_first(), Released(put_off=1)
        if not found:
            break
        done, count = done + one, count + 1
    return count, done, wrong


@retrying
def _release_batch(size: int, by: Actor) -> tuple[int, Released]:
    with transaction.atomic():
        held = _hold_due(size)
        at = clock.now()
        done = release_held(held, by=by, at=at)
        crash_point("payouts.before_released")
    crash_point("payouts.released")
    return len(held), done


@retrying
def _put_off_first() -> int:
    """The one that went wrong is looked at again later."""
    with transaction.atomic():
        held = _hold_due(1)
        for payout in held:
            put_off(payout, ASK_AGAIN)
    return len(held)


def _hold_due(size: int, but: Iterable[UUID] = ()) -> list[Payout]:
    with connection.cursor() as cursor:
        cursor.execute(DUE, [list(but), size])
        ids = [id for (id,) in cursor.fetchall()]
    crash_point("payouts.due_held")
    return list(Payout.objects.filter(pk__in=ids).select_related("method", "creator").order_by("due_at", "pk"))


def release_held(held: Iterable[Payout], *, by: Actor, at: datetime) -> Released:
    """Release payouts that are held and due, inside the caller's transaction: what is stopped or waits stays behind."""
    free: list[Payout] = []
    stopped = waiting = 0
    for payout in held:
        if stop_if_wanted(payout, look_at(payout, at), by=by, at=at):
            stopped += 1
        elif payout.needs_approval and payout.approval_id is None:
            wait_for_people(payout, at=at)
            waiting += 1
        else:
            free.append(payout)
    if free:
        go_all(free, P.APPROVED, by=by, reason="its hours are over", at=at)
        go_all(free, P.QUEUED, by=by, at=at)
        told: dict[Newsworthy, Event] = {}
        for payout in free:
            set_due(payout, run_after(payout, at))
            told[payout] = events.PayoutReleased(
                payout.pk, payout.creator_id, payout.amount_minor, payout.currency, payout.rail, payout.due_at or at
            )
        publish_all(told)
    return Released(len(free), stopped, waiting)
