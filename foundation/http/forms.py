"""Fields of pages that take what the API's fields take."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator

from foundation.http.amounts import plain_amount
from foundation.http.fields import CARD_IN_WORDS, UNSAFE_WORDS, is_safe
from foundation.logs import holds_card
from foundation.money import Money


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


def parse_amount(text: str, left: Money) -> Money:
    """`12.5` in minor units; refuses what is no amount, has too many digits, is nothing, or more than is left."""
    try:
        value = Decimal(text.replace(" ", "").replace("\N{NO-BREAK SPACE}", "").replace(",", "."))
        minor = value.scaleb(left.exponent)
    except InvalidOperation:
        raise forms.ValidationError(f"Write it in digits, like {plain_amount(left)}.") from None
    if not minor.is_finite() or minor != minor.to_integral_value():
        raise forms.ValidationError(f"{left.currency} has {left.exponent} digits behind the point.")
    if minor <= 0:
        raise forms.ValidationError("Enter more than nothing.")
    if minor > left.minor:
        raise forms.ValidationError(f"Enter at most {plain_amount(left)}: that is all that is left.")
    return Money(int(minor), left.currency)
