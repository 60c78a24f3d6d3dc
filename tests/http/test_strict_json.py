"""A request body has one meaning or is refused."""

import json

import pytest

from foundation.errors import Invalid, Refusal
from foundation.http.strict_json import DEEPEST, MOST_BYTES, read_json


def code_of(raw):
    with pytest.raises(Refusal) as refused:
        read_json(raw)
    return refused.value.code


def test_plain_values_are_read_as_they_are():
    body = {"text": "héllo 🎉\n", "number": -(2**63) + 1, "list": [True, None, {}], "zero": 0}
    assert read_json(json.dumps(body).encode()) == body


@pytest.mark.parametrize(
    "number",
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e309",
        "1e5",
        "0.001",
        "1.0",
        "-0",
        "-0.0",
        "9223372036854775808",
        "1" + "0" * 5000,
    ],
)
def test_a_number_is_whole_and_in_range(number):
    assert code_of(f'{{"amount_minor": {number}}}'.encode()) == "json.number"


@pytest.mark.parametrize("number", ["1,00", "０", "١٢", "+1", "01", "0x10", "1_000", ".5", "--1", "1 000"])
def test_a_number_has_json_spelling(number):
    assert code_of(f'{{"amount_minor": {number}}}'.encode()) == "json.malformed"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"a": 1, "a": 2}', "json.duplicate_key"),
        (b'{"a": {"b": 1, "b": 1}}', "json.duplicate_key"),
        (b'{"a": "x\\u0000"}', "json.null_character"),
        (b'{"\\u0000": 1}', "json.null_character"),
        (b'{"a": "\\ud800"}', "json.broken_text"),
        (b'{"\\udfff": 1}', "json.broken_text"),
        (b'{"a": "\x00"}', "json.malformed"),
        (b"\xff\xfe{}", "json.not_utf8"),
        (b"\xef\xbb\xbf{}", "json.malformed"),
        (b"", "json.malformed"),
        (b"{} {}", "json.malformed"),
        (b"{'a': 1}", "json.malformed"),
        (b"[" * 100_000, "json.too_deep"),
        (b"[" * 10_000 + b"]" * 10_000, "json.too_deep"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "json.too_deep"),
        (b'"' + b"x" * MOST_BYTES + b'"', "request.too_large"),
    ],
)
def test_what_others_might_read_differently_is_refused(raw, code):
    assert code_of(raw) == code


def test_nesting_ends_at_the_limit():
    assert read_json(b"[" * DEEPEST + b"]" * DEEPEST)
    with pytest.raises(Invalid):
        read_json(b"[" * (DEEPEST + 1) + b"1" + b"]" * (DEEPEST + 1))


def test_a_pair_of_surrogates_is_one_character():
    assert read_json(b'"\\ud83c\\udf89"') == "🎉"
