"""The books over the API: staff see all of them, a platform's program its own and nothing of anybody else's."""

import csv
import io
import json

import pytest
from django.test import Client
from django.urls import reverse

from foundation.http import rates
from foundation.ids import uuid7
from ledger.selectors import get_balance
from ledger.services import open_account, place_hold, post, post_many
from ledger.types import AccountKey, Posting
from tests.cast import bearer, member, platform, signed_in, staff
from tests.ledger.books import as_owner, fees, usd, wallet, world

pytestmark = pytest.mark.django_db
EVER = "since=2020-01-01T00:00:00Z&until=2200-01-01T00:00:00Z"


@pytest.fixture(autouse=True)
def full_allowance():
    rates._client().flushdb()


@pytest.fixture
def program():
    return Client(headers=bearer("boyfanz", "ledger:read"))


@pytest.fixture
def fred():
    return signed_in(Client(), staff("fred"))


@pytest.fixture
def maya():
    return member("c-17")


def line_of(membership, minor, slug="boyfanz"):
    """A creator's line on a platform with this much on it."""
    key = AccountKey("story", "wallet", "USD", membership.party_id, platform(slug).pk, "tips")
    account = open_account(key)
    if minor:
        post(Posting(uuid7(), world(), account, usd(minor), "top_up", meta={"secret": "of the house"}))
    return account


def get(client, name, *args, query=""):
    response = client.get(f"{reverse(f'api:ledger-{name}', args=args)}?{query}")
    return response.status_code, response.json()


def test_a_program_sees_the_accounts_of_its_platform_alone(program, fred, maya):
    mine, others = line_of(maya, 500), line_of(member("x", slug="girlfanz"), 70, slug="girlfanz")
    house = wallet(10)
    place_hold(id=uuid7(), account_id=mine, amount=usd(100))

    status, page = get(program, "accounts")

    assert status == 200
    (row,) = page["data"]
    assert (row["id"], row["member"], row["path"], row["party_id"]) == (str(mine), "c-17", None, None)
    assert [row[name]["amount_minor"] for name in ("posted", "held", "available")] == [500, 100, 400]
    for hidden in (others, house, world(), fees()):
        assert get(program, "account", hidden)[0] == 404
        assert get(program, "statement", hidden, query=EVER)[0] == 404
        assert get(program, "transfers", query=f"account_id={hidden}")[0] == 404
    assert {row["id"] for row in get(fred, "accounts")[1]["data"]} >= {str(mine), str(others), str(house)}
    (for_staff,) = [row for row in get(fred, "accounts")[1]["data"] if row["id"] == str(mine)]
    assert for_staff["path"].startswith(f"story:{maya.party_id}")


def test_what_a_program_reads_of_a_movement_ends_at_its_own_side(program, fred, maya):
    mine = line_of(maya, 500)
    (movement,) = get(program, "transfers", query=f"account_id={mine}")[1]["data"]

    one = get(program, "transfer", movement["id"])[1]
    journal = get(program, "journal", movement["journal_id"])[1]

    assert one == movement == journal["legs"][0]
    assert (one["debit"], one["credit"]["account_id"], one["meta"]) == (None, str(mine), None)
    assert str(maya.party_id) not in json.dumps(one)
    seen = get(fred, "transfer", movement["id"])[1]
    assert seen["debit"]["path"].startswith("story:")
    assert seen["meta"] == {"secret": "of the house"}
    elsewhere = post(Posting(uuid7(), world(), wallet(), usd(1), "top_up")).id
    assert get(program, "transfer", elsewhere)[0] == get(program, "journal", elsewhere)[0] == 404


def test_a_statement_pages_through_and_agrees_with_the_balance(program, maya):
    mine = line_of(maya, 500)
    post_many([Posting(uuid7(), mine, fees(), usd(minor), "fee") for minor in (1, 2, 3)])
    post(Posting(uuid7(), world(), mine, usd(40), "top_up", effective_at="2026-05-01T00:00:00Z"))

    status, first = get(program, "statement", mine, query=f"{EVER}&limit=2")
    rest = program.get(first["next"]).json()

    assert status == 200
    assert first["opening"]["amount_minor"] == 0
    assert first["closing"]["amount_minor"] == get_balance(mine).posted.minor == 534
    assert [row["balance"]["amount_minor"] for row in first["data"] + rest["data"]] == [40, 540, 539, 537]
    last = program.get(rest["next"]).json()
    assert (last["data"][-1]["balance"]["amount_minor"], last["next"]) == (534, None)
    assert {row["other_account_id"] for row in first["data"]} == {None}
    assert get(program, "statement", mine, query=f"{EVER}&cursor=bad")[0] == 404
    assert get(program, "statement", mine, query="since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z")[0] == 400
    assert get(program, "statement", mine)[0] == 400


def test_files_name_nobody(program, fred, maya):
    mine = line_of(maya, 500)
    for form in ("csv", "jsonl", "pdf"):
        response = program.get(f"{reverse('api:ledger-statement-file', args=[mine, form])}?{EVER}")
        body = b"".join(response)
        assert response.status_code == 200
        assert str(maya.party_id).encode() not in body
        assert response.headers["Content-Disposition"].endswith(f'.{form}"')
    rows = list(csv.DictReader(io.StringIO(b"".join(fred.get(
        f"{reverse('api:ledger-statement-file', args=[mine, 'csv'])}?{EVER}")).decode())))  # fmt: skip
    assert rows[-1]["balance"] == "5.00"
    assert rows[1]["other_account"].startswith("story:")
    assert get(program, "statement-file", mine, "docx", query=EVER)[0] == 404


def test_staff_read_all_movements_page_by_page_and_programs_name_an_account(program, fred, maya):
    mine = line_of(maya, 500)
    batch = [Posting(uuid7(), mine, fees(), usd(n + 1), "fee") for n in range(5)]
    post_many(batch)
    others = line_of(member("x", slug="girlfanz"), 70, slug="girlfanz")

    status, page = get(fred, "transfers", query="limit=3")
    seen = list(page["data"])
    while page["next"]:
        page = fred.get(page["next"]).json()
        seen += page["data"]

    assert status == 200
    assert [row["amount"]["amount_minor"] for row in seen[:7]] == [70, 5, 4, 3, 2, 1, 500]
    assert seen[0]["credit"]["account_id"] == str(others)
    assert len(seen) == len({row["id"] for row in seen}) == 7
    status, refusal = get(program, "transfers")
    assert (status, refusal["code"]) == (400, "ledger.account_needed")
    assert get(program, "transfers", query=f"account_id={mine}")[0] == 200
    assert get(fred, "transfers", query="cursor=abc")[0] == 404


def test_balances_now_and_at_a_moment(program, maya):
    mine = line_of(maya, 500)
    post(Posting(uuid7(), world(), mine, usd(40), "top_up", effective_at="2026-05-01T00:00:00Z"))

    (now,) = get(program, "balances")[1]["data"]
    (then,) = get(program, "balances", query="as_of=2026-05-02T00:00:00Z")[1]["data"]
    (recorded,) = get(program, "balances", query="as_of=2026-05-02T00:00:00Z&time=recorded")[1]["data"]

    assert (now["posted"]["amount_minor"], now["available"]["amount_minor"], now["as_of"]) == (540, 540, None)
    assert (then["posted"]["amount_minor"], then["held"], then["available"]) == (40, None, None)
    assert recorded["posted"]["amount_minor"] == 0


def test_accounts_are_found_by_their_parts_and_paged(fred):
    for _ in range(3):
        wallet(1)
    wallet(1, currency="EUR")

    first = get(fred, "accounts", query="kind=story&purpose=wallet&currency=USD&limit=2")[1]

    assert len(first["data"]) == 2
    assert len(fred.get(first["next"]).json()["data"]) == 1
    assert get(fred, "accounts", query="currency=XXX")[0] == 400


def test_the_trial_balance_is_for_staff(program, fred):
    wallet(1000)

    status, balance = get(fred, "trial-balance")

    assert status == 200
    assert balance["is_balanced"]
    assert balance["totals"][-1]["difference"] == {"amount_minor": 0, "currency": "USD"}
    assert get(program, "trial-balance")[0] == 403


def test_without_the_scope_or_the_role_the_books_are_closed(maya):
    line_of(maya, 1)
    assert get(Client(headers=bearer("boyfanz", "creators:read")), "accounts")[0] == 403
    assert get(signed_in(Client(), staff("ines")), "accounts")[0] == 403
    assert get(Client(), "accounts")[0] == 401


def test_the_fence_of_keys_stands_in_the_database():
    with as_owner() as owner:
        fenced = owner.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relname LIKE 'ledger\\_%' ORDER BY 1"
        ).fetchall()
    assert {"ledger_transfer_key", "ledger_redated", "ledger_account"} <= {name for (name,) in fenced}
