"""ePayService's Open API as its own sample reads it, and the list for a person where it is not agreed on."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Invalid
from foundation.money import Money
from processors.gateways import http
from processors.gateways.rails import epayservice
from processors.gateways.rails.epayservice import EPayService, client, csv_of
from processors.gateways.rails.types import RailRequest, RailResult
from processors.gateways.types import Merchant
from tests.processors.gateways.rails.hostile import names

RECORDED = Path(epayservice.__file__).parent / "recorded"
SETTINGS = {"base_url": "https://eps.example/open_api", "pays_by_api": True}
SECRETS = {"client_id": "c", "client_secret": "cs-1", "refresh_token": "rt-1", "account_id": "440"}
MERCHANT = Merchant("epayservice-main", "epayservice", SETTINGS, SECRETS)
REQUEST = RailRequest("PO0000000000001", Money(100_00, "USD"), {"account_number": "EC12345"}, "Maya Cole")
SENT_AT = datetime(2026, 3, 2, 9, 16, tzinfo=UTC)
TOKEN = 200, b'{"access_token": "bearer-1", "refresh_token": "rt-1", "created_at": 1, "expires_in": 7200}'
FEE = 200, (RECORDED / "fee.json").read_bytes()
HISTORY = (RECORDED / "history.json").read_bytes()
DONE = 201, b'{"id": 88123, "status": "completed"}'


@pytest.fixture(autouse=True)
def _no_bearers():
    client._bearers.clear()
    client._refreshing.clear()


def test_a_payment_asks_for_its_fee_first_and_is_paid_with_our_reference(wire):
    wire.answers(TOKEN, FEE, DONE)

    outcome = EPayService().send(MERCHANT, REQUEST)

    (token, fee, paid) = wire.sent
    assert parse_qs(token[3].decode())["grant_type"] == ["refresh_token"]
    assert fee[:2] == (
        "GET", "https://eps.example/open_api/out/p2ps/fee?account_id=440&amount=100.00&receiver_account_number=EC12345",
    )  # fmt: skip
    assert {name: value for name, (value,) in parse_qs(paid[3].decode()).items()} == {
        "account_id": "440", "amount": "100.00", "receiver_account_number": "EC12345",
        "description": "PO0000000000001", "protection_days": "1",
    }  # fmt: skip
    assert paid[2]["Authorization"] == "Bearer bearer-1"
    assert (outcome.result, outcome.provider_ref, outcome.fee) == (RailResult.PAID, "88123", Money(35, "USD"))
    assert "rt-1" not in repr(outcome)


@pytest.mark.parametrize(
    ("comes", "result", "disables"),
    [
        ([(401, b"{}")], RailResult.NOT_SENT, False),
        ([http.NoAnswer("x")], RailResult.NOT_SENT, False),
        ([TOKEN, http.NoAnswer("x")], RailResult.NOT_SENT, False),
        ([TOKEN, (500, b"")], RailResult.NOT_SENT, False),
        ([TOKEN, (200, FEE[1].replace(b"100.0\"", b"90.0\""))], RailResult.NOT_SENT, False),
        ([TOKEN, (422, b'{"error": "receiver_not_found"}')], RailResult.REFUSED, True),
        ([TOKEN, FEE, http.NotSent("x")], RailResult.NOT_SENT, False),
        ([TOKEN, FEE, http.NoAnswer("x")], RailResult.UNKNOWN, False),
        ([TOKEN, FEE, (502, b"")], RailResult.UNKNOWN, False),
        ([TOKEN, FEE, (200, b"<html>")], RailResult.UNKNOWN, False),
        ([TOKEN, FEE, (201, b'{"id": 1, "status": "odd"}')], RailResult.UNKNOWN, False),
        ([TOKEN, FEE, (201, b'{"id": 1}')], RailResult.ACCEPTED, False),
        ([TOKEN, FEE, (422, b'{"error": "insufficient_funds"}')], RailResult.NOT_SENT, False),
        ([TOKEN, FEE, (422, b'{"error": "blocked"}')], RailResult.REFUSED, False),
        ([TOKEN, FEE, (403, b"{}")], RailResult.NOT_SENT, False),
    ],
)  # fmt: skip
def test_in_trouble_only_what_is_certain_is_said(wire, comes, result, disables):
    wire.answers(*comes)
    outcome = EPayService().send(MERCHANT, REQUEST)
    assert (outcome.result, outcome.disables_destination) == (result, disables)


def test_a_bearer_is_kept_and_made_anew_once_when_it_is_refused(wire):
    wire.answers(TOKEN, FEE, DONE)
    EPayService().send(MERCHANT, REQUEST)
    wire.answers((401, b""), (200, TOKEN[1].replace(b"bearer-1", b"bearer-2")), FEE, DONE)
    assert EPayService().send(MERCHANT, REQUEST).result is RailResult.PAID
    assert [headers.get("Authorization") for _, _, headers, _ in wire.sent[3:]] == [
        "Bearer bearer-1", None, "Bearer bearer-2", "Bearer bearer-2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("history", "result"),
    [
        (HISTORY, RailResult.PAID),
        (HISTORY.replace(b"completed", b"pending"), RailResult.ACCEPTED),
        (HISTORY.replace(b"completed", b"returned"), RailResult.RETURNED),
        (HISTORY.replace(b"completed", b"odd"), RailResult.UNKNOWN),
        (HISTORY.replace(b"-100.0", b"-10.0"), RailResult.UNKNOWN),
        (HISTORY.replace(b"PO0000000000001", b"paid:PO0000000000001."), RailResult.PAID),
        (HISTORY.replace(b"PO0000000000001", b"PO00000000"), RailResult.UNKNOWN),
        (HISTORY.replace(b"PO0000000000001", b"PO0000000000002"), RailResult.UNKNOWN),
        (b"[]", RailResult.UNKNOWN),
        (b"{}", RailResult.UNKNOWN),
        (b"[1]", RailResult.UNKNOWN),
        (b"", RailResult.UNKNOWN),
    ],
)
def test_a_lost_payment_is_looked_for_in_the_history(wire, history, result):
    wire.answers(TOKEN, (200, history))
    assert EPayService().status(MERCHANT, REQUEST.reference, "", SENT_AT, REQUEST).result is result
    first, last = (parse_qs(urlsplit(wire.sent[1][1]).query)[name][0] for name in ("from", "to"))
    assert first == "2026-02-23"
    assert last > f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"


@pytest.mark.parametrize(
    ("times", "result"),
    [
        (("2026-03-02T11:00:00Z", "2026-03-02T09:00:00Z", "2026-03-01T09:00:00Z"), RailResult.NOT_SENT),
        (("2026-03-01T09:00:00Z", "2026-03-02T09:00:00Z", "2026-03-02T11:00:00Z"), RailResult.NOT_SENT),
        (("2026-03-02T11:00:00Z", "2026-03-02T09:00:00Z"), RailResult.UNKNOWN),
        (("2026-03-02T09:00:00Z", "2026-03-01T09:00:00Z"), RailResult.UNKNOWN),
        (("2026-03-01T09:00:00Z", "2026-03-02T11:00:00Z", "2026-03-02T09:00:00Z"), RailResult.UNKNOWN),
        (("2026-03-02T11:00:00", "2026-03-02T09:00:00", "2026-03-01T09:00:00"), RailResult.UNKNOWN),
        (("2026-03-02T11:00:00Z", "yesterday", "2026-03-01T09:00:00Z"), RailResult.UNKNOWN),
    ],
)
def test_only_a_history_that_reaches_around_a_payment_in_order_proves_that_it_never_came(wire, times, result):
    rows = [{"id": n, "description": "x", "created_at": at} for n, at in enumerate(times)]
    wire.answers(TOKEN, (200, json.dumps(rows).encode()))
    assert EPayService().status(MERCHANT, "PO2", "", SENT_AT, REQUEST).result is result


def test_where_the_api_is_not_agreed_on_a_person_pays_and_confirms(wire):
    by_hand = Merchant("epayservice-main", "epayservice", {}, {})
    for outcome in (
        EPayService().send(by_hand, REQUEST), EPayService().status(by_hand, REQUEST.reference, "", SENT_AT),
    ):  # fmt: skip
        assert (outcome.result, outcome.code) == (RailResult.ACCEPTED, "by_hand")
    assert wire.sent == []


@given(st.lists(names, max_size=10))
def test_the_list_for_a_person_holds_no_formula_and_every_payout(people):
    asked = [
        RailRequest(f"PO{n}", Money(n + 1, "USD"), {"account_number": "EC1234"}, who) for n, who in enumerate(people)
    ]
    head, *rows = csv.reader(io.StringIO(csv_of("EPS-1", asked).content.decode(), newline=""))
    assert head == ["reference", "account_number", "amount", "currency", "name"]
    assert [(row[0], row[1]) for row in rows] == [(one.reference, "EC1234") for one in asked]
    for row in rows:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


@pytest.mark.parametrize("number", ["", "EC", "12", "EC12 34;56", "=EC12345", "ЕС12345"])
def test_no_account_has_this_number(number):
    with pytest.raises(Invalid):
        EPayService().read_destination({"account_number": number})
    assert EPayService().read_destination({"account_number": "ec 12345"}).identity == "epayservice:EC12345"
