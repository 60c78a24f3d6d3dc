"""Scenes of flows: Maya sells on BoyFanz, Sam pays through RocketGate."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from foundation.ids import named_id, uuid7
from foundation.money import Money
from ledger import chart
from ledger.flows import record_sale
from ledger.rules.flows.sales import Product, Sale
from ledger.selectors import find_account, get_balance, list_journal
from ledger.services import open_account, post
from ledger.types import AccountKey, Posting
from tests.cast import platform
from tests.ledger.books import usd

MAYA, SAM = named_id("scene", "Maya"), named_id("scene", "Sam")
ROCKETGATE = chart.clearing("rocketgate", "USD")


def boyfanz() -> UUID:
    return platform().pk


def month(**changes: Any) -> Sale:
    """23.80 for a month with Maya, 3.80 of it tax, 80 / 20."""
    facts: dict[str, Any] = {
        "platform_id": boyfanz(), "product": Product.SUBSCRIPTION, "creator_id": MAYA, "gross": usd(23_80),
        "tax": usd(3_80), "creator_basis_points": 8_000, "paid_from": ROCKETGATE, "jurisdiction": "de",
    }  # fmt: skip
    return Sale(**{**facts, **changes})


def sell(**changes: Any) -> UUID:
    """A booked sale; returns its journal's id."""
    return record_sale(journal_id=uuid7(), sold=month(**changes)).id


def line(purpose: str, product: str = Product.SUBSCRIPTION, slug: str = "boyfanz") -> AccountKey:
    return chart.earning_line(purpose, MAYA, platform(slug).pk, product, "USD")


def maya(purpose: str) -> AccountKey:
    return chart.creator(purpose, MAYA, "USD")


def house(kind: str, purpose: str, **parts: Any) -> AccountKey:
    return chart.account(kind, purpose, "USD", **parts)


def revenue(product: str = Product.SUBSCRIPTION) -> AccountKey:
    return chart.revenue(boyfanz(), product, "USD")


def tax() -> AccountKey:
    return house("tax", "payable", platform=boyfanz(), source="de")


def on(key: AccountKey) -> int:
    """What stands on an account; nothing when nobody opened it."""
    account = find_account(key)
    return get_balance(account).posted.minor if account else 0


def held_on(key: AccountKey) -> int:
    account = find_account(key)
    return get_balance(account).held.minor if account else 0


def put(key: AccountKey, minor: int) -> None:
    """Money comes from outside onto an account."""
    world = open_account(AccountKey("story", "world", key.currency))
    post(Posting(uuid7(), world, open_account(key), Money(minor, key.currency), "story"))


def legs(journal_id: UUID) -> dict[str, int]:
    """What a journal moved, by the kind of its legs."""
    moved: dict[str, int] = {}
    for leg in list_journal(journal_id):
        moved[leg.kind] = moved.get(leg.kind, 0) + leg.amount.minor
    return moved
