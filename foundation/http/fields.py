"""Fields that take one spelling of a value and say so in the schema."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

from foundation.logs import holds_card
from foundation.money import EXPONENTS, LARGEST_IN_JSON, Money

# Control characters, zero-width and direction-changing ones; tab and line feed stay, and the joiners of emoji.
_UNSAFE = (
    "\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e"
    "\\u2060-\\u2069\\ufeff\\ufff9-\\ufffb"
)
SAFE_WORDS = f"^[^{_UNSAFE}]*[^{_UNSAFE}\\s][^{_UNSAFE}]*$"
SAFE_OR_EMPTY = f"^[^{_UNSAFE}]*$"
PROGRAM_NAME = "^[!-~]+$"
# What can stand between two slashes of an address: no slash, and neither "." nor "..", which clients walk away.
PART_OF_ADDRESS = r"^(\.{0,2}[!-\-0-~][!-.0-~]*|\.{3}[!-.0-~]*)$"
UNSAFE_WORDS = "Holds characters that cannot be shown safely."
CARD_IN_WORDS = "Holds what may be the number of a card. Card numbers are not kept here."


class WholeNumber(serializers.Field):
    """A JSON integer between two bounds; neither a text of digits, nor a float, nor true."""

    default_error_messages = {
        "invalid": "A whole number is needed.",
        "out_of_range": "A whole number from {least} to {most} is needed.",
    }

    def __init__(self, *, least: int = -LARGEST_IN_JSON, most: int = LARGEST_IN_JSON, **kwargs: Any) -> None:
        self.least, self.most = least, most
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        if not self.least <= data <= self.most:
            self.fail("out_of_range", least=self.least, most=self.most)
        return data

    def to_representation(self, value: int) -> int:
        return int(value)


class QueryNumber(WholeNumber):
    """A whole number in a query, where everything is text: ASCII digits alone."""

    def to_internal_value(self, data: Any) -> int:
        if not re.fullmatch(r"0|-?[1-9][0-9]{0,18}", str(data)):
            self.fail("invalid")
        return super().to_internal_value(int(data))


class MoneyField(serializers.Field):
    """`{"amount_minor": 1234, "currency": "USD"}`, read to Money."""

    default_error_messages = {
        "invalid": "An object with amount_minor and currency is needed.",
        "amount": "amount_minor is a whole number from {least} to {most}.",
        "currency": "currency is one of the currencies kept here, in capital letters.",
    }

    def __init__(self, *, least: int = 1, most: int = LARGEST_IN_JSON, **kwargs: Any) -> None:
        self.least, self.most = least, most
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Money:
        if not isinstance(data, dict) or set(data) != {"amount_minor", "currency"}:
            self.fail("invalid")
        amount, currency = data["amount_minor"], data["currency"]
        if type(amount) is not int or not self.least <= amount <= self.most:
            self.fail("amount", least=self.least, most=self.most)
        if not isinstance(currency, str) or currency not in EXPONENTS:
            self.fail("currency")
        return Money(amount, currency)

    def to_representation(self, value: Money) -> dict[str, Any]:
        if abs(value.minor) > LARGEST_IN_JSON:
            raise OverflowError("more money than JSON readers can count")
        return {"amount_minor": value.minor, "currency": value.currency}


class Text(serializers.CharField):
    """Words of a person, without characters that hide, reorder or break; composed where it fits."""

    default_error_messages = {"characters": UNSAFE_WORDS, "card": CARD_IN_WORDS}

    def __init__(self, *, max_length: int, is_kept: bool = True, **kwargs: Any) -> None:
        self.is_kept = is_kept
        self.pattern = SAFE_OR_EMPTY if kwargs.get("allow_blank") else SAFE_WORDS
        super().__init__(max_length=max_length, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if not is_safe(data):
            self.fail("characters")
        if self.is_kept and holds_card(data):
            self.fail("card")
        composed = unicodedata.normalize("NFC", data)
        return super().to_internal_value(composed if len(composed) <= (self.max_length or 0) else data)


class Identifier(serializers.CharField):
    """A name that programs give: printable ASCII without spaces, so that no two look alike."""

    pattern = PROGRAM_NAME
    default_error_messages = {"characters": "Printable ASCII without spaces is needed."}

    def __init__(self, *, max_length: int = 120, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if data and not re.search(_as_python(self.pattern), data):
            self.fail("characters")
        return super().to_internal_value(data)


class AddressPart(Identifier):
    """An identifier by which its thing is reached: a part of its address."""

    pattern = PART_OF_ADDRESS
    default_error_messages = {"characters": 'Printable ASCII without spaces and slashes is needed, not "." or "..".'}


class Address(serializers.IPAddressField):
    """An address of the internet, of either version; the schema names both."""


class OneOf(serializers.ChoiceField):
    """One word of a list; the refusal does not repeat what was sent."""

    default_error_messages = {"invalid_choice": "Not one of the words this field takes."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice")
        return data


class YesNo(serializers.BooleanField):
    """true or false, not a word that means it."""

    default_error_messages = {"invalid": "true or false is needed."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


def is_safe(words: str) -> bool:
    """Whether nothing in these words hides, reorders or breaks."""
    return bool(re.search(_as_python(SAFE_OR_EMPTY), words))


class FlatObject(serializers.Field):
    """Named plain values whose names belong to something else than the schema: texts, whole numbers, yes or no."""

    most_entries, longest_text, name_pattern = 50, 1000, "^[a-z][a-z0-9_]{0,59}$"
    takes_texts_alone = False
    default_error_messages = {"invalid": "An object of plain values under plain names is needed."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict) or len(data) > self.most_entries:
            self.fail("invalid")
        if not all(re.search(_as_python(self.name_pattern), name) and self._is_plain(data[name]) for name in data):
            self.fail("invalid")
        return data

    def _is_plain(self, value: Any) -> bool:
        if isinstance(value, str):
            return len(value) <= self.longest_text and re.search(_as_python(SAFE_OR_EMPTY), value) is not None
        if self.takes_texts_alone:
            return False
        return value is None or isinstance(value, bool) or (type(value) is int and abs(value) <= LARGEST_IN_JSON)

    def to_representation(self, value: Any) -> Any:
        return value


def _as_python(pattern: str) -> str:
    """In Python `$` also matches before a last line feed; in a JSON schema it does not."""
    return pattern.removesuffix("$") + r"\Z"


class _FieldSchema(OpenApiSerializerFieldExtension):
    match_subclasses = True


class WholeNumberSchema(_FieldSchema):
    target_class = "foundation.http.fields.WholeNumber"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.target.least, "maximum": self.target.most}


class MoneySchema(_FieldSchema):
    target_class = "foundation.http.fields.MoneyField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        least, most = (
            (self.target.least, self.target.most) if direction == "request" else (-LARGEST_IN_JSON, LARGEST_IN_JSON)
        )
        return {
            "type": "object",
            "properties": {
                "amount_minor": {"type": "integer", "minimum": least, "maximum": most},
                "currency": {"type": "string", "enum": sorted(EXPONENTS)},
            },
            "required": ["amount_minor", "currency"],
            "additionalProperties": False,
        }


class AddressSchema(_FieldSchema):
    target_class = "foundation.http.fields.Address"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}


class _PatternSchema(_FieldSchema):
    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string", "maxLength": self.target.max_length}
        if direction == "request":
            schema |= {"pattern": self.target.pattern, "minLength": 0 if self.target.allow_blank else 1}
        return schema


class TextSchema(_PatternSchema):
    target_class = "foundation.http.fields.Text"


class IdentifierSchema(_PatternSchema):
    target_class = "foundation.http.fields.Identifier"


class FlatObjectSchema(_FieldSchema):
    target_class = "foundation.http.fields.FlatObject"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        text = {"type": "string", "maxLength": self.target.longest_text, "pattern": SAFE_OR_EMPTY}
        kinds: list[dict[str, Any]] = [
            text,
            {"type": "integer", "minimum": -LARGEST_IN_JSON, "maximum": LARGEST_IN_JSON},
            {"type": "boolean"},
            {"type": "null"},
        ]
        return {
            "type": "object",
            "maxProperties": self.target.most_entries,
            "propertyNames": {"pattern": self.target.name_pattern},
            "additionalProperties": text if self.target.takes_texts_alone else {"anyOf": kinds},
        }
