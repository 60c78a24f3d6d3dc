"""Advances to creators: disbursed, repaid from earnings, or written off."""

from __future__ import annotations

from uuid import UUID

from foundation.money import Money
from ledger import chart
from ledger.rules.legs import Leg, Legs, Source, fill
from ledger.types import AccountKey


def disburse(creator_id: UUID, amount: Money, fee: Money | None = None) -> Legs:
    """The advance is available at once; the creator owes it with the fee."""
    owing = receivable(creator_id, amount.currency)
    income = chart.account("credit", "income", amount.currency)
    return (
        Leg("credit.disbursed", owing, chart.creator("available", creator_id, amount.currency), amount),
        Leg("credit.fee", owing, income, fee or Money.zero(amount.currency)),
    )


def repay(creator_id: UUID, wanted: Money, owed: Money, available: Source) -> Legs:
    """An instalment from what is available: at most what is owed, at most what is there."""
    legs, _ = fill("credit.repaid", [available], receivable(creator_id, owed.currency), min(wanted, owed))
    return legs


def write_off(creator_id: UUID, amount: Money) -> Legs:
    """What will not be repaid becomes our loss."""
    loss = chart.account("write_off", "loss", amount.currency)
    return (Leg("credit.written_off", loss, receivable(creator_id, amount.currency), amount),)


def receivable(creator_id: UUID, currency: str) -> AccountKey:
    return chart.account("credit", "receivable", currency, party=creator_id)
