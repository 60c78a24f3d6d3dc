"""Statements say what the books say, to the cent and by the same numbers."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.test import Client

from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.errors import Invalid, NotFound
from foundation.ids import uuid7
from ledger.exports import Format
from ledger.selectors import list_journal
from payouts.life.services import cancel_payout
from payouts.statements.rules.periods import months_from, period
from payouts.statements.selectors import export_months, list_purses, read_statement
from tests.cast import HOUSE, member, portal_user, signed_in
from tests.payouts.scene import ask, fund, later, method_of, on, rich, usd

pytestmark = pytest.mark.django_db


def this_month() -> date:
    return clock.now().date().replace(day=1)


def test_a_month_opens_moves_and_closes_at_the_balance_of_the_page(desk):
    creator_id = rich(500_00)
    kept, given_up = ask(creator_id, 100_00), ask(creator_id, 50_00)
    cancel_payout(payout_id=given_up.pk, reason="changed my mind", by=HOUSE, at=clock.now())

    sums = read_statement(creator_id, "USD", months_from(this_month()))
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
    paper = b"".join(export_months(creator_id, "USD", last_year, months=12, form=Format.PDF).parts)
    assert paper.startswith(b"%PDF-")
    assert read_statement(creator_id, "USD", months_from(last_year, 12)).movements == 0


def test_who_never_had_anything_has_no_statement_and_none_is_longer_than_a_year(desk):
    with pytest.raises(NotFound):
        read_statement(uuid7(), "USD", months_from(this_month()))
    for wrong in (lambda: months_from(this_month(), 13), lambda: period(date(2025, 1, 1), date(2026, 1, 2)),
                  lambda: period(date(2025, 1, 2), date(2025, 1, 1)), lambda: period(date.max, date.max)):  # fmt: skip
        with pytest.raises(Invalid):
            wrong()


def test_each_month_opens_where_the_one_before_closed_and_the_last_at_the_balance(desk):
    creator_id = rich(500_00)
    later(days=40)
    ask(creator_id, 120_00)
    (purse,) = list_purses(creator_id, until=clock.now() + timedelta(days=1))
    newest, oldest = purse.months
    assert (oldest.closing, newest.opening) == (usd(500_00), usd(500_00))
    assert newest.closing == purse.balance == usd(380_00)


def portal():
    """A creator with two movements, signed in."""
    maya = member("maya")
    fund(maya.party_id, 500_00)
    method_of(maya.party_id)
    ask(maya.party_id, 100_00)
    return signed_in(Client(), portal_user(maya)), maya.party_id


def this_years() -> dict[str, str]:
    first = this_month()
    return {"currency": "USD", "since": f"{first:%Y-%m-%d}", "until": f"{clock.now().date():%Y-%m-%d}"}


def test_a_creator_reads_and_takes_their_own(desk):
    maya, _ = portal()
    (purse,) = maya.get("/api/v1/statements").json()["data"]
    assert purse["months"][0]["closing"] == purse["balance"] == {"amount_minor": 400_00, "currency": "USD"}
    read = maya.get("/api/v1/statements/lines", {**this_years(), "limit": 1}).json()
    (line,) = read["data"]
    assert (read["movements"], line["what"], line["balance"]["amount_minor"]) == (2, "Story", 500_00)
    (then,) = maya.get(read["next"]).json()["data"]
    assert (then["what"], then["balance"]) == ("Payout asked for", read["closing"])
    sheet = b"".join(maya.get("/api/v1/statements/file.csv", this_years()).streaming_content).decode()
    assert then["id"] in sheet
    assert sheet.strip().splitlines()[-1].split(",")[7] == "400.00"
    assert maya.get("/api/v1/statements/file.doc", this_years()).status_code == 404
    long = maya.get("/api/v1/statements/file.pdf", {**this_years(), "since": "2020-01-01"})
    assert (long.status_code, long.json()["errors"][0]["field"]) == (422, "until")


def test_the_page_has_the_balance_the_months_and_files_at_once(desk):
    maya, _ = portal()
    page = maya.get("/starz/statements").content.decode()
    assert page.count("$400.00") >= 2
    href = next(part for part in page.split('"') if part.endswith("form=pdf"))
    paper = maya.get(href.replace("&amp;", "&"))
    assert b"".join(paper.streaming_content).startswith(b"%PDF-")
    assert AuditRecord.objects.filter(action="statement.taken").count() == 1
    wrong = maya.get("/starz/statements/file", {**this_years(), "since": "2020-01-01", "form": "csv"})
    assert (wrong.status_code, "at most 366 days" in wrong.content.decode()) == (400, True)


def test_nobody_sees_another_creators_lines(desk):
    portal()
    otto = signed_in(Client(), portal_user(member("otto-creates")))
    assert otto.get("/api/v1/statements").json() == {"data": []}
    assert otto.get("/api/v1/statements/lines", this_years()).status_code == 404
    assert otto.get("/api/v1/statements/file.csv", this_years()).status_code == 404
    assert otto.get("/starz/statements/file", {**this_years(), "form": "csv"}).status_code == 400
