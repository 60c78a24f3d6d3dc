"""Coins: a list that signers read, and payouts that are paid when our own node shows it."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import Invalid
from foundation.money import Money
from processors.crypto.rules.addresses import payable
from processors.gateways import http
from processors.gateways.rails.coins import Coins, NoNode, Output, Shown, units_of
from processors.gateways.rails.types import BatchToWrite, RailRequest, RailResult
from processors.gateways.types import Merchant

MERCHANT = Merchant("crypto-main", "crypto", {"base_url": "https://signers.example"}, {"token": "tok"})
BTC, OTHER = "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu", "bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g"
ETH = "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"
TXID, SENT_AT = "ab" * 32, datetime(2026, 3, 2, tzinfo=UTC)


class Chains:
    def __init__(self, shown=None):
        self.comes = shown

    def address(self, coin, text):
        return payable("BTC" if coin == "BTC" else "ETH", text)

    def shown(self, coin, txid):
        if isinstance(self.comes, Exception):
            raise self.comes
        return self.comes

    def enough(self, coin):
        return 3


def request(minor=150_000, coin="BTC", address=BTC, number=1):
    return RailRequest(f"PO{number:013}", Money(minor, coin), {"coin": coin, "address": address}, "Maya")


def shown(confirmations=3, units=150_000, address=BTC, coin="BTC"):
    return Shown(confirmations, (Output(coin, OTHER, 7, 0), Output(coin, address, units, 1)))


def batch(*entries):
    return BatchToWrite("CRYPTO-BTC-20260302-1", date(2026, 3, 2), 1, entries)


def said(status="BROADCAST", txid=TXID, **more) -> bytes:
    return json.dumps({"reference": "PO0000000000001", "status": status, "txid": txid, **more}).encode()


def test_a_list_says_in_the_smallest_units_what_is_to_be_paid():
    made = batch(request(), request(5_000_000, "USDC", ETH.lower(), 2), request(2_000_000_001, "ETH", ETH, 3))
    file = Coins(Chains()).build(MERCHANT, made)
    assert file.name == "CRYPTO-BTC-20260302-1.json"
    listed = json.loads(file.content)
    assert file.content == json.dumps(listed, sort_keys=True, separators=(",", ":")).encode()
    assert [(one["coin"], one["chain"], one["address"], one["units"]) for one in listed["transfers"]] == [
        ("BTC", "BTC", BTC, "150000"), ("USDC", "ETH", ETH, "5000000"), ("ETH", "ETH", ETH, "2000000001000000000"),
    ]  # fmt: skip
    assert listed["totals"] == {"BTC": "150000", "USDC": "5000000", "ETH": "2000000001000000000"}
    assert Coins(Chains()).build(MERCHANT, made) == file


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 10**14), st.sampled_from(["BTC", "ETH", "USDC"])), min_size=1, max_size=20))
def test_a_list_adds_up(rows):
    asked = [request(minor, coin, BTC if coin == "BTC" else ETH, n) for n, (minor, coin) in enumerate(rows)]
    listed = json.loads(Coins(Chains()).build(MERCHANT, batch(*asked)).content)
    for coin, total in listed["totals"].items():
        assert int(total) == sum(units_of(one.amount) for one in asked if one.amount.currency == coin)
        assert int(total) == sum(int(one["units"]) for one in listed["transfers"] if one["coin"] == coin)


@pytest.mark.parametrize(
    "entries",
    [(), (request(), request()), (request(0),), (request(1, "BTC", ETH),),
     (RailRequest("PO1", Money(1, "BTC"), {"coin": "ETH", "address": ETH}, ""),),
     (RailRequest("PO1", Money(1, "USD"), {"coin": "BTC", "address": BTC}, ""),)],
)  # fmt: skip
def test_what_nobody_should_sign_is_not_written(entries):
    with pytest.raises(Invalid):
        Coins(Chains()).build(MERCHANT, batch(*entries))


@pytest.mark.parametrize(
    ("word", "chain", "result", "ref"),
    [
        (said("WAITING", ""), None, RailResult.ACCEPTED, ""),
        (said(), None, RailResult.ACCEPTED, TXID),
        (said(), shown(2), RailResult.ACCEPTED, TXID),
        (said(), shown(), RailResult.PAID, f"{TXID}:1"),
        (said(), shown(units=149_999), RailResult.UNKNOWN, TXID),
        (said(), shown(units=150_001), RailResult.UNKNOWN, TXID),
        (said(), shown(address=OTHER), RailResult.UNKNOWN, TXID),
        (said(), shown(address=BTC.upper()), RailResult.UNKNOWN, TXID),
        (said(), Shown(9, ()), RailResult.UNKNOWN, TXID),
        (said(), NoNode("down"), RailResult.UNKNOWN, "known"),
        (said("REFUSED", "", code="ADDRESS"), None, RailResult.REFUSED, "known"),
        (said("REFUSED", TXID, code="DROPPED"), None, RailResult.REFUSED, TXID),
        (said("REFUSED", TXID, code="DROPPED"), shown(0), RailResult.UNKNOWN, TXID),
    ],
)
def test_only_our_own_node_says_that_coins_were_paid(wire, word, chain, result, ref):
    wire.answers((200, word))
    known = "known" if ref == "known" else ""
    outcome = Coins(Chains(chain)).status(MERCHANT, "PO0000000000001", known, SENT_AT, request())
    assert (outcome.result, outcome.provider_ref) == (result, ref)
    assert wire.sent[0][1] == "https://signers.example/transfers/PO0000000000001"


@pytest.mark.parametrize(
    ("comes", "result"),
    [((404, b""), RailResult.NOT_SENT), ((500, b""), RailResult.UNKNOWN), (http.NoAnswer("x"), RailResult.UNKNOWN),
     ((200, said().replace(b"PO0000000000001", b"PO2")), RailResult.UNKNOWN)],
)  # fmt: skip
def test_signers_who_cannot_say_leave_it_unknown(wire, comes, result):
    wire.answers(comes)
    assert Coins(Chains()).status(MERCHANT, "PO0000000000001", "", SENT_AT, request()).result is result


def test_a_list_called_done_paid_nobody_yet_and_news_of_transfers_name_their_transaction(wire):
    done = json.dumps({"reference": "L-1", "id": "f", "status": "SETTLED"}).encode()
    rows = [
        {"reference": "PO0000000000001", "status": "BROADCAST", "txid": TXID},
        {"reference": "PO0000000000002", "status": "REFUSED", "txid": "", "code": "ADDRESS"},
        {"reference": "PO0000000000003", "status": "REFUSED", "txid": TXID, "code": "DROPPED"},
    ]
    listed = [{"id": f"r{n}", "kind": kind, "created_at": "2026-03-02T09:00:00Z"}
              for n, kind in enumerate(["status", "broadcast"])]  # fmt: skip
    news = json.dumps({"reference": "L-1", "transfers": rows}).encode()
    wire.answers((200, json.dumps({"reports": listed}).encode()), (200, done), (200, news))
    of_list, sent, refused, dropped = Coins(Chains()).reports(MERCHANT, SENT_AT)
    assert (of_list.result, of_list.batch_reference) == (RailResult.ACCEPTED, "L-1")
    assert (sent.result, sent.provider_ref) == (RailResult.ACCEPTED, TXID)
    assert (refused.result, refused.disables_destination) == (RailResult.REFUSED, True)
    assert dropped.result is RailResult.ACCEPTED
    wire.answers((200, done))
    assert Coins(Chains()).status(MERCHANT, "L-1", "", SENT_AT).result is RailResult.ACCEPTED


@pytest.mark.parametrize(
    ("coin", "text", "address"),
    [
        ("btc", BTC, BTC),
        ("BTC", BTC.upper(), BTC),
        ("BTC", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"),
        ("ETH", ETH, ETH),
        ("USDC", ETH.lower(), ETH),
        ("ETH", "0x" + ETH[2:].upper(), ETH),
    ],
)
def test_an_address_is_read_as_its_chain_writes_it(coin, text, address):
    assert Coins(Chains()).read_destination({"coin": coin, "address": text}).details["address"] == address


@pytest.mark.parametrize(
    ("coin", "text"),
    [
        ("BTC", BTC[:-1] + "x"), ("BTC", BTC[:20] + BTC[20:].upper()), ("BTC", ETH), ("ETH", BTC),
        ("BTC", "tb1q6rz28mcfaxtmd6v789l9rrlrusdprr9pqcpvkl"), ("BTC", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3"),
        ("ETH", ETH.replace("E", "e", 1)), ("ETH", "0x" + "0" * 40), ("ETH", ETH[:-1]), ("ETH", ETH[2:]),
        ("BTC", "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk"),
    ],
)  # fmt: skip
def test_an_address_with_a_wrong_letter_is_refused(coin, text):
    with pytest.raises(Invalid) as refused:
        Coins(Chains()).read_destination({"coin": coin, "address": text})
    assert [error["field"] for error in refused.value.errors] == ["address"]
