"""Earnings settle, reserves end, debts are collected, advances repaid."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from foundation.errors import Invalid
from foundation.money import Money
from ledger import chart
from ledger.flows.journal import Journal, Standing, is_opened, post_decided, post_filling_debt
from ledger.rules.flows import clawback, credit, earnings, payouts
from ledger.rules.legs import Legs, Source
from ledger.selectors import find_account, get_balance
from ledger.types import AccountKey


def settle_earnings(
    *, journal_id: UUID, pending: AccountKey, amount: Money, reserve_basis_points: int = 0,
    effective_at: datetime | None = None,
) -> Journal:  # fmt: skip
    """One line of a creator settles for a day, debts first. InsufficientBalance beyond what is free on it."""
    return post_filling_debt(
        journal_id=journal_id,
        asked={"pending": pending.path, "amount": amount, "reserve": reserve_basis_points},
        creator_id=_party(pending),
        currency=amount.currency,
        legs=lambda owed: earnings.settle(pending, amount, reserve_basis_points=reserve_basis_points, owed=owed),
        effective_at=effective_at,
    )


def release_reserve(
    *, journal_id: UUID, creator_id: UUID, amount: Money, effective_at: datetime | None = None
) -> Journal:
    """What was kept back is the creator's again, less what is owed."""
    reserve = chart.creator("reserve", creator_id, amount.currency)
    return post_filling_debt(
        journal_id=journal_id,
        asked={"reserve": reserve.path, "amount": amount},
        creator_id=creator_id,
        currency=amount.currency,
        legs=lambda owed: earnings.release_reserve(reserve, amount, owed),
        effective_at=effective_at,
    )


def cancel_payout(*, journal_id: UUID, creator_id: UUID, amount: Money) -> Journal:
    """Escrow goes back to available, less what is owed."""
    return _back(journal_id, creator_id, amount, "cancelled", lambda owed: payouts.cancel(creator_id, amount, owed))


def fail_payout(*, journal_id: UUID, creator_id: UUID, amount: Money, fee: Money | None = None) -> Journal:
    """What was on its way and did not leave goes back to available, less what is owed; `fee` of it was ours."""
    return _back(journal_id, creator_id, amount, "failed", lambda owed: payouts.fail(creator_id, amount, owed, fee))


def return_payout(
    *, journal_id: UUID, creator_id: UUID, amount: Money, rail: str, kept: Money | None = None, was_paid: bool = True
) -> Journal:
    """A payout came back; all of it goes to available, less what is owed, and what banks kept of it is our charge."""
    charge = payouts.charge_return(rail, kept) if kept else ()
    what = (f"returned:{rail}" if was_paid else "failed") + (f":{kept}" if kept else "")

    def legs(owed: Money) -> Legs:
        back = payouts.come_back(creator_id, amount, rail, owed) if was_paid else payouts.fail(creator_id, amount, owed)
        return (*back, *charge)

    return _back(journal_id, creator_id, amount, what, legs)


def give_withheld_back(*, journal_id: UUID, creator_id: UUID, amount: Money, scheme: str) -> Journal:
    """Tax kept back of a payout that did not arrive goes to available, less what is owed."""
    return _back(
        journal_id, creator_id, amount, f"withheld:{scheme}",
        lambda owed: payouts.give_withheld_back(creator_id, amount, scheme, owed),
    )  # fmt: skip


def claw_back(
    *, journal_id: UUID, creator_id: UUID, amount: Money, into: AccountKey, line: AccountKey | None = None,
    effective_at: datetime | None = None,
) -> Journal:  # fmt: skip
    """Take money from a creator for another reason than a refund: available, pending, then a debt."""

    def decide(standing: Standing) -> Legs:
        owing = chart.creator("receivable", creator_id, amount.currency)
        return clawback.claw_back(into, amount, clawback.in_order(standing.sources, line or owing), owing)

    return post_decided(
        journal_id=journal_id, asked={"into": into.path, "amount": amount}, creator_id=creator_id,
        currency=amount.currency, decide=decide, effective_at=effective_at,
    )  # fmt: skip


def collect_debt(*, journal_id: UUID, creator_id: UUID, currency: str) -> Journal:
    """Fill what a creator owes from available, then pending; nothing is posted when nothing is owed or there.

    For whoever lets held money go: debts are not filled from it while it is held.
    """
    owing = chart.creator("receivable", creator_id, currency)
    if not is_opened(owing):
        return Journal(journal_id, False, ())

    def decide(standing: Standing) -> Legs:
        return clawback.collect(clawback.in_order(standing.sources, owing), owing, standing.owed)

    return post_decided(
        journal_id=journal_id, asked={"collect": currency}, creator_id=creator_id, currency=currency, decide=decide
    )


def repay_credit(*, journal_id: UUID, creator_id: UUID, wanted: Money) -> Journal:
    """An instalment of an advance: at most what is owed, at most what is available."""

    def decide(standing: Standing) -> Legs:
        owing = find_account(credit.receivable(creator_id, wanted.currency))
        owed = -get_balance(owing).posted if owing else Money.zero(wanted.currency)
        return credit.repay(creator_id, wanted, owed, _available(standing, creator_id, wanted.currency))

    return post_decided(
        journal_id=journal_id, asked={"wanted": wanted}, creator_id=creator_id, currency=wanted.currency, decide=decide
    )


def _available(standing: Standing, creator_id: UUID, currency: str) -> Source:
    return standing.free(chart.creator("available", creator_id, currency))


def _back(journal_id: UUID, creator_id: UUID, amount: Money, what: str, legs) -> Journal:  # type: ignore[no-untyped-def]
    """Under the creator's balances, whether or not anything is owed: what comes back may have to be held."""
    return post_decided(
        journal_id=journal_id, asked={"payout": what, "amount": amount, "creator_id": creator_id},
        creator_id=creator_id, currency=amount.currency, decide=lambda standing: legs(standing.owed),
    )  # fmt: skip


def _party(key: AccountKey) -> UUID:
    if key.party_id is None:
        raise Invalid("ledger.no_creator", "This is no creator's account.", account=key.path)
    return key.party_id
