"""Prices, currencies and times as CCBill writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

# Numeric code: letters, and what one unit is worth on the merchant's books in dollars.
CURRENCIES = {
    840: ("USD", Decimal("1")),
    978: ("EUR", Decimal("1.10")),
    826: ("GBP", Decimal("1.30")),
    124: ("CAD", Decimal("0.75")),
    36: ("AUD", Decimal("0.65")),
    392: ("JPY", Decimal("0.0067")),
}
HIGHEST_PRICE = Decimal("100000")
CENT = Decimal("0.01")
ARIZONA = timezone(timedelta(hours=-7))  # assumed: the account's time


def price_of(value: Any) -> Decimal:
    """A price of at most two decimals; raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError("Problem with data type")
    if isinstance(value, str) and not re.fullmatch(r"\d{1,9}(\.\d{1,2})?", value):
        raise ValueError("Problem with attribute digit format")
    try:
        price = Decimal(value)
        whole = price.quantize(CENT)
    except InvalidOperation as wrong:
        raise ValueError("Problem with attribute digit format") from wrong
    if whole != price or not 0 <= price <= HIGHEST_PRICE:
        raise ValueError("Problem with attribute digit format")
    return whole


def currency_of(value: Any) -> int:
    """A numeric currency code, also with its leading zero; raises ValueError for anything else."""
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or int(text[:9]) not in CURRENCIES:
        raise ValueError("Problem with the attribute values")
    return int(text)


def in_dollars(price: Decimal, currency: int) -> Decimal:
    return (price * CURRENCIES[currency][1]).quantize(CENT)


def code_text(currency: int) -> str:
    return f"{currency:03d}"


def moment(at: datetime) -> str:
    return f"{at.astimezone(ARIZONA):%Y-%m-%d %H:%M:%S}"


def day(at: datetime | None) -> str:
    return f"{at.astimezone(ARIZONA):%Y-%m-%d}" if at else ""


def short_day(at: datetime | None) -> str:
    return f"{at.astimezone(ARIZONA):%Y%m%d}" if at else ""


def read_moment(text: str) -> datetime:
    """The time in a report's address; raises ValueError."""
    if not re.fullmatch(r"\d{14}", text):
        raise ValueError("startTime and endTime are YYYYMMDDHHMMSS")
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=ARIZONA).astimezone(UTC)
