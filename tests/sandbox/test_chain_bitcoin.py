"""The node of Bitcoin answers as Bitcoin Core does, and its chain does what is ordered."""

import hashlib
import json
import re
from decimal import Decimal

import pytest

from tests.sandbox.nodes import MAYA, SAM


def test_a_payment_waits_then_stands_in_a_block_and_gains_confirmations(nodes):
    paid = nodes.order("pay", coin="BTC", address=SAM, amount="0.00010001")
    txid = paid["txid"]

    assert nodes.btc("getrawmempool") == [txid]
    assert nodes.btc("getmempoolentry", txid)["bip125-replaceable"] is True
    assert "confirmations" not in nodes.btc("getrawtransaction", txid, True)

    nodes.order("mine", chain="btc", blocks=1)
    assert nodes.btc("getrawmempool") == []
    assert nodes.received(nodes.tip(), SAM) == [Decimal("0.00010001")]
    nodes.order("mine", chain="btc", blocks=2)
    shown = nodes.btc("getrawtransaction", txid, 1)
    assert shown["confirmations"] == 3
    assert shown["vout"][paid["outputs"][0]["vout"]]["scriptPubKey"]["address"] == SAM
    assert shown["blockhash"] == nodes.btc("getblockhash", 850_001)


def test_amounts_of_bitcoin_are_numbers_with_eight_decimals_on_the_wire(nodes):
    txid = nodes.order("dust", coin="BTC", address=SAM)["txid"]

    _, text = nodes.post("/chain/btc", {"id": 1, "method": "getrawtransaction", "params": [txid, True]}, "p-1")

    assert '"value": 0.00000546' in text
    assert not re.search(r"\d[eE]-", text)


def test_a_transaction_is_named_by_its_bytes(nodes):
    txid = nodes.order("pay", coin="BTC", address=SAM, amount="0.5")["txid"]
    raw = bytes.fromhex(nodes.btc("getrawtransaction", txid))
    shown = nodes.btc("getrawtransaction", txid, True)

    def twice(some):
        return hashlib.sha256(hashlib.sha256(some).digest()).digest()[::-1].hex()

    assert raw[4:6] == b"\x00\x01"
    witness = 1 + sum(1 + len(item) // 2 for item in shown["vin"][0]["txinwitness"])
    assert twice(raw[:4] + raw[6 : -4 - witness] + raw[-4:]) == txid
    assert twice(raw) == shown["hash"]


def test_blocks_are_linked_by_hash_and_history_goes_back_as_far_as_asked(nodes):
    nodes.order("mine", chain="btc", blocks=3)
    block = nodes.tip()
    for _ in range(10):
        parent = nodes.btc("getblock", block["previousblockhash"], 2)
        assert parent["nextblockhash"] == block["hash"]
        assert (parent["height"], parent["confirmations"]) == (block["height"] - 1, block["confirmations"] + 1)
        assert parent["time"] < block["time"]
        block = parent
    assert nodes.btc("getblock", nodes.btc("getblockhash", 1), 1)["height"] == 1


def test_a_reorg_puts_payments_back_among_those_that_wait(nodes):
    txid = nodes.order("pay", coin="BTC", address=SAM, amount="0.1")["txid"]
    nodes.order("mine", chain="btc", blocks=2)
    left = nodes.btc("getblockhash", 850_001)

    nodes.order("reorg", chain="btc", depth=2)

    assert nodes.btc("getblockcount") == 850_003
    assert nodes.btc("getblockhash", 850_001) != left
    assert nodes.btc("getblockhash", 850_000) == nodes.btc("getblockheader", left)["previousblockhash"]
    assert nodes.btc("getblock", left, 1)["confirmations"] == -1
    assert txid in nodes.btc("getblock", left, 1)["tx"]
    assert nodes.btc("getrawmempool") == [txid]
    assert "blockhash" not in nodes.btc("getrawtransaction", txid, True)
    nodes.order("mine", chain="btc")
    assert nodes.btc("getrawtransaction", txid, True)["confirmations"] == 1


def test_a_reorg_may_let_payments_vanish_and_their_source_be_spent_elsewhere(nodes):
    paid = nodes.order("pay", coin="BTC", address=SAM, amount="0.1")
    nodes.order("mine", chain="btc", blocks=1)
    assert "used up" in nodes.refusal("replace", txid=paid["txid"], address=MAYA)

    nodes.order("reorg", chain="btc", depth=1, dropped="vanish")
    assert nodes.btc("getrawmempool") == []
    status, error = nodes.btc_refusal("getrawtransaction", paid["txid"], True)
    assert (status, error["code"]) == (500, -5)

    other = nodes.order("replace", txid=paid["txid"], address=MAYA)
    assert other["spends"] == paid["spends"]
    nodes.order("mine", chain="btc")
    assert nodes.received(nodes.tip(), MAYA) == [Decimal("0.1")]


def test_a_reorg_may_take_the_payments_in_again_at_another_height(nodes):
    txid = nodes.order("pay", coin="BTC", address=SAM, amount="0.1")["txid"]
    nodes.order("mine", chain="btc", blocks=3)
    before = nodes.btc("getrawtransaction", txid, True)

    nodes.order("reorg", chain="btc", depth=3, blocks=4, again=True)

    after = nodes.btc("getrawtransaction", txid, True)
    assert after["confirmations"] == 4
    assert after["blockhash"] != before["blockhash"]


def test_a_dearer_payment_takes_the_place_of_one_that_waits(nodes):
    paid = nodes.order("pay", coin="BTC", address=SAM, amount="0.1")

    other = nodes.order("replace", txid=paid["txid"], amount="0.05")

    assert other["spends"] == paid["spends"]
    assert other["txid"] != paid["txid"]
    assert nodes.btc("getrawmempool") == [other["txid"]]
    assert nodes.btc_refusal("getrawtransaction", paid["txid"])[1]["code"] == -5
    book = json.loads(nodes.sandbox.get("/_sandbox/chain/book.json").body)
    assert {one["txid"]: one["state"] for one in book["payments"]} == {paid["txid"]: "gone", other["txid"]: "waiting"}


def test_a_dropped_payment_is_not_known_any_more(nodes):
    txid = nodes.order("pay", coin="BTC", address=SAM, amount="0.1")["txid"]

    nodes.order("drop", txid=txid)

    assert nodes.btc("getrawmempool") == []
    assert "waiting" in nodes.refusal("drop", txid=txid)
    nodes.order("mine", chain="btc")
    assert nodes.received(nodes.tip(), SAM) == []


def test_one_transaction_may_pay_the_same_address_twice_and_several_at_once(nodes):
    also = [{"address": SAM, "amount": "0.2"}, {"address": MAYA, "amount": "0.3"}]

    nodes.order("pay", coin="BTC", address=SAM, amount="0.1", also=also)
    nodes.order("mine", chain="btc")

    assert sorted(nodes.received(nodes.tip(), SAM)) == [Decimal("0.1"), Decimal("0.2")]
    assert nodes.received(nodes.tip(), MAYA) == [Decimal("0.3")]


@pytest.mark.parametrize(
    ("method", "params", "status", "code"),
    [
        ("getblockhash", [999_999_999], 500, -8),
        ("getblockhash", ["1"], 500, -3),
        ("getblockhash", [], 500, -1),
        ("getblock", ["abc"], 500, -8),
        ("getblock", ["f" * 64], 500, -5),
        ("getmempoolentry", ["f" * 64], 500, -5),
        ("sendtoaddress", [SAM, 1], 404, -32601),
        (7, [], 400, -32600),
    ],
)
def test_core_refuses_with_its_own_codes_and_statuses(nodes, method, params, status, code):
    seen, error = nodes.btc_refusal(method, *params)

    assert (seen, error["code"]) == (status, code)


def test_core_asks_for_a_password_takes_batches_and_speaks_both_versions(nodes):
    assert nodes.post("/chain/btc", {"method": "getblockcount"})[0] == 401
    assert nodes.post("/chain/btc", {"method": "getblockcount"}, "p-2")[0] == 401
    status, text = nodes.post("/chain/btc", b"{", "p-1")
    assert (status, json.loads(text)["error"]["code"]) == (500, -32700)

    batch = [{"id": "a", "method": "getblockcount"}, {"id": "b", "method": "nothing"}]
    status, text = nodes.post("/chain/btc", batch, "p-1")
    first, second = json.loads(text)
    assert (status, first["result"], second["error"]["code"]) == (200, 850_000, -32601)

    status, text = nodes.post("/chain/btc", {"jsonrpc": "2.0", "id": 1, "method": "nothing"}, "p-1")
    assert (status, json.loads(text)["error"]["code"]) == (200, -32601)
    status, text = nodes.post("/chain/btc", {"jsonrpc": "2.0", "id": 1, "method": "getblockcount"}, "p-1")
    assert (status, json.loads(text)) == (200, {"jsonrpc": "2.0", "result": 850_000, "id": 1})
