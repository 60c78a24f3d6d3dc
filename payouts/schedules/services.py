"""When a creator is paid without asking: their wish, and the daily round that follows it."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.errors import Invalid, Refusal
from foundation.ids import named_id
from foundation.money import Money
from ledger import chart
from ledger.selectors import find_account, get_balance
from payouts.life.models import Payout, PayoutSchedule
from payouts.life.rules.amounts import terms
from payouts.life.services import request_payout
from payouts.life.services.taxing import after_tax
from payouts.methods.models import PayoutMethod

Kind = PayoutSchedule.Kind


def set_schedule(
    *, creator_id: UUID, currency: str, kind: str, by: Actor, at: datetime, weekday: int = 1,
    threshold: Money | None = None,
) -> PayoutSchedule:  # fmt: skip
    """Say when a creator is paid in a currency. Invalid without the figure that the kind needs."""
    if kind not in Kind.values or not 0 <= weekday <= 6:
        raise Invalid("schedules.unknown", "Choose on demand, a day of the week, or a threshold.")
    if kind == Kind.THRESHOLD and (threshold is None or threshold.currency != currency or threshold.minor <= 0):
        raise Invalid("schedules.threshold_missing", "Say from which amount on you want to be paid.")
    with transaction.atomic():
        row, _ = PayoutSchedule.objects.update_or_create(
            creator_id=creator_id, currency=currency,
            defaults={
                "kind": kind, "weekday": weekday, "changed_at": at, "changed_by": by.reference,
                "threshold_minor": threshold.minor if threshold and kind == Kind.THRESHOLD else None,
            },
        )  # fmt: skip
        record("payout_schedule.set", by=by, subject=row, creator_id=creator_id, currency=currency, kind=kind)
    return row


def run_schedules(*, day: date, by: Actor, at: datetime) -> dict[str, int]:
    """Ask for the payouts that are due on this day, each once; returns how many, and why others were not."""
    outcomes: Counter[str] = Counter()
    wanted = PayoutSchedule.objects.exclude(kind=Kind.ON_DEMAND).exclude(kind=Kind.WEEKLY, weekday__lt=day.weekday())
    wanted = wanted.exclude(kind=Kind.WEEKLY, weekday__gt=day.weekday()).order_by("pk")
    for row in wanted.iterator(chunk_size=1_000):
        outcomes[_follow(row, day, by, at)] += 1
    return dict(outcomes)


def _follow(row: PayoutSchedule, day: date, by: Actor, at: datetime) -> str:
    payout_id = named_id("payout.schedule", row.creator_id, row.currency, day)
    if Payout.objects.filter(pk=payout_id).exists():
        return "stands"
    amount = _amount(row, at)
    if amount is None:
        return "too_little"
    try:
        request_payout(
            creator_id=row.creator_id, amount=amount, origin=Payout.Origin.SCHEDULE, by=by, at=at, payout_id=payout_id
        )
    except Refusal as refused:
        return refused.code
    return "requested"


def _amount(row: PayoutSchedule, at: datetime) -> Money | None:
    """All that is available and not owed once that reaches the threshold, at most what the preferred way pays at once.

    None when less would be left after tax than it pays at least: asking for it is refused.
    """
    account = find_account(chart.creator("available", row.creator_id, row.currency))
    method = PayoutMethod.objects.filter(creator_id=row.creator_id, currency=row.currency, is_preferred=True).first()
    limits = terms(method.rail, row.currency) if method else None
    if account is None or limits is None:
        return None
    balance = get_balance(account)
    free = balance.posted - balance.held - _owed(row)
    if free.minor < (row.threshold_minor or 0) or free < limits.least:
        return None
    amount = min(free, limits.most)
    return amount if after_tax(row.creator_id, amount, at=at) >= limits.least else None


def _owed(row: PayoutSchedule) -> Money:
    account = find_account(chart.creator("receivable", row.creator_id, row.currency))
    return -get_balance(account).posted if account else Money.zero(row.currency)
