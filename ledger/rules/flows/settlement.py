"""A processor pays out what it charged for us, less its fees and what it keeps back."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.money import Money
from ledger import chart
from ledger.rules.legs import Leg, Legs
from ledger.types import AccountKey


@dataclass(frozen=True, slots=True)
class Statement:
    """What a settlement file says, all in one currency. `paid` is negative when the processor debits us."""

    processor: str
    rail: str
    gross: Money
    """Sales less refunds and disputes: what our clearing account should be relieved of."""
    fees: Money
    kept_back: Money
    released: Money
    """Of earlier reserves."""
    paid: Money

    @property
    def difference(self) -> Money:
        """What the file does not explain; positive when more was paid than it should."""
        return self.paid - (self.gross - self.fees - self.kept_back + self.released)


def settle(statement: Statement) -> Legs:
    """Clearing is relieved of what the file covers; fees are expense, the reserve is ours still, money is at the bank.

    What does not add up goes to suspense, where it is somebody's work.
    """
    nothing = Money.zero(statement.paid.currency)
    clearing = chart.clearing(statement.processor, nothing.currency)
    reserve = _of(statement, "reserve")
    cash = chart.bank("cash", statement.rail, nothing.currency)
    suspense = chart.account("suspense", "unmatched", nothing.currency)
    return (
        *_either_way("settlement.paid", cash, clearing, statement.paid),
        Leg("settlement.fees", _of(statement, "fees"), clearing, statement.fees),
        Leg("settlement.kept_back", reserve, clearing, statement.kept_back),
        Leg("settlement.released", clearing, reserve, statement.released),
        *_either_way("settlement.difference", clearing, suspense, statement.difference),
    )


def resolve(owner: AccountKey, amount: Money, *, was_too_much: bool) -> Legs:
    """A difference is explained: it moves from suspense to the account it belongs to."""
    suspense = chart.account("suspense", "unmatched", amount.currency)
    return _either_way("suspense.resolved", suspense, owner, amount if was_too_much else -amount)


def _of(statement: Statement, purpose: str) -> AccountKey:
    return chart.account("processor", purpose, statement.paid.currency, source=statement.processor)


def _either_way(kind: str, debit: AccountKey, credit: AccountKey, amount: Money) -> Legs:
    return (Leg(kind, debit, credit, amount) if amount.minor >= 0 else Leg(kind, credit, debit, -amount),)
