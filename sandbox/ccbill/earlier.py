"""Sales from before this start: nothing is kept on disk, so whoever remembers them may say so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.ccbill.book import Sale, Subscription
from sandbox.ccbill.company import Company
from sandbox.ccbill.outcomes import magic_card
from sandbox.ccbill.values import price_of

CARD = "testtokenapprovedearlier"


def remember(company: Company, said: Mapping[str, Any]) -> dict[str, int]:
    """Take `{"sales": [[number, what is left of the price, currency's number, time], …]}`; a known number stays."""
    given, come = said.get("sales"), 0
    if not isinstance(given, list):
        raise ValueError("sales is a list of [number, price, currency, time]")
    for row in given:
        if not isinstance(row, list) or len(row) != 4 or not str(row[0]).isdecimal():
            raise ValueError("a sale is [number, price, currency, time]")
        number, price, at = str(row[0]), price_of(str(row[1])), datetime.fromisoformat(str(row[3]))
        if company.book.sale_named(number) is None:
            _add(company, number, price, int(row[2]), at)
            come += 1
    return {"remembered": come}


def _add(company: Company, number: str, price: Decimal, currency: int, at: datetime) -> None:
    card = magic_card(CARD, company.account.salt, at)
    if card is None:
        raise ValueError("the card of earlier sales is none")
    sale = Sale(
        id=number, kind="earlier", subscription_id=number, token=CARD, card=card, amount=price, told=price,
        currency=currency, at=at, decline=0, customer={}, named={},
    )  # fmt: skip
    company.book.add(sale)
    bought = Subscription(
        id=number, first=sale, initial_period=0, recurring_price=Decimal(), recurring_period=0, rebills=0, due_at=None,
        sales=[sale],
    )  # fmt: skip
    company.book.subscriptions.put(number, bought)
