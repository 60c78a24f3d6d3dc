"""Taking back from a creator what was earned and is not theirs any more, and collecting what stayed owed."""

from __future__ import annotations

from collections.abc import Iterable

from foundation.money import Money
from ledger import chart
from ledger.rules.legs import Leg, Legs, Source, fill
from ledger.types import AccountKey

# The order in which a creator's money is taken; within pending the sale's own line, then its platform's, then others.
# Escrow is not here: payouts cancels the newest payout first, which brings its money back (`payouts.cancel`).
ORDER = ("uncounted", "available", "pending", "reserve")


def in_order(sources: Iterable[Source], line: AccountKey, *, is_counted: bool = True) -> list[Source]:
    """Available, then pending, then what is kept back. An uncounted share pays for its own line only, and first."""

    def place(source: Source) -> tuple[object, ...]:
        key = source.account
        return (
            ORDER.index(key.purpose),
            key.source != line.source or key.platform_id != line.platform_id,
            key.platform_id != line.platform_id,
            key.path,
        )

    usable = [
        source
        for source in sources
        if source.account.purpose in ORDER
        and (source.account.purpose != "uncounted" or (not is_counted and _is_same_line(source.account, line)))
    ]
    return sorted(usable, key=place)


def _is_same_line(one: AccountKey, other: AccountKey) -> bool:
    return (one.platform_id, one.source) == (other.platform_id, other.source)


def claw_back(into: AccountKey, wanted: Money, sources: Iterable[Source], owing: AccountKey) -> Legs:
    """Take from the sources in their order; what they do not hold becomes a debt, so `into` always gets all of it."""
    taken, missing = fill("clawback.taken", sources, into, wanted)
    return (*taken, Leg("clawback.owed", owing, into, missing))


def collect(sources: Iterable[Source], owing: AccountKey, owed: Money) -> Legs:
    """Fill a debt from money that is there."""
    legs, _ = fill("debt.collected", sources, owing, owed)
    return legs


def give_up(owing: AccountKey, amount: Money) -> Legs:
    """Write a debt off: it becomes our loss and is not asked for any more."""
    return (Leg("debt.written_off", chart.account("write_off", "loss", owing.currency), owing, amount),)


def recover(paid_from: AccountKey, amount: Money) -> Legs:
    """A debt given up is paid after all and lessens the loss."""
    return (Leg("debt.recovered", paid_from, chart.account("write_off", "loss", paid_from.currency), amount),)
