"""What is taken away says what the page says, begins at once, and calculates nothing behind anybody's back."""

import csv
import io
import json
import re
from datetime import UTC, datetime

import pytest

from foundation.errors import Invalid, NotFound
from foundation.http.tables import download
from ledger import exports
from ledger.exports import Format, export_statement, export_trial_balance, filename
from ledger.selectors import get_statement, get_trial_balance, list_statement
from ledger.services import post, post_many
from tests.ledger.books import pay, wallet, world

BEFORE, LATER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def whole(parts):
    return b"".join(parts)


@pytest.fixture
def maya():
    sam, maya = wallet(1000), wallet()
    post(pay(sam, maya, 300, kind="tip"))
    post(pay(maya, sam, 120))
    return maya


def test_the_sheet_opens_moves_and_closes_like_the_statement(maya):
    rows = list(csv.DictReader(io.StringIO(whole(export_statement(maya, BEFORE, LATER, form=Format.CSV)).decode())))

    assert [(row["kind"], row["credit"], row["debit"], row["balance"]) for row in rows] == [
        ("opening", "", "", "0.00"), ("tip", "3.00", "", "3.00"), ("sale", "", "1.20", "1.80"),
        ("closing", "", "", "1.80"),
    ]  # fmt: skip
    assert rows[1]["time"].endswith("Z")
    assert rows[1]["other_account"].startswith("story:")


def test_lines_of_json_carry_whole_minor_units(maya):
    rows = [json.loads(x) for x in whole(export_statement(maya, BEFORE, LATER, form=Format.JSONL)).splitlines()]

    assert rows[0]["opening"] == {"amount_minor": 0, "currency": "USD"}
    assert [row["amount"]["amount_minor"] for row in rows[1:3]] == [300, -120]
    assert rows[-1]["closing"] == {"amount_minor": 180, "currency": "USD"}


def test_paper_is_paper_and_the_same_every_time(maya):
    first, again = (whole(export_statement(maya, BEFORE, LATER, form=Format.PDF)) for _ in range(2))

    assert first.startswith(b"%PDF-1.")
    assert first == again


def test_who_may_not_know_people_gets_numbers(maya):
    sheet = whole(export_statement(maya, BEFORE, LATER, form=Format.CSV, shows_paths=False)).decode()

    assert "story:" not in sheet
    assert str(list_statement(maya, BEFORE, LATER).lines[0].other_id) in sheet


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", " ="])
def test_no_cell_of_an_export_is_a_formula(begin):
    """XW6: the words of a movement come from outside."""
    source, otto = world(), wallet()
    post(pay(source, otto, 7, kind=f"{begin}cmd|calc"))
    post(pay(otto, source, 3, kind=f"{begin}1+1"))
    balance = get_trial_balance()

    cells = [
        cell
        for export in (
            export_statement(otto, BEFORE, LATER, form=Format.CSV), export_trial_balance(balance, form=Format.CSV)
        )
        for row in csv.reader(io.StringIO(whole(export).decode(), newline=""))
        for cell in row
    ]  # fmt: skip

    assert f"'{begin}1+1" in cells
    assert [cell for cell in cells if cell.strip(" ")[:1] in ("=", "+", "@", "\t", "\r")] == []
    assert [cell for cell in cells if cell.startswith("-") and not re.fullmatch(r"-\d+\.\d\d", cell)] == []


def test_refusals_come_before_the_first_byte(maya, monkeypatch):
    monkeypatch.setattr(exports, "MOST_LINES_ON_PAPER", 1)

    for form in Format:
        with pytest.raises(NotFound):
            export_statement(4_000_000, BEFORE, LATER, form=form)
        with pytest.raises(Invalid):
            export_statement(maya, LATER, BEFORE, form=form)
    with pytest.raises(Invalid) as refused:
        export_statement(maya, BEFORE, LATER, form=Format.PDF)
    assert refused.value.code == "ledger.too_long_for_paper"


def test_the_trial_balance_is_taken_away_with_its_proof(maya):
    balance = get_trial_balance()

    rows = list(csv.reader(io.StringIO(whole(export_trial_balance(balance, form=Format.CSV)).decode())))
    lines = [json.loads(x) for x in whole(export_trial_balance(balance, form=Format.JSONL)).splitlines()]

    assert rows[-1] == ["total", "", "USD", "", "10.00", "10.00"]
    assert lines[-1]["debit"] == lines[-1]["credit"] == {"amount_minor": 1000, "currency": "USD"}
    assert whole(export_trial_balance(balance, form=Format.PDF)).startswith(b"%PDF")
    assert maya


def test_a_file_is_named_by_the_days_it_holds():
    since, until = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    assert filename("statement-7", since, until, Format.CSV) == "statement-7-20260501-20260531.csv"


def test_a_year_of_a_busy_creator_fits_on_paper():
    sam, maya = wallet(10_000_000), wallet()
    for _ in range(10):
        post_many([pay(sam, maya, 1 + n % 7, kind="subscription") for n in range(1000)])

    paper = whole(export_statement(maya, BEFORE, LATER, form=Format.PDF))

    assert get_statement(maya, BEFORE, LATER).movements == 10_000
    assert len(paper) > 50_000


def test_a_file_to_keep_says_its_name_and_is_sent_part_by_part():
    response = download(iter([b"a", b"b"]), content_type="text/csv", filename="x.csv")
    assert response.streaming
    assert whole(response) == b"ab"
    assert response.headers["Content-Disposition"] == 'attachment; filename="x.csv"'
