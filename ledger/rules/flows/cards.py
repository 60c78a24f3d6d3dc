"""FanzCards: loaded, authorised (a hold, no posting), cleared, refunded and settled with the card partner."""

from __future__ import annotations

from uuid import UUID

from foundation.money import Money
from ledger import chart
from ledger.rules.legs import Leg, Legs, Reserve, least
from ledger.types import AccountKey


def load(party_id: UUID, amount: Money, paid_from: AccountKey) -> Legs:
    """Money moves from a wallet or from available earnings onto the card."""
    return (Leg("card.loaded", paid_from, spendable(party_id, amount.currency), amount),)


def unload(party_id: UUID, amount: Money, paid_to: AccountKey) -> Legs:
    """Unspent money moves back."""
    return (Leg("card.unloaded", spendable(party_id, amount.currency), paid_to, amount),)


def authorise(party_id: UUID, amount: Money) -> Reserve:
    """A shop asks: so much is held on the card until it clears, is voided or runs out."""
    return Reserve(spendable(party_id, amount.currency), amount)


def clear(party_id: UUID, amount: Money, held: Money) -> tuple[Leg, Leg]:
    """The shop takes what was held (the first leg captures the hold); a tip on top is a leg of its own."""
    card, owed = spendable(party_id, amount.currency), settlement(amount.currency)
    within = least(amount, held)
    return Leg("card.cleared", card, owed, within), Leg("card.cleared_beyond", card, owed, amount - within)


def take_back(party_id: UUID, amount: Money) -> Legs:
    """A shop gives money back to the card."""
    return (Leg("card.refunded", settlement(amount.currency), spendable(party_id, amount.currency), amount),)


def cash_back(party_id: UUID, amount: Money) -> Legs:
    """A part of a purchase by card comes back as a reward; we pay it."""
    promotion = chart.account("platform", "promotion", amount.currency)
    return (Leg("card.cash_back", promotion, spendable(party_id, amount.currency), amount),)


def settle(amount: Money, rail: str) -> Legs:
    """We pay the card partner what its shops were paid."""
    return (Leg("card.settled", settlement(amount.currency), chart.bank("cash", rail, amount.currency), amount),)


def spendable(party_id: UUID, currency: str) -> AccountKey:
    return chart.account("card", "spendable", currency, party=party_id)


def settlement(currency: str) -> AccountKey:
    return chart.account("card", "settlement", currency)
