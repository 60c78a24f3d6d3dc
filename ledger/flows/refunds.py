"""Giving money back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from foundation.money import Money
from ledger.flows.journal import Journal, post_decided
from ledger.flows.sales import read_sold
from ledger.rules.flows import refunds
from ledger.rules.flows.refunds import FeePolicy


def refund_sale(
    *,
    journal_id: UUID,
    sale_journal_id: UUID,
    amount: Money,
    policy: FeePolicy = FeePolicy.RETURNED,
    paid_again: Iterable[UUID] = (),
    effective_at: datetime | None = None,
) -> Journal:
    """Give back some or all of a sale, once, to where it was paid from.

    ReversedTooMuch beyond what is left of it, disputed money included: that cannot be refunded as well.
    """
    again = tuple(paid_again)
    sold = read_sold(sale_journal_id, again)
    return post_decided(
        journal_id=journal_id,
        asked={"sale": sale_journal_id, "amount": amount, "policy": policy},
        creator_id=sold.creator_id,
        currency=amount.currency,
        decide=lambda standing: refunds.refund(read_sold(sale_journal_id, again), amount, policy, standing.sources),
        effective_at=effective_at,
    )
