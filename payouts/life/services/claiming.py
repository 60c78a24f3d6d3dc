"""A run takes payouts from the queue, each by one worker, for a while; nothing has left by that."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from foundation import clock
from foundation.actors import Actor
from foundation.crash import crash_point
from foundation.ids import uuid7
from foundation.reasons import Reason
from foundation.restrictions.selectors import kinds_of_each_now
from payouts.life.checks import WAITS
from payouts.life.models import Payout, PayoutBatch, PayoutInstruction
from payouts.life.rules.asking import LEASE
from payouts.life.services.held import alarm, database_now, go_all, sent_of, set_due
from payouts.life.states import PayoutState
from payouts.methods.models import PayoutMethod
from payouts.methods.states import MethodState
from processors.gateways.rails.references import reference_of

QUIET = timedelta(minutes=15)
MOST_INSTRUCTIONS = 30
# Who holds a row decides about it; others pass over it.
DUE = """
SELECT id FROM payout WHERE state = 'QUEUED' AND rail = %s AND currency = %s AND due_at <= fanz_now()
ORDER BY due_at, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""
CURRENCIES = "SELECT DISTINCT currency FROM payout WHERE state = 'QUEUED' AND rail = %s AND due_at <= fanz_now()"


def currencies_due(rail: str) -> list[str]:
    """The currencies in which something of this rail is due."""
    with connection.cursor() as cursor:
        cursor.execute(CURRENCIES, [rail])
        return sorted(currency for (currency,) in cursor.fetchall())


def hold_queued(rail: str, currency: str, limit: int) -> list[Payout]:
    """Payouts whose run is due, held in the caller's transaction; what may not leave now is put off."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, [rail, currency, limit])
        ids = [id for (id,) in cursor.fetchall()]
    crash_point("payouts.queue_held")
    rows = list(Payout.objects.filter(pk__in=ids).order_by("due_at", "pk"))
    methods = {
        row.pk: row
        for row in PayoutMethod.objects.select_for_update(of=("self",))
        .filter(pk__in={row.method_id for row in rows})
        .order_by("pk")
    }
    now, tries = database_now(), _numbers(ids)
    forbidden = kinds_of_each_now({row.creator_id for row in rows})
    good = []
    for row in rows:
        row.method = methods[row.method_id]
        if _may_leave(row, now, tries.get(row.pk, 0), forbidden.get(row.creator_id, frozenset())):
            good.append(row)
    return good


def _may_leave(payout: Payout, now: datetime, tries: int, forbidden: frozenset[str]) -> bool:
    method = payout.method
    if method.state not in (MethodState.ACTIVE, MethodState.COOLING):
        set_due(payout, None, code=Reason.RETURNED_BY_BANK if method.state == MethodState.DISABLED else "")
        alarm(payout, "no_destination", f"a payout of {payout.amount} has no destination that can be paid to")
    elif method.usable_from is None or method.usable_from > now:
        set_due(payout, method.usable_from, code=Reason.BANK_CHANGED)
    elif forbidden & WAITS:
        set_due(payout, now + QUIET, code=Reason.CHECK_IN_PROGRESS)
    elif tries >= MOST_INSTRUCTIONS:
        set_due(payout, None)
        alarm(payout, "too_many_tries", f"a payout of {payout.amount} was tried {MOST_INSTRUCTIONS} times")
    else:
        return True
    return False


def prepare(
    payouts: Iterable[Payout], merchant: str, *, batch: PayoutBatch | None = None, by: Actor
) -> list[tuple[Payout, PayoutInstruction]]:
    """Write an instruction for each payout that is held, under a lease; they are PREPARED."""
    held = list(payouts)
    at, lease_until = clock.now(), database_now() + LEASE
    numbers = _numbers(payout.pk for payout in held)
    made = []
    for payout in held:
        number = numbers.get(payout.pk, 0) + 1
        amount = sent_of(payout)
        made.append(
            PayoutInstruction(
                id=uuid7(), payout=payout, number=number, reference=reference_of(payout.pk, number), rail=payout.rail,
                merchant_account_id=merchant, method_id=payout.method_id, batch=batch, amount_minor=amount.minor,
                currency=amount.currency, fence=number, lease_until=None if batch else lease_until, created_at=at,
            )
        )  # fmt: skip
    PayoutInstruction.objects.bulk_create(made)
    go_all(held, PayoutState.PREPARED, by=by, reason=merchant, at=at)
    return list(zip(held, made, strict=True))


def _numbers(ids: Iterable[UUID]) -> dict[UUID, int]:
    newest: dict[UUID, int] = {}
    for payout_id, number in (
        PayoutInstruction.objects.filter(payout_id__in=list(ids)).order_by("number").values_list("payout_id", "number")
    ):
        newest[payout_id] = number
    return newest
