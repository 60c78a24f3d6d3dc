"""Opening differences, taking them on, and settling them by a posting."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.events import publish
from foundation.money import Money
from foundation.states import move
from ledger.events import BreakOpened, BreakResolved
from ledger.reconciliation.books import mirrors_of
from ledger.reconciliation.errors import DoesNotSettle
from ledger.reconciliation.models import Break, Settled
from ledger.reconciliation.states import SLA_HOURS, Kind, State
from ledger.selectors import get_account, get_transfer, list_journal
from ledger.types import TransferInfo

OF_OUR_OWN = (Kind.BALANCE, Kind.HELD, Kind.SUM)
# A transaction lives for a minute at most: whatever is recorded before this time is in the balance.
ANEW = """
INSERT INTO recon_checkpoint (account_id, slot, version, posted, recorded_at)
SELECT account_id, slot, version, posted, clock_timestamp() - interval '2 minutes' FROM ledger_balance
WHERE account_id = %s
ON CONFLICT (account_id, slot) DO UPDATE
    SET version = excluded.version, posted = excluded.posted, recorded_at = excluded.recorded_at
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """What was found; `expected` is what we have, `found` what it should be by the other side or by the movements."""

    kind: Kind
    key: str
    expected: Money
    found: Money
    book: str = ""
    reference: str = ""
    account_id: int | None = None
    line_id: int | None = None
    transfer_id: UUID | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def minor(self) -> int:
        """What our books lack; across currencies all of theirs."""
        return self.found.minor - (self.expected.minor if self.expected.currency == self.found.currency else 0)


def open_break(difference: Difference, *, by: Actor, at: datetime) -> Break | None:
    """A piece of work for this difference, unless there is or was one."""
    row, is_new = Break.objects.get_or_create(
        key=difference.key,
        defaults={
            "kind": difference.kind,
            "book": difference.book,
            "reference": difference.reference,
            "account_id": difference.account_id,
            "line_id": difference.line_id,
            "transfer_id": difference.transfer_id,
            "currency": difference.found.currency,
            "expected_minor": difference.expected.minor,
            "found_minor": difference.found.minor,
            "difference_minor": difference.minor,
            "facts": difference.facts,
            "opened_at": at,
            "due_at": at + timedelta(hours=SLA_HOURS[difference.kind]),
        },
    )
    if not is_new:
        return None
    record(
        "recon.break_opened",
        by=by,
        subject=row,
        kind=str(row.kind),
        book=row.book,
        difference_minor=row.difference_minor,
    )
    publish(
        BreakOpened(
            break_id=row.pk, kind=str(row.kind), book=row.book, account_id=row.account_id,
            difference_minor=row.difference_minor, currency=row.currency, due_at=row.due_at,
        ),
        key=row,
    )  # fmt: skip
    return row


def take_break(*, break_id: UUID, by: Actor, at: datetime) -> Break:
    """Make it one's own work, also when it was somebody else's. Conflict when it is resolved."""
    with transaction.atomic():
        row: Break = Break.objects.locked(break_id)
        move(row, to=State.TAKEN, by=by, at=at, owner=by.reference)
    return row


def give_back_break(*, break_id: UUID, by: Actor, at: datetime) -> Break:
    """Leave it to somebody else. Conflict when nobody had taken it."""
    with transaction.atomic():
        row: Break = Break.objects.locked(break_id)
        move(row, to=State.OPEN, by=by, at=at, owner="")
    return row


def resolve_break(*, break_id: UUID, transfer_id: UUID, reason: str, by: Actor, at: datetime) -> Break:
    """Settle a difference by the posting that put the books right; nothing is edited.

    Refused: NotFound, DoesNotSettle when the posting's journal does not move the account by the difference, Conflict
    when the break is resolved already.
    """
    with transaction.atomic():
        row: Break = Break.objects.locked(break_id)
        legs = list_journal(get_transfer(transfer_id).journal_id)
        if row.kind in OF_OUR_OWN:
            _check_touches(row, legs)
        else:
            settling = _settling(row, legs)
        _close(row, "posting", by=by, at=at, reason=reason, resolving_transfer_id=transfer_id)
        if row.kind == Kind.BALANCE and row.account_id:
            _begin_anew(row.account_id)
        elif row.kind not in OF_OUR_OWN:
            _settle(row, settling, at)
    return row


def resolve_as_matched(row: Break, *, by: Actor, at: datetime) -> None:
    """The other side came after all."""
    _close(row, "matched", by=by, at=at, reason="matched")


def _close(row: Break, resolution: str, *, by: Actor, at: datetime, reason: str, **facts: Any) -> None:
    move(row, to=State.RESOLVED, by=by, reason=reason, at=at, resolved_at=at, resolution=resolution, **facts)
    publish(
        BreakResolved(
            break_id=row.pk, kind=str(row.kind), book=row.book, resolution=resolution,
            resolving_transfer_id=row.resolving_transfer_id,
        ),
        key=row,
    )  # fmt: skip


def _check_touches(row: Break, legs: list[TransferInfo]) -> None:
    if row.account_id and not any(row.account_id in (leg.debit, leg.credit) for leg in legs):
        raise DoesNotSettle(detail="It does not move this account.", account_id=row.account_id)


def _settling(row: Break, legs: list[TransferInfo]) -> dict[UUID, int]:
    """The legs that move an account this book mirrors, with that account; together they are the difference."""
    mirrors = mirrors_of(row.book)
    found = {leg.id: account for leg in legs for account in (leg.debit, leg.credit) if account in mirrors.values()}
    needed = {mirrors.get(row.currency): row.difference_minor}
    if row.account_id not in (None, *needed):
        needed[row.account_id] = -(row.expected_minor or 0)
    moved = {account: _moved(account, legs) for account in found.values()}
    if moved != needed:
        raise DoesNotSettle(
            detail="Its journal does not move the account by the difference.", currency=row.currency,
            difference_minor=row.difference_minor, moved_minor=sum(moved.values()),
        )  # fmt: skip
    taken = Settled.objects.filter(account_id__in=moved, transfer_id__in=found).values_list("transfer_id", flat=True)
    if taken:
        raise DoesNotSettle(detail="It settles something else already.", transfer_ids=sorted(map(str, taken)))
    return found


def _moved(account: int, legs: list[TransferInfo]) -> int:
    """What these legs move this account by, on its own side."""
    sign = 1 if get_account(account).normal_side == "credit" else -1
    return sign * sum(
        leg.amount.minor if leg.credit == account else -leg.amount.minor
        for leg in legs
        if account in (leg.debit, leg.credit)
    )


def _settle(row: Break, settling: dict[UUID, int], at: datetime) -> None:
    """Nobody looks for the other side of these any more; the line belongs to ours if we had one."""
    ours = {row.transfer_id: row.account_id} if row.transfer_id and row.account_id else {}
    accounts = {**ours, **settling}
    of_line = row.transfer_id or row.resolving_transfer_id
    Settled.objects.bulk_create(
        [
            Settled(
                account_id=account, transfer_id=transfer, line_id=row.line_id if transfer == of_line else None,
                settled_by=row, settled_at=at,
            )
            for transfer, account in accounts.items()
        ]
    )  # fmt: skip


def _begin_anew(account_id: int) -> None:
    """A settled difference is not found again: the next look begins at today's balance."""
    with connection.cursor() as cursor:
        cursor.execute(ANEW, [account_id])
