"""What arrives from providers, read without guessing: no float, no NaN, no name said twice."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

from foundation.errors import Invalid
from foundation.money import EXPONENTS, LARGEST_IN_DATABASE, Money

MOST_FIELDS, MOST_DIGITS = 500, 30


def json_object(body: bytes) -> dict[str, Any]:
    """A JSON object; numbers with a point are Decimal. Invalid for everything else."""
    try:
        read = json.loads(body, object_pairs_hook=_once, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Invalid("gateways.unreadable", "The body is not a JSON object.") from error
    if not isinstance(read, dict):
        raise Invalid("gateways.unreadable", "The body is not a JSON object.")
    return read


def form(body: bytes) -> dict[str, str]:
    """The fields of a form; Invalid when one is said twice."""
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        return _once(pairs)
    except ValueError as error:
        raise Invalid("gateways.unreadable", "The body is not a form.") from error


def money(amount: Any, currency: str) -> Money:
    """An amount in major units as money; Invalid for what is no exact amount of this currency."""
    if currency not in EXPONENTS or isinstance(amount, bool | float) or not isinstance(amount, int | str | Decimal):
        raise Invalid("gateways.bad_amount", "Not an amount of a currency we know.", currency=currency[:10])
    text = str(amount).strip()
    try:
        if len(text) > MOST_DIGITS or not text.isascii() or "_" in text:
            raise InvalidOperation
        minor = Decimal(text).scaleb(EXPONENTS[currency])
        whole = int(minor)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise Invalid("gateways.bad_amount", "Not an exact amount.") from error
    if whole != minor or abs(whole) > LARGEST_IN_DATABASE:
        raise Invalid("gateways.bad_amount", "Not an exact amount.")
    return Money(whole, currency)


def major(amount: Money, digits: int) -> str:
    """Money in major units with this many digits behind the point."""
    return f"{Decimal(amount.minor).scaleb(-amount.exponent):.{digits}f}"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name is said twice")
    return read


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number")
