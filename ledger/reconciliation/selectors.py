"""What differs, who works on it, and how late it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from foundation.errors import NotFound
from foundation.money import Money
from ledger.reconciliation.books import books
from ledger.reconciliation.models import Break, OutsideStatement
from ledger.reconciliation.states import State
from ledger.reconciliation.types import BreakLine

Place = tuple[datetime, UUID]


def list_open_breaks(
    *, owner: str = "", kind: str = "", after: Place | None = None, limit: int = 50
) -> list[BreakLine]:
    """What waits, soonest due first."""
    rows = Break.objects.exclude(state=State.RESOLVED).filter(_is(owner=owner, kind=kind))
    if after:
        rows = rows.filter(Q(due_at__gt=after[0]) | Q(due_at=after[0], pk__gt=after[1]))
    return _lines(rows.select_related("account").order_by("due_at", "pk")[:limit])


def list_resolved_breaks(*, before: UUID | None = None, limit: int = 50) -> list[BreakLine]:
    """What was settled, newest first."""
    rows = Break.objects.filter(state=State.RESOLVED)
    return _lines((rows.filter(pk__lt=before) if before else rows).select_related("account").order_by("-pk")[:limit])


def get_break(break_id: UUID) -> BreakLine:
    """One difference; NotFound."""
    found = _lines(Break.objects.select_related("account").filter(pk=break_id))
    if not found:
        raise NotFound("ledger.no_break", "There is no such difference.", break_id=break_id)
    return found[0]


def count_open_breaks() -> int:
    return Break.objects.exclude(state=State.RESOLVED).count()


def list_statements(*, limit: int = 20) -> list[OutsideStatement]:
    """The newest statements of every book."""
    return list(OutsideStatement.objects.order_by("-received_at", "-pk")[:limit])


def title_of(book: str) -> str:
    return books[book].title if book in books else book or "Our own books"


def _is(**parts: str) -> Q:
    return Q(**{name: value for name, value in parts.items() if value})


def _lines(rows: Iterable[Break]) -> list[BreakLine]:
    return [_line(row) for row in rows]


def _line(row: Break) -> BreakLine:
    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, row.currency)

    is_other_currency = "currency" in row.facts.get("differs", ())
    return BreakLine(
        id=row.pk,
        kind=str(row.kind),
        state=str(row.state),
        book=row.book,
        reference=row.reference,
        account_id=row.account_id,
        account=row.account.path if row.account else "",
        expected=None if is_other_currency else money(row.expected_minor),
        found=money(row.found_minor),
        difference=Money(row.difference_minor, row.currency),
        owner=row.owner,
        opened_at=row.opened_at,
        due_at=row.due_at,
        resolved_at=row.resolved_at,
        resolution=row.resolution,
        transfer_id=row.transfer_id,
        resolving_transfer_id=row.resolving_transfer_id,
        facts=row.facts,
    )
