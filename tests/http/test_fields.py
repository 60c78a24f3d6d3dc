"""Every field takes one spelling of a value."""

import re
import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError as ValidationFault

from foundation.http.fields import (
    SAFE_WORDS,
    FlatObject,
    Identifier,
    MoneyField,
    OneOf,
    QueryNumber,
    Text,
    WholeNumber,
    YesNo,
)
from foundation.http.forms import Words
from foundation.http.serializers import StrictSerializer, errors_of
from foundation.money import LARGEST_IN_JSON, Money


class Form(StrictSerializer):
    total = MoneyField(required=False)
    count = WholeNumber(least=1, most=10, required=False)
    page = QueryNumber(least=-5, most=200, required=False)
    name = Text(max_length=10, required=False)
    note = Text(max_length=10, required=False, allow_blank=True)
    key = Identifier(max_length=10, required=False)
    kind = OneOf(["a", "b"], required=False)
    gift = YesNo(required=False)
    facts = FlatObject(required=False)


def refused(**values):
    form = Form(data=values)
    assert not form.is_valid(), form.validated_data
    return errors_of(form.errors)


def read(**values):
    form = Form(data=values)
    form.is_valid(raise_exception=True)
    return form.validated_data


HOSTILE = [
    True, False, None, "1", "1.00", "1,00", "１", "١٢", "", "\x00", [], [1], {}, 1.0, 0.001, float("nan"), float("inf"),
    2**53, 2**63, 10**30, -1, 0,
]  # fmt: skip


@pytest.mark.parametrize("amount", HOSTILE, ids=repr)
def test_an_amount_is_a_positive_whole_number_that_json_readers_can_count(amount):
    assert refused(total={"amount_minor": amount, "currency": "USD"})[0]["field"] == "total"


@pytest.mark.parametrize("currency", ["usd", "US", "USDX", "XXX", "", None, 1, ["USD"], "ＵＳＤ", "USD "])
def test_a_currency_is_one_of_the_list(currency):
    assert refused(total={"amount_minor": 1, "currency": currency})[0]["code"] == "currency"


@pytest.mark.parametrize("total", [1, "1", [], {}, {"amount_minor": 1}, {"amount_minor": 1, "currency": "USD", "x": 1}])
def test_money_is_an_object_of_two(total):
    assert refused(total=total)[0]["code"] == "invalid"


@pytest.mark.parametrize("amount", [1, LARGEST_IN_JSON])
def test_money_is_read_and_written(amount):
    money = read(total={"amount_minor": amount, "currency": "JPY"})["total"]
    assert money == Money(amount, "JPY")
    assert MoneyField().to_representation(money) == {"amount_minor": amount, "currency": "JPY"}


def test_more_money_than_json_can_carry_is_a_bug_not_a_wrong_number():
    with pytest.raises(OverflowError):
        MoneyField().to_representation(Money(LARGEST_IN_JSON + 1, "USD"))


@pytest.mark.parametrize("count", [0, 11, True, 1.0, "1", None, [], {}, 2**63])
def test_a_whole_number_has_bounds_and_one_type(count):
    assert refused(count=count)


@pytest.mark.parametrize("page", ["", "1.0", "-0", "01", "+1", "１", "1e1", "201", "-6", " 1", "1\n", "9" * 30])
def test_a_number_in_a_query_has_one_spelling(page):
    assert refused(page=page)


def test_numbers_in_a_query_are_read():
    assert [read(page=text)["page"] for text in ("0", "-5", "200")] == [0, -5, 200]


@pytest.mark.parametrize("text", ["a\u200bb", "\u202eevil", "a\x07", "a\u2066b", "a\ufeff", "a\x85b", "a\u00adb"])
def test_hidden_and_turning_characters_are_refused(text):
    assert refused(name=text)[0]["code"] == "characters"


def test_words_are_composed_so_that_twins_are_one():
    assert read(name="cafe\u0301")["name"] == read(name="caf\u00e9")["name"] == "caf\u00e9"


@pytest.mark.parametrize("text", ["👩‍👩‍👧", "日本語", "مرحبا", "a\tb\nc", "ﷺ"])
def test_words_of_any_script_are_kept(text):
    assert read(name=text)["name"] == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("text", ["", " ", "\n", "\u3000", "x" * 11, 1, None, ["a"], True])
def test_words_are_words(text):
    assert refused(name=text)


def test_blank_words_where_they_are_welcome():
    assert read(note="")["note"] == ""


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=10))
def test_the_schema_promises_exactly_what_the_field_takes(text):
    is_promised = re.fullmatch(SAFE_WORDS.strip("^$"), text) is not None
    assert Form(data={"name": text}).is_valid() == is_promised


@pytest.mark.parametrize("key", ["", "a b", "é", "a\n", "x" * 11, 1, None, "\u0430"])
def test_an_identifier_is_printable_ascii(key):
    assert refused(key=key)


@pytest.mark.parametrize("kind", ["", "c", 1, None, ["a"], {"a": 1}, True])
def test_a_choice_does_not_repeat_what_was_sent(kind):
    (error,) = refused(kind=kind)
    assert error["detail"] in ("Not one of the words this field takes.", "This field may not be null.")


@pytest.mark.parametrize("gift", ["true", 1, 0, "", None, "on"])
def test_yes_is_true_and_no_is_false(gift):
    assert refused(gift=gift)


@pytest.mark.parametrize(
    "facts",
    [
        1, [], "x", None, {"A": 1}, {"": 1}, {"a b": 1}, {"a": []}, {"a": {}}, {"a": 1.5}, {"a": 2**53},
        {"a": "\u202e"},
        {"a": "x" * 1001}, {f"a{n}": 1 for n in range(51)}, {"a\n": 1},
    ],
)  # fmt: skip
def test_an_object_of_plain_values_is_flat_and_bounded(facts):
    assert refused(facts=facts)


def test_plain_values_are_kept():
    facts = {"text": "é\n", "number": -(2**53) + 1, "yes": True, "nothing": None}
    assert read(facts=facts)["facts"] == facts


class Texts(FlatObject):
    takes_texts_alone = True


@pytest.mark.parametrize("value", [1, True, None, [], {}])
def test_an_object_of_texts_holds_nothing_else(value):
    with pytest.raises(ValidationFault):
        Texts().run_validation({"a": value})
    assert Texts().run_validation({"a": "x", "b": ""}) == {"a": "x", "b": ""}


def test_unknown_fields_are_named():
    assert refused(kind="a", is_staff=True, platform="x") == [
        {"field": name, "code": "unknown_field", "detail": "There is no such field."}
        for name in ("is_staff", "platform")
    ]


class Story(StrictSerializer):
    words = Text(max_length=200, required=False)
    sought = Text(max_length=200, required=False, is_kept=False)


CARDS = ["4111111111111111", "paid with 4111 1111 1111 1111", "5555-5555-5555-4444!", "amex 378282246310005"]


@pytest.mark.parametrize("words", CARDS)
def test_a_card_number_is_not_kept_in_words(words):
    form = Story(data={"words": words})
    assert not form.is_valid()
    assert errors_of(form.errors)[0]["code"] == "card"
    assert Story(data={"sought": words}).is_valid(), "what is only looked for is not kept"
    with pytest.raises(ValidationError):
        Words(max_length=200).clean(words)


@pytest.mark.parametrize("words", ["order 4111111111111112", "PO-0199", "call +47 400 00 000", "2026-11-21 02:53"])
def test_other_numbers_are_words(words):
    assert Story(data={"words": words}).is_valid()
    assert Words(max_length=200).clean(words) == words


@pytest.mark.parametrize("words", ["Petra\u202e", "Pet\u200bra", "a\u0007", "\u2066x"])
def test_words_in_a_form_hide_and_reorder_nothing(words):
    with pytest.raises(ValidationError):
        Words(max_length=200).clean(words)


def test_words_in_a_form_are_composed():
    assert Words(max_length=200).clean("Zoe\u0308") == "Zo\u00eb"
