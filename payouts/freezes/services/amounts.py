"""How much money freezes stop at this moment, in a number of questions that does not grow with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from foundation.money import Money
from ledger import chart
from ledger.flows import held_for_each
from ledger.selectors import account_keys, get_balances
from ledger.types import AccountKey
from payouts.freezes.models import Freeze
from payouts.freezes.states import FreezeType
from payouts.life.models import Payout
from payouts.life.states import PayoutState

HOLDABLE = ("available", "pending", "uncounted", "reserve")


def held_by(row: Freeze) -> list[Money]:
    """What a freeze stops now, by currency."""
    return held_by_each([row])[row.pk]


def held_by_each(rows: Iterable[Freeze]) -> dict[UUID, list[Money]]:
    """The same of many: a payout whole, a part as it is held, a source's pending earnings, everything that is held."""
    rows = list(rows)
    wide = [row for row in rows if row.freeze_type in (FreezeType.ACCOUNT, FreezeType.REVENUE_SOURCE)]
    accounts = account_keys(party_id__in={row.creator_id for row in wide}, kind="creator") if wide else {}
    keys = {id: key for id, key in accounts.items() if key.purpose in HOLDABLE}
    pairs = [(key, row.hold_subject) for row in rows for key in _subjects(row, keys.values())]
    held = held_for_each(pairs)
    pending = get_balances(_pending(wide, keys))
    frozen = _frozen({row.creator_id for row in wide if row.freeze_type == FreezeType.ACCOUNT})
    found: dict[UUID, list[Money]] = {}
    for row in rows:
        if row.freeze_type == FreezeType.PAYOUT:
            amounts = [row.payout.amount] if row.payout else []
        elif row.freeze_type == FreezeType.REVENUE_SOURCE:
            amounts = [pending[id].posted for id in _pending([row], keys)]
        else:
            amounts = [held[key, row.hold_subject] for key in _subjects(row, keys.values())]
            amounts += frozen.get(row.creator_id, []) if row.freeze_type == FreezeType.ACCOUNT else []
        found[row.pk] = _by_currency(amounts)
    return found


def segment(row: Freeze) -> list[AccountKey]:
    """Where the money of a segment lies: its pending line first, when one is named, then available."""
    available = chart.creator("available", row.creator_id, row.currency)
    if row.platform_id and row.product:
        line = chart.earning_line("pending", row.creator_id, row.platform_id, row.product, row.currency)
        return [line, available]
    return [available]


def _subjects(row: Freeze, keys: Iterable[AccountKey]) -> Sequence[AccountKey]:
    if row.freeze_type == FreezeType.WALLET_SEGMENT:
        return segment(row)
    if row.freeze_type == FreezeType.ACCOUNT:
        return [key for key in keys if key.party_id == row.creator_id]
    return []


def _pending(rows: Iterable[Freeze], keys: dict[int, AccountKey]) -> list[int]:
    """The accounts of earnings that a freeze of their source keeps pending."""
    return [
        id
        for row in rows
        if row.freeze_type == FreezeType.REVENUE_SOURCE
        for id, key in keys.items()
        if (key.purpose, key.party_id, key.platform_id, key.source)
        == ("pending", row.creator_id, row.platform_id, row.product)
        and row.currency in ("", key.currency)
    ]


def _frozen(creator_ids: set[UUID]) -> dict[UUID, list[Money]]:
    stopped: dict[UUID, list[Money]] = {}
    for payout in Payout.objects.filter(creator_id__in=creator_ids, state=PayoutState.FROZEN):
        stopped.setdefault(payout.creator_id, []).append(payout.amount)
    return stopped


def _by_currency(amounts: Iterable[Money]) -> list[Money]:
    sums: dict[str, Money] = {}
    for amount in amounts:
        sums[amount.currency] = sums.get(amount.currency, Money.zero(amount.currency)) + amount
    return [sums[currency] for currency in sorted(sums)]
