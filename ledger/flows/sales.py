"""Booking sales, and reading them back for whatever befalls them later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from foundation.errors import NotFound
from foundation.ids import named_id
from foundation.money import Money
from ledger import chart
from ledger.flows.journal import (
    Journal,
    creator_of,
    moved,
    opened,
    post_decided,
    post_filling_debt,
    post_journals,
    stamped,
)
from ledger.rules.flows import sales, tokens
from ledger.rules.flows.refunds import Sold
from ledger.rules.flows.sales import Sale
from ledger.rules.legs import Moved, leg_id
from ledger.types import AccountKey

RELEASE = ("sale.counted", "sale.debt")


def record_sale(*, journal_id: UUID, sold: Sale, effective_at: datetime | None = None) -> Journal:
    """Book a sale, once; what the creator owes is filled from the share."""
    return post_filling_debt(
        journal_id=journal_id,
        asked=_asked(sold),
        creator_id=sold.creator_id,
        currency=sold.gross.currency,
        legs=lambda owed: sales.sale(sold, owed),
        effective_at=effective_at,
    )


def record_sales(sales_of: Sequence[tuple[UUID, Sale, datetime | None]]) -> None:
    """Book many sales as `record_sale` books each, in as few calls as there are; the caller's transaction is one."""
    together = []
    debts = {chart.creator("receivable", sold.creator_id, sold.gross.currency) for _, sold, _ in sales_of}
    owing = opened(debts)
    for journal_id, sold, effective_at in sales_of:
        if chart.creator("receivable", sold.creator_id, sold.gross.currency) in owing:
            record_sale(journal_id=journal_id, sold=sold, effective_at=effective_at)
        else:
            asked = {**_asked(sold), "creator_id": sold.creator_id}
            legs = stamped(sales.sale(sold), asked, sold.creator_id, effective_at)
            together.append((journal_id, legs, effective_at))
    post_journals(together)


def spend_tokens(
    *, journal_id: UUID, fan_id: UUID, spent: Money, sold: Sale, effective_at: datetime | None = None
) -> Journal:
    """Book a tip or purchase in tokens, once. InsufficientBalance when the fan has not as many."""
    return post_filling_debt(
        journal_id=journal_id,
        asked={**_asked(sold), "fan_id": fan_id, "tokens": spent},
        creator_id=sold.creator_id,
        currency=sold.gross.currency,
        legs=lambda owed: tokens.spend(fan_id, spent, sold, owed),
        effective_at=effective_at,
    )


def count_sale(*, sale_journal_id: UUID, effective_at: datetime | None = None) -> Journal:
    """Release the share of an uncounted sale, less what was refunded meanwhile; one release per sale.

    NotFound when there is no such sale.
    """
    sold = read_sold(sale_journal_id)
    if sold.earned.party_id is None or sold.earned.platform_id is None:
        raise NotFound("ledger.no_creator", "The sale has no creator's share.")
    uncounted = _line(sold.earned, "uncounted")
    return post_decided(
        journal_id=_release_of(sale_journal_id),
        asked={"sale": sale_journal_id},
        creator_id=sold.earned.party_id,
        currency=sold.earned.currency,
        decide=lambda standing: sales.count_sale(uncounted, read_sold(sale_journal_id).share.left, standing.owed),
        effective_at=effective_at,
    )


def read_sold(sale_journal_id: UUID, paid_again: Iterable[UUID] = ()) -> Sold:
    """A booked sale as it stands now. `paid_again`: the journals of disputes won about it.

    NotFound when there is no such sale.
    """
    at = {kind: leg_id(sale_journal_id, kind) for kind in ("sale.paid", "sale.share", "sale.fee", "sale.tax")}
    again = [leg_id(journal, "dispute.won") for journal in paid_again]
    waiting = leg_id(sale_journal_id, "sale.earned")
    released = [leg_id(_release_of(sale_journal_id), kind) for kind in RELEASE]
    legs = moved([*at.values(), *again, waiting, *released])
    if at["sale.paid"] not in legs:
        raise NotFound("ledger.no_sale", "There is no such sale.", journal_id=str(sale_journal_id))
    paid = legs[at["sale.paid"]]
    earned = _earned(paid, legs.get(at["sale.share"]), at["sale.paid"])
    sales_account, platform_id, product = paid.credit, paid.credit.platform_id, paid.credit.source
    nothing = Money.zero(paid.amount.currency)
    unposted = {
        "sale.share": earned,
        "sale.fee": chart.revenue(platform_id, product, nothing.currency),
        "sale.tax": chart.account("tax", "payable", nothing.currency, platform=platform_id, source="none"),
    }
    share, fee, tax = (
        legs.get(at[kind]) or Moved(at[kind], sales_account, credit, nothing, nothing)
        for kind, credit in unposted.items()
    )
    return Sold(
        paid=(paid, *(legs[id] for id in again if id in legs)),
        share=share,
        fee=fee,
        tax=tax,
        is_counted=waiting not in legs
        or legs[waiting].credit.purpose == "pending"
        or any(id in legs for id in released),
    )


def _earned(paid: Moved, share: Moved | None, paid_id: UUID) -> AccountKey:
    """The creator's line, also when the share was nothing."""
    if share:
        return share.credit
    creator_id = creator_of(paid_id)
    if creator_id is None or paid.credit.platform_id is None:
        raise NotFound("ledger.no_sale", "There is no such sale.")
    return chart.earning_line("earned", creator_id, paid.credit.platform_id, paid.credit.source, paid.credit.currency)


def _line(earned: AccountKey, purpose: str) -> AccountKey:
    return AccountKey("creator", purpose, earned.currency, earned.party_id, earned.platform_id, earned.source)


def _release_of(sale_journal_id: UUID) -> UUID:
    return named_id("ledger.counted", sale_journal_id)


def _asked(sold: Sale) -> dict[str, Any]:
    return {
        field.name: value.path if isinstance(value := getattr(sold, field.name), AccountKey) else value
        for field in fields(sold)
    }
