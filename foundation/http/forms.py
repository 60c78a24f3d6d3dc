"""Fields of pages that take what the API's fields take."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator

from foundation.http.amounts import plain_amount
from foundation.http.fields import CARD_IN_WORDS, UNSAFE_WORDS, is_safe
from foundation.logs import holds_card
from foundation.money import EXPONENTS, LARGEST_IN_JSON, Money


class Words(forms.CharField):
    """Words of a person, without characters that hide or reorder, composed, and without a card's number."""

    default_error_messages = {"characters": UNSAFE_WORDS, "card": CARD_IN_WORDS}

    def to_python(self, value: Any) -> str:
        return unicodedata.normalize("NFC", super().to_python(value) or "")

    def validate(self, value: str) -> None:
        super().validate(value)
        for code, is_wrong in (("characters", not is_safe(value)), ("card", holds_card(value))):
            if is_wrong:
                raise ValidationError(self.error_messages[code], code=code)


class Day(forms.DateField):
    """A day of the calendar, far enough from its ends that days and zones can be added and taken away."""

    first, last = date(1970, 1, 1), date(2999, 12, 31)

    def __init__(self, **kwargs: Any) -> None:
        limits = {"type": "date", "min": self.first.isoformat(), "max": self.last.isoformat()}
        validators = [MinValueValidator(self.first), MaxValueValidator(self.last)]
        super().__init__(widget=forms.DateInput(attrs=limits), validators=validators, **kwargs)


def read_amount(text: str, currency: str) -> Money:
    """`12.5` or `12,50` of a currency; refuses what is no amount, has too many digits, or could mean thousands."""
    exponent = EXPONENTS[currency]
    found = re.fullmatch(r"([0-9]{1,18})(?:([.,])([0-9]*))?", re.sub(r"\s", "", text))
    if not found:
        raise ValidationError(f"Write it in digits, like {plain_amount(Money(125 * 10**exponent, currency))}.")
    whole, mark, part = found[1], found[2], found[3] or ""
    if mark == "," and len(part) == 3:
        raise ValidationError("Write thousands without a comma, and parts behind a point.")
    if len(part.rstrip("0")) > exponent:
        raise ValidationError(f"{currency} has {exponent} digits behind the point.")
    minor = int(whole + part[:exponent].ljust(exponent, "0"))
    if minor > LARGEST_IN_JSON:
        raise ValidationError("That is more than can be counted.")
    return Money(minor, currency)


def parse_amount(text: str, left: Money) -> Money:
    """`12.5` of what is left; refuses what is no amount, has too many digits, is nothing, or more than is left."""
    amount = read_amount(text, left.currency)
    if not amount.minor:
        raise ValidationError("Enter more than nothing.")
    if amount.minor > left.minor:
        raise ValidationError(f"Enter at most {plain_amount(left)}: that is all that is left.")
    return amount
