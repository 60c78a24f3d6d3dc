"""Tax figures by the table: what is withheld, which numbers can be, when a form runs out, which documents are due."""

from datetime import UTC, date, datetime

import pytest

from compliance.tax.rules.documents import documents_due, is_k_due
from compliance.tax.rules.numbers import read_number
from compliance.tax.rules.profiles import expires_on, read_form
from compliance.tax.rules.withholding import withheld
from compliance.tax.rules.years import YEARS, rules_of
from compliance.tax.states import Document, Form, Scheme
from compliance.tax.types import ProfileView, YearFigures
from foundation.ids import uuid7
from foundation.money import Money

TODAY = date(2026, 11, 21)


def usd(minor):
    return Money(minor, "USD")


def profile(form=Form.W9, **changes):
    facts = {
        "country": "US" if form is Form.W9 else "DE", "tin_ending": "6789", "treaty_country": "", "us_percent": 0,
        "signed_at": datetime(2026, 1, 2, tzinfo=UTC), "expires_on": expires_on(form, date(2026, 1, 2)),
    }  # fmt: skip
    return ProfileView(uuid7(), uuid7(), 1, form, **{**facts, **changes})


@pytest.mark.parametrize(
    ("signed", "minor", "scheme"),
    [
        (None, 0, Scheme.NONE),
        (profile(), 0, Scheme.NONE),
        (profile(tin_ending=""), 24_00, Scheme.BACKUP),
        (profile(Form.W8BEN), 0, Scheme.NONE),
        (profile(Form.W8BEN, us_percent=100), 30_00, Scheme.FOREIGN),
        (profile(Form.W8BEN, us_percent=50), 15_00, Scheme.FOREIGN),
        (profile(Form.W8BEN, us_percent=50, treaty_country="DE"), 0, Scheme.NONE),
        (profile(Form.W8BEN, us_percent=50, treaty_country="DE", tin_ending=""), 15_00, Scheme.FOREIGN),
        (profile(Form.W8BEN, us_percent=100, treaty_country="DE", expires_on=date(2026, 11, 20)), 30_00,
         Scheme.FOREIGN),
        (profile(Form.W8BENE, us_percent=10, country="BR"), 3_00, Scheme.FOREIGN),
    ],
)  # fmt: skip
def test_what_is_withheld_of_a_hundred_dollars(signed, minor, scheme):
    kept = withheld(usd(100_00), signed, TODAY)
    assert (kept.amount, kept.scheme) == (usd(minor), scheme)
    assert kept.why


@pytest.mark.parametrize(("minor", "kept"), [(1, 0), (2, 0), (3, 1), (99, 24), (1_000_01, 240_00)])
def test_withholding_is_whole_cents_and_never_more_than_there_is(minor, kept):
    assert withheld(usd(minor), profile(tin_ending=""), TODAY).amount == usd(kept)


@pytest.mark.parametrize(
    ("country", "text", "read"),
    [
        ("US", "123-45-6789", "123456789"), ("US", "000-00-0000", None), ("US", "12-3456789", "123456789"),
        ("DE", "36 574 261 809", "36574261809"), ("DE", "36574261808", None), ("GB", "1955839661", "1955839661"),
        ("BR", "123.456", "123456"), ("BR", "1", None), ("BR", "1234" * 9, None),
    ],
)  # fmt: skip
def test_numbers_are_read_by_the_rules_of_their_country(country, text, read):
    assert read_number(country, text) == read


def test_a_w8_holds_to_the_end_of_the_third_year_after_it_was_signed():
    assert expires_on(Form.W8BEN, date(2026, 2, 1)) == date(2029, 12, 31)
    assert expires_on(Form.W9, date(2026, 2, 1)) is None


@pytest.mark.parametrize(
    ("form", "changes", "field"),
    [
        (Form.W9, {"country": "DE"}, "country"), (Form.W8BEN, {"country": "US"}, "country"),
        (Form.W9, {"tin": "000-00-0000"}, "tin"), (Form.W9, {"signature": "Somebody Else"}, "signature"),
        (Form.W8BEN, {"birth_date": "31.5.1990"}, "birth_date"),
        (Form.W8BEN, {"birth_date": "2020-01-01"}, "birth_date"),
        (Form.W8BEN, {"tin": ""}, "tin"), (Form.W8BEN, {"treaty_country": "FR"}, "treaty_country"),
        (Form.W8BEN, {"us_percent": 101}, "us_percent"), (Form.W9, {"street": " "}, "street"),
    ],
)  # fmt: skip
def test_what_cannot_be_signed_names_its_field(form, changes, field):
    given = {
        "name": "Maya Moss", "street": "1 Main St", "town": "Reno", "post_code": "89501", "signature": "maya moss",
        "country": "US" if form is Form.W9 else "DE", "tin": "123-45-6789" if form is Form.W9 else "36574261809",
        "birth_date": "1990-05-31",
    }  # fmt: skip
    more = {"treaty_country": "", "us_percent": 0}
    fine = read_form(form, given, **more, today=TODAY)
    assert fine.wrong == {}
    asked = {name: changes.get(name, value) for name, value in more.items()}
    assert field in read_form(form, given | changes, **asked, today=TODAY).wrong


def figures(received, withheld_minor=0, gross=0, sales=0, year=2026):
    return YearFigures(uuid7(), year, usd(received), usd(gross), sales, usd(withheld_minor))


def test_a_1099_nec_is_made_from_the_years_own_threshold_on():
    assert (rules_of(2025).nec_least, rules_of(2026).nec_least, rules_of(2031)) == (600_00, 2_000_00, YEARS[2026])
    assert list(documents_due(figures(1_999_99), profile())) == []
    assert [kind for kind, _ in documents_due(figures(2_000_00), profile())] == [Document.NEC]
    assert [kind for kind, _ in documents_due(figures(600_00, year=2025), None)] == [Document.NEC]
    assert [kind for kind, _ in documents_due(figures(50_00, 12_00), profile())] == [Document.NEC]
    assert list(documents_due(figures(9_000_00), profile(Form.W8BEN, country="BR"))) == []


def test_a_1099_k_needs_both_bounds_passed():
    rules = rules_of(2026)
    assert is_k_due(figures(0, gross=20_000_01, sales=201), rules)
    assert not is_k_due(figures(0, gross=20_000_00, sales=201), rules)
    assert not is_k_due(figures(0, gross=90_000_00, sales=200), rules)
