"""Send what is due: claim one with a lease, talk to the server, write down what is known. The rows are the queue."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from uuid import UUID

from django.db import connection

from foundation.crash import crash_point
from foundation.notifications.mails import compose
from foundation.notifications.models import Delivery
from foundation.notifications.rules.retrying import MOST_ATTEMPTS, is_sent_again, pause_after
from foundation.notifications.smtp import Answer, Postman, Said
from foundation.notifications.states import Level, State
from foundation.switches.selectors import is_stopped

log = logging.getLogger(__name__)

MAIL = "notifications.mail"
LEASE_SECONDS = 60

_CLAIM = """
UPDATE notification_delivery
SET state = 'SENDING', version = version + 1, attempts = attempts + 1, handed_over_at = NULL,
    lease_until = clock_timestamp() + make_interval(secs => %s)
WHERE id = (SELECT id FROM notification_delivery WHERE state = 'DUE' AND due_at <= fanz_now()
            ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, version
"""
_HAND_OVER = """
UPDATE notification_delivery SET handed_over_at = clock_timestamp()
WHERE id = %s AND version = %s AND state = 'SENDING'
    AND lease_until > clock_timestamp() + make_interval(secs => %s)
RETURNING id
"""
_OUTCOME = """
UPDATE notification_delivery
SET state = %s, version = version + 1, lease_until = NULL, error = %s,
    due_at = coalesce(fanz_now() + make_interval(secs => %s), due_at),
    sent_at = CASE WHEN %s = 'SENT' THEN fanz_now() END
WHERE id = %s AND version = %s AND state = 'SENDING' RETURNING id
"""
_FREE = """
UPDATE notification_delivery
SET version = version + 1, lease_until = NULL,
    state = CASE WHEN handed_over_at IS NOT NULL THEN 'UNKNOWN' WHEN attempts >= %s THEN 'FAILED' ELSE 'DUE' END,
    error = 'the worker went away'
WHERE state = 'SENDING' AND lease_until < clock_timestamp()
"""
_RESEND = """
UPDATE notification_delivery AS mail SET state = 'DUE', version = mail.version + 1, resent = 1, due_at = fanz_now()
FROM notification WHERE notification.id = mail.notification_id AND mail.state = 'UNKNOWN' AND mail.resent = 0
AND notification.level = ANY(%s)
"""


class LeaseLost(Exception):
    """Another worker took this mail over, or it took too long to get here."""


def deliver_due(*, seconds: float = 40.0, most: int = 1_000) -> int:
    """Send due mail for a while; returns how many the server took. Stops early when there is no server."""
    until, taken = time.monotonic() + seconds, 0
    with Postman() as postman:
        for _ in range(most):
            if time.monotonic() > until or is_stopped(MAIL):
                break
            claimed = _claim()
            if claimed is None:
                break
            said = _deliver(*claimed, postman)
            taken += said is Answer.TAKEN
            if said is Answer.NO_SERVER:
                break
    return taken


def free_expired_leases() -> int:
    """Give back what a dead worker held: unsent mail is due again, mail that may have left is UNKNOWN."""
    with connection.cursor() as cursor:
        cursor.execute(_FREE, [MOST_ATTEMPTS])
        freed = cursor.rowcount
        cursor.execute(_RESEND, [[level for level in Level if is_sent_again(level, resent=0)]])
    return freed


def has_due() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM notification_delivery WHERE state = 'DUE' AND due_at <= fanz_now())")
        return bool(cursor.fetchone()[0])


def _claim() -> tuple[UUID, int] | None:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [LEASE_SECONDS])
        row = cursor.fetchone()
    crash_point("notifications.claimed")
    return row


def _deliver(delivery_id: UUID, fence: int, postman: Postman) -> Answer | None:
    """One mail under one claim; the fence keeps a worker that slept from sending or writing what others did."""
    delivery = Delivery.objects.select_related("notification__recipient").get(pk=delivery_id)
    if not delivery.notification.recipient.is_active:
        _write(delivery, fence, Said(Answer.NEVER, "the account is closed"))
        return Answer.NEVER
    try:
        said = postman.hand_over(compose(delivery), last_look=lambda: _last_look(delivery_id, fence))
    except LeaseLost:
        log.warning("a mail was taken over by another worker", extra={"delivery": str(delivery_id)})
        return None
    crash_point("notifications.answered")
    _write(delivery, fence, said)
    return said.answer


def _last_look(delivery_id: UUID, fence: int) -> None:
    """Commit that the content leaves now. From here on nobody but the server knows whether it arrived."""
    crash_point("notifications.before_handing_over")
    with connection.cursor() as cursor:
        cursor.execute(_HAND_OVER, [delivery_id, fence, LEASE_SECONDS // 2])
        if cursor.fetchone() is None:
            raise LeaseLost
    crash_point("notifications.handing_over")


def _write(delivery: Delivery, fence: int, said: Said) -> None:
    state, pause = _state_after(said.answer, delivery.attempts)
    with connection.cursor() as cursor:
        cursor.execute(
            _OUTCOME, [state, said.words[:300], pause.total_seconds() if pause else None, state, delivery.pk, fence]
        )
        if cursor.fetchone() is None:
            log.warning("the outcome of a mail came too late", extra={"delivery": str(delivery.pk), "said": said.words})
    crash_point("notifications.written")


def _state_after(answer: Answer, attempts: int) -> tuple[State, timedelta | None]:
    if answer is Answer.TAKEN:
        return State.SENT, None
    if answer is Answer.UNKNOWN:
        return State.UNKNOWN, None
    if answer is Answer.NEVER or attempts >= MOST_ATTEMPTS:
        return State.FAILED, None
    return State.DUE, pause_after(attempts)
