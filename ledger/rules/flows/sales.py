"""A sale: the buyer's money is split into the creator's share, our fee and the tax."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from foundation.money import Money
from ledger import chart
from ledger.rules.legs import Leg, Legs, least
from ledger.types import AccountKey


class Product(StrEnum):
    SUBSCRIPTION = "subscription"
    TIP = "tip"
    PPV = "ppv"
    CALL = "call"
    MEDIA = "media"
    MERCHANDISE = "merchandise"


WHOLE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Sale:
    """What was sold to whom, by which split. Tax is part of the gross amount and belongs to nobody here."""

    platform_id: UUID
    product: Product
    creator_id: UUID
    gross: Money
    tax: Money
    creator_basis_points: int
    paid_from: AccountKey
    """A processor's clearing account, a fan's wallet, the token float."""
    jurisdiction: str = "none"
    is_counted: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.creator_basis_points <= WHOLE:
            raise ValueError("a share lies between 0 and 10,000 basis points")
        if not Money.zero(self.gross.currency) <= self.tax < self.gross:
            raise ValueError("tax is a part of what was paid")

    def line(self, purpose: str) -> AccountKey:
        """The creator's account of this purpose for this platform and product."""
        return chart.earning_line(purpose, self.creator_id, self.platform_id, self.product, self.gross.currency)

    @property
    def parts(self) -> tuple[Money, Money]:
        """Share and fee; together what is left after tax."""
        share, fee = (self.gross - self.tax).allocate(self.creator_basis_points, WHOLE - self.creator_basis_points)
        return share, fee


def sale(sold: Sale, owed: Money | None = None) -> Legs:
    """The buyer pays; share, fee and tax part; the share waits in pending until it settles.

    What the creator owes us is filled first. The share of a sale that is not counted yet waits apart and fills nothing.
    """
    currency = sold.gross.currency
    share, fee = sold.parts
    sales = chart.account("platform", "sales", currency, platform=sold.platform_id, source=sold.product)
    tax_payable = chart.account("tax", "payable", currency, platform=sold.platform_id, source=sold.jurisdiction)
    earned = sold.line("earned")
    debt = least(owed, share) if owed and sold.is_counted else Money.zero(currency)
    return (
        Leg("sale.paid", sold.paid_from, sales, sold.gross),
        Leg("sale.share", sales, earned, share),
        Leg("sale.fee", sales, chart.revenue(sold.platform_id, sold.product, currency), fee),
        Leg("sale.tax", sales, tax_payable, sold.tax),
        Leg("sale.debt", earned, chart.creator("receivable", sold.creator_id, currency), debt),
        Leg("sale.earned", earned, sold.line("pending" if sold.is_counted else "uncounted"), share - debt),
    )


def count_sale(uncounted: AccountKey, amount: Money, owed: Money | None = None) -> Legs:
    """A share that waited uncounted is counted after all and joins the others in pending."""
    creator_id, platform_id = _line_of(uncounted)
    pending = chart.earning_line("pending", creator_id, platform_id, uncounted.source, uncounted.currency)
    debt = least(owed, amount) if owed else Money.zero(amount.currency)
    return (
        Leg("sale.counted", uncounted, pending, amount - debt),
        Leg("sale.debt", uncounted, chart.creator("receivable", creator_id, amount.currency), debt),
    )


def _line_of(key: AccountKey) -> tuple[UUID, UUID]:
    if key.party_id is None or key.platform_id is None:
        raise ValueError(f"{key.path} is no creator's line")
    return key.party_id, key.platform_id
