"""A payout: available, escrow, in transit, paid; and its ways back."""

from __future__ import annotations

from uuid import UUID

from foundation.money import Money
from ledger import chart
from ledger.rules.legs import Leg, Legs, least
from ledger.types import AccountKey


def request(creator_id: UUID, amount: Money) -> Legs:
    """The creator asks for money: it leaves available and waits in escrow."""
    return (Leg("payout.requested", _at("available", creator_id, amount), _at("escrow", creator_id, amount), amount),)


def withhold(creator_id: UUID, kept: Money, scheme: str) -> Legs:
    """Tax is kept back of what the creator asked for, before the rest waits in escrow; it is owed to the tax office."""
    return (Leg("payout.withheld", _at("available", creator_id, kept), _owed(scheme, kept), kept),)


def give_withheld_back(creator_id: UUID, kept: Money, scheme: str, owed: Money | None = None) -> Legs:
    """The payout did not reach its creator: what was kept back of it is available again."""
    place, debt = _owed(scheme, kept), _debt(kept, owed)
    return (
        Leg("payout.withheld_back", place, _at("available", creator_id, kept), kept - debt),
        Leg("payout.debt", place, _at("receivable", creator_id, kept), debt),
    )


def send(creator_id: UUID, amount: Money, fee: Money | None = None) -> Legs:
    """The money is handed to the rail; a fee, where the method has one, stays with us."""
    fee = fee or Money.zero(amount.currency)
    escrow = _at("escrow", creator_id, amount)
    return (
        Leg("payout.sent", escrow, _at("in_transit", creator_id, amount), amount - fee),
        Leg("payout.fee", escrow, chart.revenue(None, "payout", amount.currency), fee),
    )


def unsend(creator_id: UUID, amount: Money, fee: Money | None = None) -> Legs:
    """Certain that nothing reached the rail: it waits in escrow again, the fee with it."""
    fee = fee or Money.zero(amount.currency)
    escrow = _at("escrow", creator_id, amount)
    return (
        Leg("payout.unsent", _at("in_transit", creator_id, amount), escrow, amount - fee),
        Leg("payout.fee_back", chart.revenue(None, "payout", amount.currency), escrow, fee),
    )


def confirm(creator_id: UUID, amount: Money, rail: str, rail_fee: Money | None = None) -> Legs:
    """The rail says it arrived: our account at the bank is less by what was sent and what the rail charges."""
    cash = chart.bank("cash", rail, amount.currency)
    charged = rail_fee or Money.zero(amount.currency)
    return (
        Leg("payout.paid", _at("in_transit", creator_id, amount), cash, amount),
        Leg("payout.rail_fee", chart.bank("fees", rail, amount.currency), cash, charged),
    )


def confirm_coins(creator_id: UUID, amount: Money, network_fee: Money | None = None) -> Legs:
    """A payout in coins left the treasury; the network's fee is ours."""
    treasury = chart.account("treasury", "crypto", amount.currency)
    charged = network_fee or Money.zero(amount.currency)
    return (
        Leg("payout.paid", _at("in_transit", creator_id, amount), treasury, amount),
        Leg("payout.rail_fee", chart.bank("fees", "network", amount.currency), treasury, charged),
    )


def cancel(creator_id: UUID, amount: Money, owed: Money | None = None) -> Legs:
    """Not sent after all: what is owed is taken from it, the rest is available again."""
    return _back("payout.cancelled", "escrow", creator_id, amount, owed)


def fail(creator_id: UUID, amount: Money, owed: Money | None = None, fee: Money | None = None) -> Legs:
    """The rail refused it before it left: as if cancelled, from in transit; a fee that was taken comes back."""
    fee = fee or Money.zero(amount.currency)
    return (
        Leg(
            "payout.fee_back", chart.revenue(None, "payout", amount.currency),
            _at("in_transit", creator_id, amount), fee,
        ),
        *_back("payout.failed", "in_transit", creator_id, amount, owed),
    )  # fmt: skip


def come_back(creator_id: UUID, amount: Money, rail: str, owed: Money | None = None) -> Legs:
    """A payout that was paid is returned by the bank; coins go back to the treasury."""
    (cash, _), debt = _ours(rail, amount.currency), _debt(amount, owed)
    return (
        Leg("payout.returned", cash, _at("available", creator_id, amount), amount - debt),
        Leg("payout.debt", cash, _at("receivable", creator_id, amount), debt),
    )


def charge_return(rail: str, kept: Money) -> Legs:
    """What banks kept of a payout that came back is ours to bear, like all that rails charge."""
    cash, fees = _ours(rail, kept.currency)
    return (Leg("payout.rail_fee", fees, cash, kept),)


def _ours(rail: str, currency: str) -> tuple[AccountKey, AccountKey]:
    """Where our money at a rail lies, and where its charges stand."""
    if rail == "crypto":
        return chart.account("treasury", "crypto", currency), chart.bank("fees", "network", currency)
    return chart.bank("cash", rail, currency), chart.bank("fees", rail, currency)


def _back(kind: str, purpose: str, creator_id: UUID, amount: Money, owed: Money | None) -> Legs:
    place, debt = _at(purpose, creator_id, amount), _debt(amount, owed)
    return (
        Leg(kind, place, _at("available", creator_id, amount), amount - debt),
        Leg("payout.debt", place, _at("receivable", creator_id, amount), debt),
    )


def _owed(scheme: str, kept: Money) -> AccountKey:
    return chart.account("tax", "payable", kept.currency, source=scheme)


def _debt(amount: Money, owed: Money | None) -> Money:
    return least(owed, amount) if owed else Money.zero(amount.currency)


def _at(purpose: str, creator_id: UUID, amount: Money) -> AccountKey:
    return chart.creator(purpose, creator_id, amount.currency)
