"""The books on the command line."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command

from foundation import clock
from ledger.reconciliation.books import books as registry
from ledger.reconciliation.types import Book
from ledger.selectors import get_account
from ledger.services import post
from tests.ledger.books import as_owner, pay, wallet, world


def run(name, *arguments):
    out, code = io.StringIO(), 0
    try:
        call_command(name, "--json", "--no-input", *map(str, arguments), stdout=out, stderr=io.StringIO())
    except SystemExit as end:
        code = end.code
    return [json.loads(line) for line in out.getvalue().splitlines()], code


def test_a_statement_is_printed_by_number_or_path():
    sam, maya = wallet(1000), wallet()
    post(pay(sam, maya, 300))

    rows, code = run("ledger_statement", sam)

    assert code == 0
    assert [row["balance"]["amount_minor"] for row in rows] == [0, 1000, 700, 700]
    assert run("ledger_statement", get_account(sam).path)[0][-1]["kind"] == "closing"
    assert len(run("ledger_statement", sam, "--limit", 1)[0]) == 2
    assert run("ledger_statement", "nowhere")[1] == 3


def test_a_statement_is_printed_for_people(capsys):
    sam, maya = wallet(1000), wallet()
    post(pay(sam, maya, 300))

    call_command("ledger_statement", str(sam))

    opening, *_, paid, closing = capsys.readouterr().out.splitlines()
    assert opening.split()[2:] == ["opening", "0.00", "USD"]
    assert paid.split()[3:7] == ["-3.00", "USD", "7.00", "USD"]
    assert closing.split()[2:] == ["closing", "7.00", "USD"]


def test_a_statement_as_of_a_day_ends_there():
    sam = wallet()
    post(pay(world(), sam, 5, effective_at=clock.now() - timedelta(days=10)))
    post(pay(world(), sam, 6))

    rows, _ = run("ledger_statement", sam, "--as-of", f"{clock.now() - timedelta(days=5):%Y-%m-%d}")

    assert rows[-1]["balance"]["amount_minor"] == 5


def test_the_trial_balance_proves_zero():
    wallet(1000)

    (answer,), code = run("ledger_trial_balance")

    assert (code, answer["is_balanced"]) == (0, True)
    assert answer["totals"][-1]["debit"] == {"amount_minor": 1000, "currency": "USD"}
    assert run("ledger_trial_balance", "--as-of", "2020-01-01")[0][0]["totals"][-1]["debit"]["amount_minor"] == 0


@pytest.mark.tampers
@pytest.mark.django_db(transaction=True)
def test_books_that_do_not_balance_end_with_six():
    sam = wallet(1000)
    with as_owner() as owner:
        owner.execute("ALTER TABLE ledger_balance DISABLE TRIGGER USER")
        owner.execute("UPDATE ledger_balance SET posted = posted + 1 WHERE account_id = %s", [sam])
        owner.execute("ALTER TABLE ledger_balance ENABLE TRIGGER USER")

    assert run("ledger_trial_balance")[1] == 6
    assert run("ledger_reconcile")[1] == 6


def test_a_statement_comes_by_file(tmp_path):
    registry.add("bank", Book("The bank", "story", "world", reference="bank_reference"))
    try:
        post(pay(world(), wallet(), 500, meta={"bank_reference": "w-1"}))
        now = clock.now()
        file = tmp_path / "statement.csv"
        file.write_text(
            f"reference,amount_minor,currency,at\nw-1,500,USD,{now.isoformat()}\nw-2,7,USD,{now.isoformat()}\n"
        )
        period = ("--since", f"{now:%Y-%m-%d}", "--until", f"{now + timedelta(days=1):%Y-%m-%d}")
        statement = ("--book", "bank", "--file", file, "--reference", "1", *period)

        (tried,), _ = run("ledger_reconcile", *statement, "--dry-run")
        (answer,), code = run("ledger_reconcile", *statement)
        (again,), _ = run("ledger_reconcile", *statement)

        assert tried["would_change"]["recon_line"]["added"] == 2
        assert (code, answer["lines_matched"], answer["statement_breaks"], answer["open_breaks"]) == (6, 1, 1, 1)
        assert again["is_new"] is False
        file.write_text("reference,amount_minor,currency,at\nw-1,five,USD,today\n")
        (refused,), code = run("ledger_reconcile", *statement[:-4], "--reference", "2", *period)
        assert (code, refused["code"], refused["facts"]) == (5, "ledger.recon_line", {"line": 1})
        assert run("ledger_reconcile", "--book", "bank")[1] == 2
    finally:
        registry.remove("bank")


@pytest.mark.parametrize("form", ["csv", "jsonl", "pdf"])
def test_books_are_written_to_files(tmp_path, form):
    sam = wallet(1000)
    file = tmp_path / f"books.{form}"

    (answer,), code = run("ledger_export", "statement", "--account", sam, "--format", form, "--out", file)

    assert (code, answer["bytes"]) == (0, file.stat().st_size)
    assert run("ledger_export", "trial-balance", "--format", form, "--out", file)[1] == 0
    assert run("ledger_export", "statement", "--out", file)[1] == 2
    assert run("ledger_export", "trial-balance", "--out", tmp_path / "no" / "where")[1] == 1
