"""Claim what is due with a lease, and write down what came of it. The rows are the queue; calls stand between."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from foundation import clock, prepared
from foundation.crash import crash_point
from foundation.hooks.breaking import break_endpoint
from foundation.hooks.calling import WHOLE_SECONDS, Answer, Call
from foundation.hooks.rules.retrying import (
    GONE,
    MOST_AT_ONCE,
    MOST_WHILE_FAILING,
    TRIED_FOR,
    WAITED_FOR,
    WAKE_AFTER,
    is_success,
    pause_after,
)
from foundation.hooks.signing import headers_for, unsealed
from foundation.hooks.states import DeliveryState

LEASE_SECONDS = 60
A_MOMENT = timedelta(minutes=5)  # between a first try and the failure it is, however slow the receiver
assert WHOLE_SECONDS * 2 < LEASE_SECONDS  # a call is over long before somebody else may begin it again

MOST_OF_PLATFORM = 16  # of a runner's 32 slots
# Of each endpoint that is on the oldest due, as many as it may have at once; of one thing only its earliest.
# First comes the platform with the fewest on their way, and none has more than its share.
_CLAIM = """
WITH room AS (
    SELECT id, platform_id, (
        SELECT count(*) FROM hook_delivery WHERE platform_id = endpoint.platform_id AND state = 'SENDING') AS flying,
        CASE WHEN failing_since IS NULL THEN %(most)s ELSE %(most_failing)s END - (
        SELECT count(*) FROM hook_delivery WHERE endpoint_id = endpoint.id AND state = 'SENDING') AS free
    FROM hook_endpoint AS endpoint WHERE state = 'ON'
), ranked AS (
    SELECT due.id, due.due_at,
        room.flying + row_number() OVER (PARTITION BY room.platform_id ORDER BY due.due_at, due.id) AS place
    FROM room CROSS JOIN LATERAL (
        SELECT id, due_at FROM hook_delivery AS one
        WHERE endpoint_id = room.id AND state = 'DUE' AND due_at <= fanz_now() AND NOT EXISTS (
            SELECT FROM hook_delivery AS earlier
            WHERE earlier.endpoint_id = one.endpoint_id AND earlier.about = one.about
            AND earlier.sequence < one.sequence AND earlier.state IN ('DUE', 'SENDING'))
        ORDER BY due_at, id LIMIT greatest(room.free, 0) FOR UPDATE SKIP LOCKED
    ) AS due
), head AS (
    SELECT id FROM ranked WHERE place <= %(most_of_platform)s ORDER BY place, due_at LIMIT %(free)s
), claimed AS (
    UPDATE hook_delivery SET state = 'SENDING', version = version + 1, tries = tries + 1,
        lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
        first_tried_at = coalesce(first_tried_at, fanz_now())
    FROM head WHERE hook_delivery.id = head.id
    RETURNING hook_delivery.id, hook_delivery.version, tries, first_tried_at, endpoint_id, message_id, about, sequence
)
SELECT claimed.id, claimed.version, tries, first_tried_at, claimed.endpoint_id, message_id, claimed.about,
    claimed.sequence, url, secret, CASE WHEN previous_until > fanz_now() THEN previous_secret END, failing_since, body
FROM claimed JOIN hook_endpoint AS endpoint ON endpoint.id = claimed.endpoint_id
JOIN hook_message AS message ON message.id = message_id
"""
_WRITE = """
WITH told AS (
    SELECT * FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::float8[], %s::smallint[], %s::text[], %s::text[],
        %s::int[]) AS told (id, version, state, pause, status, error, said, milliseconds)
), written AS (
    UPDATE hook_delivery AS delivery SET state = told.state, version = delivery.version + 1, lease_until = NULL,
        last_status = told.status, last_error = told.error,
        due_at = CASE WHEN told.state = 'DUE' THEN fanz_now() + make_interval(secs => told.pause) ELSE due_at END,
        done_at = CASE WHEN told.state <> 'DUE' THEN fanz_now() END
    FROM told WHERE delivery.id = told.id AND delivery.version = told.version AND delivery.state = 'SENDING'
    RETURNING delivery.id
), noted AS (
    INSERT INTO hook_attempt (delivery_id, endpoint_id, platform_id, at, milliseconds, status, error, said)
    SELECT told.id, endpoint_id, platform_id, fanz_now(), told.milliseconds, told.status, told.error, told.said
    FROM told JOIN hook_delivery AS delivery ON delivery.id = told.id
)
SELECT id FROM written
"""
_FREE = """
UPDATE hook_delivery SET state = 'DUE', version = version + 1, lease_until = NULL
WHERE state = 'SENDING' AND lease_until < clock_timestamp()
"""
_FAILS = "UPDATE hook_endpoint SET failing_since = fanz_now() WHERE id = ANY(%s) AND failing_since IS NULL"
_WORKS = "UPDATE hook_endpoint SET failing_since = NULL WHERE id = %s AND failing_since IS NOT NULL"
# What waits longer because of an earlier failure comes now: the receiver is back.
_WAKE = "UPDATE hook_delivery SET due_at = fanz_now() WHERE endpoint_id = %s AND state = 'DUE' AND due_at > fanz_now()"
# What stands behind a failed one need not be looked at before it.
_HOLD_BACK = """
UPDATE hook_delivery AS later SET due_at = greatest(later.due_at, earlier.due_at) FROM hook_delivery AS earlier
WHERE earlier.id = ANY(%s) AND earlier.state = 'DUE' AND later.endpoint_id = earlier.endpoint_id
AND later.about = earlier.about AND later.sequence > earlier.sequence AND later.state = 'DUE'
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery under one claim, with all it takes to make the call."""

    id: UUID
    version: int
    tries: int
    first_tried_at: datetime
    endpoint_id: UUID
    message_id: UUID
    about: str
    sequence: int
    url: str
    secret: bytes
    previous_secret: bytes | None
    failing_since: datetime | None
    body: str

    def call(self) -> Call:
        """The call, signed for this moment: a receiver's clock is the world's, whatever ours was moved to."""
        sealed = [self.secret, *([self.previous_secret] if self.previous_secret else [])]
        body = self.body.encode()
        headers = headers_for(
            f"msg_{self.message_id.hex}", body, at=int(time.time()), keys=[unsealed(one) for one in sealed]
        )
        return Call(self.url, headers, body, may_be_here=settings.HOOKS_MAY_CALL_HERE)


def claim(free: int) -> list[Claimed]:
    """Take what is due, at most so many."""
    asked = {
        "most": MOST_AT_ONCE, "most_failing": MOST_WHILE_FAILING, "most_of_platform": MOST_OF_PLATFORM, "free": free,
        "lease": LEASE_SECONDS,
    }  # fmt: skip
    claimed = [Claimed(*row) for row in prepared.run(_CLAIM, asked)]
    if claimed:
        crash_point("hooks.claimed")
    return claimed


def write(outcomes: Sequence[tuple[Claimed, Answer]]) -> None:
    """Write what came of these calls; a claim that was lost meanwhile leaves its line and changes nothing."""
    if not outcomes:
        return
    crash_point("hooks.answered")
    at = clock.now()
    judged = [(one, answer, *_judge(one, answer, at)) for one, answer in outcomes]
    with transaction.atomic(), connection.cursor() as cursor:
        prepared.run(
            _WRITE,
            [
                [one.id for one, *_ in judged], [one.version for one, *_ in judged],
                [str(state) for _, _, state, _ in judged], [pause.total_seconds() for *_, pause in judged],
                [answer.status for _, answer, *_ in judged], [answer.error for _, answer, *_ in judged],
                [answer.said for _, answer, *_ in judged], [answer.milliseconds for _, answer, *_ in judged],
            ],
        )  # fmt: skip
        failed = [one for one, answer in outcomes if not is_success(answer.status)]
        if failed:
            cursor.execute(_HOLD_BACK, [[one.id for one in failed]])
            cursor.execute(_FAILS, [sorted({one.endpoint_id for one in failed})])
        for endpoint_id, failing_since in _revived(outcomes):
            cursor.execute(_WORKS, [endpoint_id])
            if at - failing_since > WAKE_AFTER:
                cursor.execute(_WAKE, [endpoint_id])
    for one, answer in outcomes:
        if why := _is_broken(one, answer, at):
            break_endpoint(endpoint_id=one.endpoint_id, failing_since=one.failing_since, why=why, at=at)
    crash_point("hooks.written")


def free_expired_leases() -> int:
    """What a dead runner held is due again: it may arrive twice under its one id, and never not at all."""
    with connection.cursor() as cursor:
        cursor.execute(_FREE)
        return int(cursor.rowcount)


def _judge(one: Claimed, answer: Answer, at: datetime) -> tuple[DeliveryState, timedelta]:
    """Given up is only what was tried for a week while its receiver took other things; what a dead receiver did not
    take waits until it is back."""
    if is_success(answer.status):
        return DeliveryState.DELIVERED, timedelta()
    works_otherwise = one.failing_since is None or one.failing_since - one.first_tried_at > A_MOMENT
    if answer.status != GONE and works_otherwise and at - one.first_tried_at >= TRIED_FOR:
        return DeliveryState.GIVEN_UP, timedelta()
    asked_for = answer.retry_after if answer.status in WAITED_FOR else None
    return DeliveryState.DUE, pause_after(one.tries, chance=random.random(), asked_for=asked_for)  # noqa: S311


def _is_broken(one: Claimed, answer: Answer, at: datetime) -> str:
    if answer.status == GONE:
        return "It answered that it is gone for good (410)."
    if not is_success(answer.status) and one.failing_since and at - one.failing_since >= TRIED_FOR:
        return "It took nothing for seven days."
    return ""


def _revived(outcomes: Sequence[tuple[Claimed, Answer]]) -> list[tuple[UUID, datetime]]:
    return sorted(
        {
            (one.endpoint_id, one.failing_since)
            for one, answer in outcomes
            if one.failing_since and is_success(answer.status)
        }
    )
