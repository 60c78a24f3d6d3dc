"""Statements say what the books say, to the cent and by the same numbers."""

import csv
import io
from datetime import date

import pytest

from foundation import clock
from foundation.errors import Invalid, NotFound
from foundation.ids import uuid7
from ledger.exports import Format
from ledger.selectors import list_journal
from payouts.life.services import cancel_payout
from payouts.statements.selectors import export_months, read_statement
from tests.cast import HOUSE
from tests.payouts.scene import ask, on, rich, usd

pytestmark = pytest.mark.django_db


def this_month() -> date:
    return clock.now().date().replace(day=1)


def test_a_month_opens_moves_and_closes_at_the_balance_of_the_page(desk):
    creator_id = rich(500_00)
    kept, given_up = ask(creator_id, 100_00), ask(creator_id, 50_00)
    cancel_payout(payout_id=given_up.pk, reason="changed my mind", by=HOUSE, at=clock.now())

    sums = read_statement(creator_id, "USD", this_month())
    assert (sums.opening, sums.credits, sums.debits) == (usd(0), usd(550_00), usd(150_00))
    assert sums.closing == usd(on("available", creator_id)) == usd(400_00)

    file = export_months(creator_id, "USD", this_month(), form=Format.CSV)
    text = b"".join(file.parts).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert (rows[0]["kind"], rows[-1]["kind"]) == ("opening", "closing")
    (leg,) = list_journal(kept.pk)
    assert str(leg.id) in text
    assert str(creator_id) not in text
    assert file.name.startswith(f"statement-usd-{this_month():%Y%m%d}")


def test_twelve_months_are_a_document(desk):
    creator_id = rich(500_00)
    last_year = this_month().replace(year=this_month().year - 1)
    paper = b"".join(export_months(creator_id, "USD", last_year, months=13, form=Format.PDF).parts)
    assert paper.startswith(b"%PDF-")
    assert read_statement(creator_id, "USD", last_year, months=12).movements == 0


def test_who_never_had_anything_has_no_statement_and_none_is_longer_than_three_years(desk):
    with pytest.raises(NotFound):
        read_statement(uuid7(), "USD", this_month())
    with pytest.raises(Invalid):
        export_months(rich(100_00), "USD", this_month(), months=37)
