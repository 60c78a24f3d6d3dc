"""What of a row this caller may read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from foundation.actors import Actor, ActorKind
from foundation.identity.selectors import external_ids_of
from foundation.money import Money
from ledger.models import Account
from ledger.selectors import paths_of
from ledger.types import TransferInfo


def accounts_shown(rows: Iterable[Account], caller: Actor) -> list[dict[str, Any]]:
    found = list(rows)
    is_program = caller.kind is ActorKind.CLIENT
    parties = {row.party_id for row in found if row.party_id}
    members: dict[UUID, str] = external_ids_of(parties, platform_id=caller.platform) if is_program else {}
    return [_account(row, members, is_program=is_program) for row in found]


def _account(row: Any, members: dict[UUID, str], *, is_program: bool) -> dict[str, Any]:
    return {
        "id": str(row.pk), "kind": row.kind, "purpose": row.purpose, "source": row.source, "currency": row.currency,
        "platform_id": row.platform_id, "party_id": None if is_program else row.party_id,
        "member": members.get(row.party_id), "path": None if is_program else row.path,
        "opened_at": row.opened_at, "closed_at": row.closed_at, **amounts(row),
    }  # fmt: skip


def amounts(row: Any) -> dict[str, Money | None]:
    """posted, held and available of an account with its balances."""
    left = None if row.floor is None else Money(row.posted - row.held - row.floor, row.currency)
    return {"posted": Money(row.posted, row.currency), "held": Money(row.held, row.currency), "available": left}


def transfers_shown(rows: Iterable[TransferInfo], caller: Actor) -> list[dict[str, Any]]:
    found = list(rows)
    is_program = caller.kind is ActorKind.CLIENT
    paths = paths_of(side for row in found for side in (row.debit, row.credit))

    def side(account: int) -> dict[str, Any] | None:
        if account not in paths:
            return None
        return {"account_id": str(account), "path": None if is_program else paths[account]}

    return [
        {
            "id": row.id, "journal_id": row.journal_id, "kind": row.kind, "amount": row.amount,
            "debit": side(row.debit), "credit": side(row.credit), "recorded_at": row.recorded_at,
            "effective_at": row.effective_at, "reverses": row.reverses, "meta": None if is_program else row.meta,
        }
        for row in found
    ]  # fmt: skip
