"""Who is refused and why: cards and cents that select an outcome, with CCBill's own codes."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

DECLINES = {
    11: "Transaction Declined",
    15: "Your account is currently being processed",
    18: "Previous Transaction Attempt in request was declined",
    22: "Error contacting bank, please try again later",
    23: "Invalid Credit Card Provided",
    24: "Transaction Denied by Bank",
    25: "Bank Error",
    26: "Card Processing Setup Incorrect for Client",
    27: "System Error, Please Try Again",
    29: "Card Expired",
    31: "Insufficient Funds",
    32: "You must provide CVV2 to complete transaction",
    35: "Card Declined at Pre-Auth SC",
    36: "Unable To Contact Bank",
    37: "We currently do not process for your banks bin",
    38: "Transaction Refused by Issuing Bank",
    39: "You Have Submitted Too Many Times Today",
    40: "The Card you are using is not accepted by this Client",
    41: "Client Inactive",
    42: "Incorrect Address Provided",
    44: "We're sorry, at this time prepaid cards are not allowed. Please try a different card type.",
}
# A buyer may try again after these; every other one ends the hosted form at once.
SOFT = frozenset({11, 22, 24, 25, 27, 31, 32, 36, 38, 42})
REFUSED_BY_ISSUER = 38

# The sandbox's own rule: the cents of a price select a decline.
CENTS = {
    4: 24,
    6: 31,
    7: 29,
    8: 23,
    9: 36,
    11: 32,
    12: 42,
    13: 35,
    14: 39,
    16: 27,
    17: 38,
    18: 26,
    19: 40,
}
# Cents that make the whole call fail, by error code.
THROTTLING_CENTS = {21: 100110, 22: 100111}

TYPED = ("cardNum", "expMonth", "expYear", "cvv2")
BRANDS = (
    ("VISA", re.compile(r"4\d{12}(\d{3})?")),
    ("MASTERCARD", re.compile(r"(5[1-5]|2[2-7])\d{14}")),
    ("AMEX", re.compile(r"3[47]\d{13}")),
    ("DISCOVER", re.compile(r"6(011|5\d\d)\d{12}")),
    ("JCB", re.compile(r"35\d{14}")),
)
SURE_CVV2 = 300  # a cvv2 above it approves even a card of the table that is declined
MAGIC_TOKEN = re.compile(r"testtoken(approved|threeds|disputed|norebill|decline(\d{1,2}))[A-Za-z0-9]{0,40}")


@dataclass(frozen=True)
class Behaviour:
    """What a card does, beyond approving."""

    decline: int = 0
    decline_rebills: int = 0
    needs_threeds: bool = False
    is_disputed: bool = False
    about: str = "approves"


# The sandbox's own test cards.
CARDS = {
    "4111111111111111": Behaviour(),
    "5555555555554444": Behaviour(),
    "378282246310005": Behaviour(),
    "4000000000000002": Behaviour(decline=24, about="24, denied by the bank"),
    "4000000000009995": Behaviour(decline=31, about="31, insufficient funds"),
    "4000000000000069": Behaviour(decline=29, about="29, expired"),
    "4000000000000127": Behaviour(decline=32, about="32, cvv2"),
    "4000000000000119": Behaviour(decline=36, about="36, the bank cannot be reached"),
    "4100000000000019": Behaviour(decline=35, about="35, refused as risky"),
    "4000000000000341": Behaviour(decline_rebills=31, about="approves, then every rebill fails with 31"),
    "4000000000003220": Behaviour(needs_threeds=True, about="needs 3DS: refused with 38 without it"),
    "4000000000000259": Behaviour(is_disputed=True, about="approves, and is charged back a day later"),
}


@dataclass(frozen=True)
class Card:
    """What is kept of a card; its number never is."""

    brand: str
    bin: str
    last4: str
    account: str
    expiry: str
    behaviour: Behaviour


class BadCard(ValueError):
    """What was typed is no card: which field, and why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


def card_of(typed: Mapping[str, Any], salt: str, now: datetime) -> Card:
    """Read a card as it was typed; raises BadCard."""
    number, month, year, cvv2 = (str(typed.get(name, "")).strip() for name in TYPED)
    digits = re.sub(r"[ -]", "", number)
    brand = next((name for name, shape in BRANDS if shape.fullmatch(digits)), "")
    if not brand or not passes_luhn(digits):
        raise BadCard("cardNum", "Invalid credit card number")
    if not re.fullmatch(r"0?[1-9]|1[0-2]", month):
        raise BadCard("expMonth", "Problem with the attribute values")
    if not re.fullmatch(r"20\d\d", year):
        raise BadCard("expYear", "Problem with the attribute values")
    if (int(year), int(month)) < (now.year, now.month):
        raise BadCard("expYear", "Credit card is expired")
    if cvv2 and not re.fullmatch(r"\d{3,4}", cvv2):
        raise BadCard("cvv2", "Problem with attribute size")
    behaviour = CARDS.get(digits, Behaviour())
    if behaviour.decline and cvv2 and int(cvv2) > SURE_CVV2:
        behaviour = Behaviour()
    return Card(brand, digits[:6], digits[-4:], account_hash(digits, salt), f"{int(month):02d}{year[2:]}", behaviour)


def magic_card(token: str, salt: str, now: datetime) -> Card | None:
    """The card behind a token that needs no form: `testtokenapproved`, `testtokendecline24` and so on."""
    named = MAGIC_TOKEN.fullmatch(token)
    if named is None:
        return None
    behaviour = {
        "approved": Behaviour(),
        "threeds": Behaviour(needs_threeds=True),
        "disputed": Behaviour(is_disputed=True),
        "norebill": Behaviour(decline_rebills=31),
    }.get(named[1], Behaviour(decline=int(named[2] or 0)))
    last4 = f"{int(account_hash(token, salt)[:8], 16) % 10_000:04d}"
    return Card("VISA", "411111", last4, account_hash(token, salt), f"12{(now.year + 3) % 100:02d}", behaviour)


def decline_of(price: Decimal, card: Card, *, is_rebill: bool) -> int:
    """The code a charge is refused with, or 0."""
    by_card = card.behaviour.decline_rebills if is_rebill else card.behaviour.decline
    return by_card or CENTS.get(cents(price), 0)


def cents(price: Decimal) -> int:
    return int(price * 100) % 100


def text_of(code: int) -> str:
    return DECLINES.get(code, "Transaction Declined")


def passes_luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def account_hash(text: str, salt: str) -> str:
    return hmac.new(salt.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]
