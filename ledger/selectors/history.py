from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from foundation.errors import Invalid, NotFound
from foundation.money import Money
from ledger.selectors.asking import ask, read_json
from ledger.types import Entry, HistoryPage, TransferInfo

MOST_ENTRIES = 1_000
NEWEST = (datetime.max.replace(tzinfo=UTC), 2**63 - 1)
HISTORY = """
SELECT transfer_id, journal_id, seq, recorded_at, effective_at, amount, after, currency, other_account_id, kind,
    reverses, hold_id, meta
FROM ledger_history(%s::bigint, %s::timestamptz, %s::bigint, %s::integer)
"""
COLUMNS = """
r.id, r.seq, r.journal_id, r.kind, r.amount, r.currency, r.debit_account, r.debit_after, r.credit_account,
r.credit_after, r.recorded_at, r.effective_at, r.reverses, r.hold_id, r.meta
"""
BY_ID = f"""
SELECT {COLUMNS} FROM ledger_transfer_key k JOIN ledger_row r ON r.debit_account = k.debit_account
    AND r.debit_slot = k.debit_slot AND r.debit_version = k.debit_version AND r.recorded_at = k.recorded_at
WHERE k.id = ANY (%s::uuid[]) ORDER BY r.seq
"""  # noqa: S608
OF_JOURNALS = f"SELECT {COLUMNS} FROM ledger_row r WHERE r.journal_id = ANY (%s::uuid[]) AND r.journal_id <> r.id"  # noqa: S608


def list_history(account_id: int, *, cursor: str | None = None, limit: int = 50) -> HistoryPage:
    """The account's movements, newest first, each with the balance it left."""
    at, seq = _read(cursor) if cursor else NEWEST
    rows = ask(HISTORY, [account_id, at, seq, min(limit, MOST_ENTRIES)])
    entries = tuple(
        Entry(
            transfer_id=row[0],
            journal_id=row[1],
            seq=row[2],
            recorded_at=row[3],
            effective_at=row[4],
            amount=Money(row[5], row[7]),
            after=Money(row[6], row[7]),
            other_account_id=row[8],
            kind=row[9],
            reverses=row[10],
            hold_id=row[11],
            meta=read_json(row[12]),
        )
        for row in rows
    )
    last = entries[-1] if len(entries) == limit else None
    return HistoryPage(entries, f"{last.recorded_at.isoformat()}~{last.seq}" if last else None)


def get_transfer(transfer_id: UUID) -> TransferInfo:
    """One movement; NotFound."""
    rows = ask(BY_ID, [[transfer_id]])
    if not rows:
        raise NotFound("ledger.no_transfer", "There is no such transfer.", transfer_id=transfer_id)
    return _info(*rows[0])


def get_transfers(transfer_ids: Iterable[UUID]) -> list[TransferInfo]:
    """Those of these movements that the reader may see, in the order they were posted."""
    return [_info(*row) for row in ask(BY_ID, [list(transfer_ids)])]


def list_journal(journal_id: UUID) -> list[TransferInfo]:
    """The legs of a journal in the order they were posted; a transfer without a journal is its own."""
    return list_journals([journal_id]).get(journal_id, [])


def list_journals(journal_ids: Iterable[UUID]) -> dict[UUID, list[TransferInfo]]:
    """The legs of each of these journals that was posted, asked for at once."""
    wanted = list(journal_ids)
    own = (row for row in ask(BY_ID, [wanted]) if row[2] == row[0])
    legs = sorted((_info(*row) for row in [*own, *ask(OF_JOURNALS, [wanted])]), key=lambda leg: leg.seq)
    found: dict[UUID, list[TransferInfo]] = {}
    for leg in legs:
        found.setdefault(leg.journal_id, []).append(leg)
    return found


def list_reversals(transfer_id: UUID) -> list[TransferInfo]:
    """What took this movement back so far."""
    named = ask("SELECT reversals FROM ledger_reversed WHERE id = %s::uuid", [transfer_id])
    return [_info(*row) for row in ask(BY_ID, [named[0][0]])] if named else []


def _read(cursor: str) -> tuple[datetime, int]:
    at, _, seq = cursor.partition("~")
    try:
        return datetime.fromisoformat(at), int(seq)
    except ValueError as error:
        raise Invalid("ledger.cursor", "This is not a place in an account's history.", cursor=cursor) from error


def _info(
    id: UUID, seq: int, journal_id: UUID, kind: str, amount: int, currency: str, debit: int, debit_after: int,
    credit: int, credit_after: int, recorded_at: datetime, effective_at: datetime, reverses: UUID | None,
    hold_id: UUID | None, meta: str | None,
) -> TransferInfo:  # fmt: skip
    return TransferInfo(
        id=id, seq=seq, journal_id=journal_id, kind=kind, amount=Money(amount, currency), debit=debit,
        debit_after=debit_after, credit=credit, credit_after=credit_after, recorded_at=recorded_at,
        effective_at=effective_at, reverses=reverses, hold_id=hold_id, meta=read_json(meta),
    )  # fmt: skip
