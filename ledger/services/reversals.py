"""Books are corrected by entries that name the old ones and repeat their legs the other way round."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from foundation.ids import named_id
from foundation.money import Money
from ledger.selectors import get_transfer, list_journal
from ledger.services.posting import post, post_many
from ledger.types import Posted, Posting, TransferInfo


def reverse(
    transfer_id: UUID,
    *,
    id: UUID,
    amount: Money | None = None,
    journal_id: UUID | None = None,
    kind: str = "",
    meta: dict[str, Any] | None = None,
) -> Posted:
    """Take one movement back, whole or in part; all parts together never exceed it.

    Refused: NotFound, ReversedTooMuch, Conflict for a reversal of a reversal, and what `post` refuses.
    """
    return post(_opposite(get_transfer(transfer_id), id=id, amount=amount, journal_id=journal_id, kind=kind, meta=meta))


def reverse_journal(journal_id: UUID, *, id: UUID, kind: str = "", meta: dict[str, Any] | None = None) -> list[Posted]:
    """Take back every leg of a journal, the last one first, under the journal id `id`; all or nothing."""
    legs = [leg for leg in list_journal(journal_id) if leg.reverses is None]
    return post_many(
        [
            _opposite(leg, id=named_id("ledger.reversal", id, leg.id), journal_id=id, kind=kind, meta=meta)
            for leg in reversed(legs)
        ]
    )


def _opposite(
    original: TransferInfo,
    *,
    id: UUID,
    amount: Money | None = None,
    journal_id: UUID | None,
    kind: str,
    meta: dict[str, Any] | None,
) -> Posting:
    return Posting(
        id=id,
        debit=original.credit,
        credit=original.debit,
        amount=amount or original.amount,
        kind=kind or f"{original.kind}.reversal",
        journal_id=journal_id,
        meta=meta,
        reverses=original.id,
    )
