"""The daily run: what creators earned becomes theirs to ask for, line by line, once per day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from foundation.crash import crash_point
from foundation.ids import named_id
from ledger.errors import InsufficientBalance
from ledger.flows import settle_lines
from payouts.earnings import seams
from payouts.earnings.gathering import Ripe, gather_ripe
from payouts.earnings.models import EarningsLine
from processors.payments.selectors import settlement_days

BATCH = 500
Status = EarningsLine.Status


@dataclass(frozen=True, slots=True)
class Run:
    """What a day's run did: lines settled, lines a freeze stopped, and lines whose money left while it looked."""

    settled: int = 0
    stopped: int = 0
    missed: int = 0

    def __add__(self, other: Run) -> Run:
        return Run(self.settled + other.settled, self.stopped + other.stopped, self.missed + other.missed)


def settle_day(*, day: date, at: datetime, creator_id: UUID | None = None, batch: int = BATCH) -> Run:
    """Settle everything that is ripe on this day; run again, nothing settles twice.

    Called outside of any transaction: each batch commits by itself, a batch that lost a race is done line by line.
    """
    ripe = list(gather_ripe(day, settlement_days(), creator_id))
    done = Run()
    for start in range(0, len(ripe), batch):
        some = ripe[start : start + batch]
        try:
            done += _settle(some, day, at)
        except InsufficientBalance:
            for one in some:
                done += _settle_alone(one, day, at)
        crash_point("earnings.batch")
    return done


def _settle_alone(one: Ripe, day: date, at: datetime) -> Run:
    """With what is there now; what was taken meanwhile is looked at again on the next day."""
    again = [ripe for ripe in gather_ripe(day, settlement_days(), one.line.creator_id) if ripe.line == one.line]
    try:
        return _settle(again, day, at)
    except InsufficientBalance:
        return Run(missed=1)


def _settle(some: Sequence[Ripe], day: date, at: datetime) -> Run:
    with transaction.atomic():
        stopped = seams.stopped_lines()
        free = [one for one in some if one.line not in stopped]
        held = [one for one in some if one.line in stopped and one.amount > one.waiting]
        written = EarningsLine.objects.bulk_create(
            [
                *(_row(one, day, at, Status.SETTLED) for one in free),
                *(_row(one, day, at, Status.STOPPED, stopped[one.line]) for one in held),
            ],
            ignore_conflicts=True,
        )
        mine = _written(written, day)
        free = [one for one in free if one.line in mine]
        settle_lines([(_journal(one.line, day), one.account, one.amount) for one in free])
        crash_point("earnings.settled")
        for one in free:
            if one.waiting:
                _carry(one.line, _journal(one.line, day), at)
        for tell in seams.settled.values():
            tell({(one.line.creator_id, one.line.currency) for one in free}, at)
    return Run(settled=len(free), stopped=len(held))


def _written(rows: Sequence[EarningsLine], day: date) -> set[seams.Line]:
    """The lines whose row is ours: another run of the same day may have been first."""
    there = EarningsLine.objects.filter(pk__in=[row.pk for row in rows], settles_on=day)
    return {seams.Line(*parts) for parts in there.values_list("creator_id", "platform_id", "product", "currency")}


def _row(one: Ripe, day: date, at: datetime, status: str, freeze_id: UUID | None = None) -> EarningsLine:
    line, amount = one.line, one.amount if status == Status.SETTLED else one.amount - one.waiting
    return EarningsLine(
        creator_id=line.creator_id, platform_id=line.platform_id, product=line.product, currency=line.currency,
        settles_on=day, amount_minor=amount.minor, status=status, freeze_id=freeze_id, run_at=at,
        journal_id=_journal(line, day) if status == Status.SETTLED else None,
    )  # fmt: skip


def _carry(line: seams.Line, journal_id: UUID, at: datetime) -> None:
    """What waited while it was stopped went with this line."""
    rows = EarningsLine.objects.filter(
        creator_id=line.creator_id, platform_id=line.platform_id, product=line.product, currency=line.currency,
        status=Status.STOPPED,
    )  # fmt: skip
    rows.update(status=Status.CARRIED, journal_id=journal_id, run_at=at)


def _journal(line: seams.Line, day: date) -> UUID:
    return named_id("earnings", line.creator_id, line.platform_id, line.product, line.currency, day)
