"""JSON read so that a text has one meaning here and everywhere else, or is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from foundation.errors import Invalid, Refusal

MOST_BYTES = 1024 * 1024
DEEPEST = 32
LARGEST = 2**63 - 1


class TooLarge(Refusal):
    status, title, default_code = 413, "The request body is too large", "request.too_large"


class UnsupportedMedia(Refusal):
    status, title, default_code = (
        415,
        "The request body is not of a type this address takes",
        "request.unsupported_media",
    )


def read_json(raw: bytes) -> Any:
    """The value of a request body: whole numbers, well-formed text, each key once, of bounded depth."""
    if len(raw) > MOST_BYTES:
        raise TooLarge()
    try:
        value = json.loads(
            raw.decode(),
            parse_constant=_constant,
            parse_float=_fraction,
            parse_int=_whole,
            object_pairs_hook=_each_once,
        )
    except UnicodeDecodeError:
        _refuse("json.not_utf8", "The body is not UTF-8 text.")
    except json.JSONDecodeError as error:
        _refuse("json.malformed", f"The body is not JSON: {error.msg} at character {error.pos}.")
    except RecursionError:
        _refuse("json.too_deep", f"The body is nested deeper than {DEEPEST} levels.")
    for text in _texts(value):
        refuse_broken_text(text)
    return value


def refuse_broken_text(text: str) -> None:
    if "\x00" in text:
        _refuse("json.null_character", "A text holds the null character.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        _refuse("json.broken_text", "A text holds half of a surrogate pair.")


def _texts(value: Any) -> Iterator[str]:
    level = [value]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                yield item
            elif isinstance(item, dict):
                yield from item
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        level = below
    if level:
        _refuse("json.too_deep", f"The body is nested deeper than {DEEPEST} levels.")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        _refuse("json.duplicate_key", "A key stands twice in one object.")
    return found


def _whole(digits: str) -> int:
    if digits == "-0" or len(digits) > 20 or abs(int(digits)) > LARGEST:
        _refuse("json.number", "A number is out of range.")
    return int(digits)


def _fraction(digits: str) -> NoReturn:
    _refuse("json.number", "Numbers are whole: amounts in minor units; rates and scores are texts.")


def _constant(name: str) -> NoReturn:
    _refuse("json.number", "NaN and infinities are not numbers here.")


def _refuse(code: str, detail: str) -> NoReturn:
    raise Invalid(code, detail)
