"""Paxum's protocol, against payloads in its own words: what is sent, what is made of each answer."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from foundation.errors import Invalid
from foundation.money import Money
from processors.gateways import http
from processors.gateways.rails import paxum
from processors.gateways.rails.paxum import Paxum, client
from processors.gateways.rails.types import RailRequest, RailResult
from processors.gateways.types import Merchant

RECORDED = Path(paxum.__file__).parent / "recorded"
MERCHANT = Merchant(
    slug="paxum-main",
    provider="paxum",
    settings={"api_url": "https://paxum.example/api.php", "account_id": "77"},
    secrets={"from_email": "house@example.com", "secret": "SECRET"},
)
REQUEST = RailRequest("PO1-1", Money(100_00, "USD"), {"email": "creator@example.com"}, "Maya Cole", "ignored")
SENT_AT = datetime(2026, 3, 2, 9, 16, tzinfo=UTC)


def recorded(name: str) -> bytes:
    return (RECORDED / f"{name}.xml").read_bytes()


def answer(code: str, more: str = "") -> bytes:
    return f"<Response><Method>transferFunds</Method><ResponseCode>{code}</ResponseCode>{more}</Response>".encode()


def page(count: int, first: int = 0) -> bytes:
    row = "<Transaction><TransactionId>{0}</TransactionId><Reference>PO{0}-9</Reference></Transaction>"
    return answer("00", "<T>" + "".join(row.format(first + n) for n in range(count)) + "</T>")


END = answer("00")


def test_the_digest_is_the_published_one():
    fields = {"toEmail": "creator@example.com", "amount": "100.00", "currency": "USD", "note": "PO-1"}
    made = client.key("SECRET", "transferFunds", {**fields, "reference": "REF1"})
    assert made == "b5dde2d037e0dc9c4aef39a03aea10f4"


def test_a_transfer_is_sent_with_our_reference_alone_and_is_paid_at_once(wire):
    wire.answers((200, recorded("done")))

    outcome = Paxum().send(MERCHANT, REQUEST)

    ((method, url, headers, body),) = wire.sent
    form = {name: value for name, (value,) in parse_qs(body.decode()).items()}
    assert (method, url) == ("POST", "https://paxum.example/api.php")
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert form == {
        "method": "transferFunds", "fromEmail": "house@example.com", "toEmail": "creator@example.com",
        "amount": "100.00", "currency": "USD", "note": "PO1-1", "reference": "PO1-1",
        "key": client.key("SECRET", "transferFunds", form),
    }  # fmt: skip
    assert (outcome.result, outcome.provider_ref, outcome.fee) == (RailResult.PAID, "20164713", Money(1_00, "USD"))
    assert "SECRET" not in repr(outcome)


@pytest.mark.parametrize(
    ("code", "result", "disables"),
    [
        ("51", RailResult.NOT_SENT, False),
        ("53", RailResult.NOT_SENT, False),
        ("90", RailResult.NOT_SENT, False),
        ("13", RailResult.UNKNOWN, False),
        ("IP", RailResult.REFUSED, True),
        ("UA", RailResult.REFUSED, True),
        ("NM", RailResult.REFUSED, True),
        ("ZZ", RailResult.REFUSED, False),
    ],
)
def test_what_is_refused_says_whose_fault_it_is(wire, code, result, disables):
    wire.answers((200, answer(code)))
    outcome = Paxum().send(MERCHANT, REQUEST)
    assert (outcome.result, outcome.code, outcome.disables_destination) == (result, code, disables)


@pytest.mark.parametrize(
    ("comes", "result"),
    [
        (http.NotSent("refused"), RailResult.NOT_SENT),
        (http.NoAnswer("lost"), RailResult.UNKNOWN),
        ((500, b"oops"), RailResult.UNKNOWN),
        ((200, b"<html>busy"), RailResult.UNKNOWN),
        ((200, b"<Response/>"), RailResult.UNKNOWN),
        ((200, b'<!DOCTYPE x [<!ENTITY e "00">]><Response><ResponseCode>&e;</ResponseCode></Response>'),
         RailResult.UNKNOWN),
    ],
)  # fmt: skip
def test_without_a_clear_answer_nothing_is_claimed(wire, comes, result):
    wire.answers(comes)
    assert Paxum().send(MERCHANT, REQUEST).result is result


def test_a_lost_transfer_is_found_in_the_history_by_our_reference(wire):
    wire.answers((200, recorded("history")))

    found = Paxum().status(MERCHANT, "PO1-1", "", SENT_AT, REQUEST)

    asked = {name: value for name, (value,) in parse_qs(wire.sent[0][3].decode()).items()}
    assert (asked["fromDate"], asked["accountId"]) == ("2026-02-23", "77")
    assert asked["toDate"] > f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    assert asked["key"] == client.key("SECRET", "transactionHistory", asked)
    assert (found.result, found.provider_ref, found.fee) == (RailResult.PAID, "20164713", Money(1_00, "USD"))


def test_what_the_whole_history_does_not_know_was_never_sent(wire):
    wire.answers((200, recorded("history")), (200, END))
    assert Paxum().status(MERCHANT, "PO2-1", "", SENT_AT, REQUEST).result is RailResult.NOT_SENT


@pytest.mark.parametrize("count", [2, 100])
def test_a_history_is_read_to_its_last_page_however_few_stand_on_one(wire, count):
    wire.answers((200, page(count)), (200, recorded("history")))
    assert Paxum().status(MERCHANT, "PO1-1", "", SENT_AT).result is RailResult.PAID
    assert [b"pageNumber=2" in body for *_, body in wire.sent] == [False, True]


def test_where_pages_do_not_end_nothing_is_said_of_what_is_not_on_them(wire):
    wire.answers((200, page(3)))
    assert Paxum().status(MERCHANT, "PO2-1", "", SENT_AT).result is RailResult.UNKNOWN
    assert len(wire.sent) == 2
    endless = [(200, page(1, number)) for number in range(200)]
    wire.answers(*endless)
    assert Paxum().status(MERCHANT, "PO2-1", "", SENT_AT).result is RailResult.UNKNOWN


@pytest.mark.parametrize(
    ("said", "result"),
    [
        ("FanzMoney PO1234567890ABC payout", RailResult.PAID),
        ("po1234567890abc", RailResult.PAID),
        ("PO12345678", RailResult.UNKNOWN),
        ("FanzMoney PO123456", RailResult.UNKNOWN),
        ("PO", RailResult.NOT_SENT),
        ("PO1234567890ABD", RailResult.NOT_SENT),
    ],
)
def test_our_reference_is_known_however_it_was_written_and_cut_short_it_proves_nothing(wire, said, result):
    row = f"<Transaction><TransactionId>7</TransactionId><Note>{said}</Note></Transaction>"
    wire.answers((200, answer("00", row)), (200, END))
    assert Paxum().status(MERCHANT, "PO1234567890ABC", "", SENT_AT).result is result


@pytest.mark.parametrize("comes", [(200, answer("13")), http.NotSent("x"), http.NoAnswer("x"), (200, b"")])
def test_a_history_that_cannot_be_read_says_nothing(wire, comes):
    wire.answers(comes)
    assert Paxum().status(MERCHANT, "PO2-1", "", SENT_AT, REQUEST).result is RailResult.UNKNOWN


def test_another_amount_under_our_reference_is_not_believed(wire):
    wire.answers((200, recorded("history").replace(b"-100.00", b"-10.00")))
    assert Paxum().status(MERCHANT, "PO1-1", "", SENT_AT, REQUEST).result is RailResult.UNKNOWN


def test_what_was_reversed_came_back(wire):
    wire.answers((200, recorded("history").replace(b"Completed", b"Reversed")))
    assert Paxum().status(MERCHANT, "PO1-1", "", SENT_AT, REQUEST).result is RailResult.RETURNED


def test_a_destination_is_an_address_known_by_its_small_letters():
    read = Paxum().read_destination({"email": " Creator@Example.com "})
    assert read.identity == "paxum:creator@example.com"
    assert read.details == {"email": "Creator@Example.com"}
    assert "creator" not in read.label.lower().replace("cr···", "")


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({}, "email"),
        ({"email": ""}, "email"),
        ({"email": "no address"}, "email"),
        ({"email": "a@b.c\nBcc: x"}, "email"),
        ({"email": "mäya@example.com"}, "email"),
        ({"email": "a@example.com", "key": "x"}, "key"),
    ],
)
def test_what_cannot_be_paid_to_is_refused_field_by_field(details, field):
    with pytest.raises(Invalid) as refused:
        Paxum().read_destination(details)
    assert field in [error["field"] for error in refused.value.errors]
