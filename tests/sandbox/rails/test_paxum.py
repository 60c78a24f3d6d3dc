"""Paxum checks who asks, pays at once, remembers what it did, and goes wrong as ordered."""

import hashlib
import http.client
from decimal import Decimal
from uuid import uuid4

import pytest

from tests.sandbox.rails.payer import DAY, TRANSFER_KEY


@pytest.fixture
def reference():
    return f"PO{uuid4().hex[:20]}"


def code_of(answer):
    return answer.findtext("ResponseCode")


def test_the_digest_of_the_fact_page_is_the_one_computed_here():
    fields = {"toEmail": "creator@example.com", "amount": "100.00", "currency": "USD", "note": "PO-1"}
    text = "SECRET" + "".join({**fields, "reference": "REF1"}.get(name, "") for name in TRANSFER_KEY)
    assert hashlib.md5(text.encode()).hexdigest() == "b5dde2d037e0dc9c4aef39a03aea10f4"  # noqa: S324


def test_a_transfer_is_paid_at_once_and_stands_in_history_book_and_balance(payer, reference):
    def dollars():
        accounts = payer.paxum("balanceInquiry", ("accountId",)).iter("Account")
        return next(Decimal(one.findtext("Balance")) for one in accounts if one.findtext("Currency") == "USD")

    before = dollars()
    answer = payer.transfer(reference, "100.00")

    assert code_of(answer) == "00"
    assert answer.findtext("Fee") == "0.50"
    (row,) = [one for one in payer.history() if one["Reference"] == reference]
    assert (row["TransactionId"], row["Status"]) == (answer.findtext("TransactionId"), "Completed")
    assert (row["Amount"], row["Currency"], row["ToEmail"]) == ("100.00", "USD", "maya@example.com")
    (taken,) = payer.book(reference)
    assert (taken["rail"], taken["state"], taken["amount_minor"]) == ("paxum", "SETTLED", 10_000)
    assert dollars() == before - Decimal("100.50")


def test_nobody_without_the_secret_is_obeyed(payer, reference):
    answer = payer.paxum(
        "transferFunds", TRANSFER_KEY, secret="guessed", toEmail="maya@example.com", amount="1.00", currency="USD",
        reference=reference,
    )  # fmt: skip

    assert code_of(answer) == "90"
    assert payer.book(reference) == []


def test_a_field_changed_after_the_digest_is_refused(payer, reference):
    signed = tuple(name for name in TRANSFER_KEY if name != "amount")
    answer = payer.paxum("transferFunds", signed, toEmail="maya@example.com", amount="9.00", reference=reference)

    assert code_of(answer) == "90"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": "nobody@example.com"}, "IP"),
        ({"to": "no address"}, "IP"),
        ({"to": "unverified@example.com"}, "UA"),
        ({"currency": "JPY"}, "IK"),
        ({"amount": "1.001"}, "30"),
        ({"amount": "0.00"}, "30"),
        ({"amount": "5.71"}, "IP"),
        ({"amount": "5.72"}, "51"),
        ({"amount": "5.74"}, "13"),
        ({"sandbox": "ON", "return": "53"}, "53"),
        ({"amount": "99999999.00"}, "51"),
    ],
)
def test_what_is_refused_leaves_no_trace(payer, reference, changes, code):
    assert code_of(payer.transfer(reference, **changes)) == code
    assert payer.book(reference) == []
    assert [row for row in payer.history() if row["Reference"] == reference] == []


def test_the_same_reference_twice_is_paid_twice_and_the_book_says_so(payer, reference):
    payer.transfer(reference)
    payer.transfer(reference)

    assert len(payer.book(reference)) == 2
    twice = payer.control.ask("/_sandbox/rails/book")["twice"]
    assert {"rail": "paxum", "reference": reference, "times": 2} in twice


@pytest.mark.parametrize("by_cents", [True, False])
def test_an_answer_lost_after_the_deed_is_found_in_the_history(payer, reference, by_cents):
    if not by_cents:
        payer.control.fault("paxum", "transfer", "close_after")

    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        payer.transfer(reference, "5.76" if by_cents else "5.00")

    assert len(payer.book(reference)) == 1
    assert [row["Reference"] for row in payer.history()] == [reference]


def test_hung_up_before_the_deed_nothing_is_known_and_the_next_try_is_taken(payer, reference):
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        payer.transfer(reference, "5.77")
    assert payer.history() == []

    assert code_of(payer.transfer(reference, "5.77")) == "00"
    assert len(payer.book(reference)) == 1


def test_a_system_error_may_hide_a_deed(payer, reference):
    assert code_of(payer.transfer(reference, "5.75")) == "13"
    assert [row["Reference"] for row in payer.history()] == [reference]


def test_the_history_may_name_another_amount(payer, reference):
    payer.transfer(reference, "5.78")

    assert [row["Amount"] for row in payer.history()] == ["6.78"]
    assert payer.book(reference)[0]["amount_minor"] == 578


def test_a_transfer_comes_back_days_later_by_the_clock_or_at_once_by_order(payer, reference):
    payer.transfer(reference, "5.73")
    payer.transfer(reference + "b", "8.00")
    payer.act(reference + "b", "return")
    assert payer.book(reference)[0]["state"] == "SETTLED"
    assert payer.book(reference + "b")[0]["state"] == "RETURNED"

    payer.control.clock(6 * DAY)

    assert payer.book(reference)[0]["state"] == "RETURNED"
    assert {row["Reference"]: row["Status"] for row in payer.history()} == dict.fromkeys(
        (reference, reference + "b"), "Refunded"
    )


def test_an_order_goes_before_the_cents_and_is_used_up(payer, reference):
    payer.plan("paxum", "refuse", code="NM", reference=reference)

    assert code_of(payer.transfer(reference + "x")) == "00"
    assert code_of(payer.transfer(reference)) == "NM"
    assert code_of(payer.transfer(reference)) == "00"


def test_the_history_comes_in_pages_newest_first(payer, reference):
    for number in range(5):
        payer.transfer(f"{reference}{number}")

    pages = [payer.history(pageSize="2", pageNumber=str(page)) for page in (1, 2, 3, 4)]

    assert [[row["Reference"][-1] for row in page] for page in pages] == [["4", "3"], ["2", "1"], ["0"], []]
