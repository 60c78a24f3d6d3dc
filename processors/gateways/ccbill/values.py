"""Prices, currencies, times and digests as CCBill writes them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from foundation.errors import Invalid
from foundation.money import Money
from processors.gateways.decoding import major, money
from processors.gateways.types import Merchant

NUMERIC: Final[Mapping[str, int]] = {"USD": 840, "EUR": 978, "GBP": 826, "CAD": 124, "AUD": 36, "JPY": 392}
LETTERS: Final = {number: letters for letters, number in NUMERIC.items()}
USUAL: Final[Mapping[str, Any]] = {
    "api_url": "https://api.ccbill.com",
    "forms_url": "https://api.ccbill.com",
    "datalink_url": "https://datalink.ccbill.com",
    "subaccount": "0000",
    "time_zone": "America/Phoenix",
    "single_period_days": 30,
    "asks_threeds": "after_refusal",
    "source_ranges": ("64.38.212.0/24", "64.38.215.0/24", "64.38.240.0/24", "64.38.241.0/24"),
}
"""What an account's settings may change."""


def value(merchant: Merchant, name: str) -> Any:
    """A setting of the account, what stands beside its secrets, or the usual; Invalid when none has it."""
    for known in (merchant.settings, merchant.secrets, USUAL):
        if name in known:
            return known[name]
    raise Invalid("ccbill.not_set_up", f"The account {merchant.slug} has no {name}.")


def price(amount: Money) -> str:
    """Major units with two decimals, in every currency."""
    return major(amount, 2)


def numeric(currency: str) -> int:
    """The numeric code; Invalid for a currency CCBill does not take."""
    if currency not in NUMERIC:
        raise Invalid("ccbill.currency", "CCBill does not take this currency.", currency=currency)
    return NUMERIC[currency]


def amount_of(amount: Any, currency: Any) -> Money:
    """An amount with its currency, by letters or by number; Invalid for anything else."""
    said = str(currency).strip()
    if said.isascii() and said.isdigit():
        said = LETTERS.get(int(said[:6]), said)
    return money(amount, said)


def zone(merchant: Merchant) -> ZoneInfo:
    return ZoneInfo(str(value(merchant, "time_zone")))


def moment(text: Any, where: ZoneInfo) -> datetime:
    """A time of the account's clock; Invalid for what is none."""
    try:
        return datetime.strptime(str(text)[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=where)
    except ValueError as error:
        raise Invalid("ccbill.bad_time", "Not a time of CCBill's.") from error


def form_digest(parts: Iterable[str], salt: str) -> str:
    """The proof in a form's address: price, period, currency and, between them, what recurs."""
    return hashlib.md5(("".join(parts) + salt).encode(), usedforsecurity=False).hexdigest()


def proof_digest(number: str, *, approved: bool, salt: str) -> str:
    """The proof of a webhook: the subscription that was opened, or the transaction that was denied."""
    return hashlib.md5(f"{number}{1 if approved else 0}{salt}".encode(), usedforsecurity=False).hexdigest()


def is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.lower().encode(), other.lower().encode())
