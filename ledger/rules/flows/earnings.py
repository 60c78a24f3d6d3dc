"""Earnings settle: pending becomes available, less what is kept back and what is owed."""

from __future__ import annotations

from foundation.money import Money
from ledger import chart
from ledger.rules.flows.sales import WHOLE
from ledger.rules.legs import Leg, Legs, least
from ledger.types import AccountKey


def settle(pending: AccountKey, amount: Money, *, reserve_basis_points: int = 0, owed: Money | None = None) -> Legs:
    """One line (platform and product) of a creator settles for a day.

    What is owed is filled first; of the rest a part may be kept back in reserve.
    """
    nothing = Money.zero(amount.currency)
    debt = least(owed, amount) if owed else nothing
    kept, free = (amount - debt).allocate(reserve_basis_points, WHOLE - reserve_basis_points)
    return (
        Leg("earnings.debt", pending, _of(pending, "receivable"), debt),
        Leg("earnings.reserved", pending, _of(pending, "reserve"), kept),
        Leg("earnings.settled", pending, _of(pending, "available"), free),
    )


def release_reserve(reserve: AccountKey, amount: Money, owed: Money | None = None) -> Legs:
    """What was kept back is the creator's again when its months are over."""
    debt = least(owed, amount) if owed else Money.zero(amount.currency)
    return (
        Leg("reserve.debt", reserve, _of(reserve, "receivable"), debt),
        Leg("reserve.released", reserve, _of(reserve, "available"), amount - debt),
    )


def _of(key: AccountKey, purpose: str) -> AccountKey:
    if key.party_id is None:
        raise ValueError(f"{key.path} is no creator's")
    return chart.creator(purpose, key.party_id, key.currency)
