"""ePayService's Open API: a token by refresh, a fee before, a payment at once, and its history."""

import http.client
import json
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.sandbox.rails.payer import DAY

BASE = "/epayservice/open_api"


class Wallet:
    def __init__(self, payer):
        self.payer, self.account = payer, payer.world.merchants["epayservice"]
        self.bearer = ""

    def ask(self, method, path, **fields):
        headers = {"Authorization": f"Bearer {self.bearer}", "Content-Type": "application/x-www-form-urlencoded"}
        text = urlencode(fields)
        path, body = (f"{BASE}/{path}", text.encode()) if method == "POST" else (f"{BASE}/{path}?{text}", b"")
        status, raw = self.payer.send(method, path, body, headers)
        return status, json.loads(raw)

    def token(self, **changes):
        names = ("client_id", "client_secret", "refresh_token")
        said = {name: self.account[name] for name in names} | {"grant_type": "refresh_token"} | changes
        status, answer = self.ask("POST", "oauth/token", **said)
        self.bearer = answer.get("access_token", "")
        return status, answer

    def pay(self, reference, amount="10.00", receiver="ec445566"):
        asked = {"account_id": "440", "amount": amount, "receiver_account_number": receiver, "description": reference}
        return self.ask("POST", "out/p2ps", **asked, protection_days="0")

    def history(self):
        return self.ask("GET", "account_history", account_id="440")[1]


@pytest.fixture
def wallet(payer):
    wallet = Wallet(payer)
    assert wallet.token()[0] == 200
    return wallet


@pytest.fixture
def reference():
    return f"PO{uuid4().hex[:13]}"


def test_nobody_enters_without_the_right_secrets_or_after_two_hours(payer, wallet):
    assert wallet.token(client_secret="guessed")[0] == 401
    assert wallet.token(refresh_token="guessed") == (
        401, {"error": "invalid_grant", "error_description": "invalid grant"},
    )  # fmt: skip
    assert wallet.ask("GET", "accounts")[0] == 401
    assert wallet.token()[0] == 200
    assert wallet.ask("GET", "accounts")[0] == 200
    payer.control.clock(7_300)
    assert wallet.ask("GET", "accounts")[0] == 401


def test_a_payment_costs_what_was_quoted_and_stands_in_the_history(payer, wallet, reference):
    _, quote = wallet.ask("GET", "out/p2ps/fee", account_id="440", amount="10.00", receiver_account_number="ec445566")
    before = float(wallet.ask("GET", "accounts")[1][0]["balance"])

    status, paid = wallet.pay(reference)

    assert (status, paid["state"], paid["fee"], paid["total"]) == (201, "completed", quote["fee"], quote["total"])
    assert wallet.history()[0] == paid
    assert paid["amount"] == {"value": "10.00", "currency": "USD"}
    assert before - float(wallet.ask("GET", "accounts")[1][0]["balance"]) == pytest.approx(10.30)
    (taken,) = payer.book(reference)
    assert (taken["rail"], taken["state"], taken["destination"]) == ("epayservice", "SETTLED", "ec445566")


@pytest.mark.parametrize(
    ("asked", "status", "error"),
    [
        ({"receiver": "maya"}, 422, "receiver_not_found"),
        ({"amount": "5.71"}, 422, "receiver_not_found"),
        ({"amount": "5.72"}, 422, "insufficient_funds"),
        ({"amount": "5.74"}, 500, "internal_error"),
        ({"amount": "0.00"}, 422, "invalid_amount"),
        ({"amount": "1.234"}, 422, "invalid_amount"),
    ],
)
def test_what_is_refused_is_not_paid(payer, wallet, reference, asked, status, error):
    seen, answer = wallet.pay(reference, **asked)

    assert (seen, answer["error"]) == (status, error)
    assert (payer.book(reference), wallet.history()) == ([], [])


def test_answers_get_lost_before_and_after_the_deed(payer, wallet, reference):
    for amount, paid in (("5.76", 1), ("5.75", 1), ("5.77", 0)):
        try:
            assert wallet.pay(reference + amount, amount)[0] == 500
        except (http.client.RemoteDisconnected, ConnectionResetError):
            assert amount != "5.75"
        assert len(payer.book(reference + amount)) == paid
    assert {one["description"] for one in wallet.history()} == {reference + "5.76", reference + "5.75"}


def test_a_payment_comes_back(payer, wallet, reference):
    wallet.pay(reference, "5.73")
    payer.control.clock(6 * DAY)
    wallet.token()

    assert wallet.history()[0]["state"] == "returned"
    assert payer.book(reference)[0]["state"] == "RETURNED"


def test_the_history_may_name_another_amount(wallet, reference):
    wallet.pay(reference, "5.78")

    assert wallet.history()[0]["amount"]["value"] == "6.78"
