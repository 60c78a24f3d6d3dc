"""Both chains: what can be ordered of them, by programs, by the page and by the clock."""

import json
import time
import urllib.request

import pytest

from tests.sandbox.conftest import running_sandbox
from tests.sandbox.nodes import SAM, SAM_ETH, Nodes


def test_the_same_seed_and_orders_make_the_same_chain(nodes, tmp_path):
    def told(there):
        there.order("pay", coin="BTC", address=SAM, amount="0.1")
        there.order("pay", coin="USDC", address=SAM_ETH, amount="5")
        there.order("mine", chain="btc", blocks=2)
        there.order("reorg", chain="btc", depth=1)
        return there.tip()["hash"], there.btc("getblock", there.btc("getblockhash", 850_001), 1)["tx"]

    merchants = tmp_path / "merchants.json"
    with running_sandbox(tmp_path / "log2", "--merchants", str(merchants), "--seed", "7") as sandbox:
        assert told(Nodes(sandbox)) == told(nodes)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pay", {"coin": "DOGE", "address": SAM, "amount": "1"}),
        ("pay", {"coin": "BTC", "address": SAM[:-1] + "v", "amount": "1"}),
        ("pay", {"coin": "BTC", "address": SAM, "amount": "0.000000001"}),
        ("pay", {"coin": "BTC", "address": SAM, "amount": "-1"}),
        ("pay", {"coin": "BTC", "address": SAM, "amount": "1", "input": "x:1"}),
        ("pay", {"coin": "ETH", "address": SAM, "amount": "1"}),
        ("pay", {"coin": "USDC", "address": SAM_ETH, "amount": "0.0000001"}),
        ("mine", {"chain": "doge"}),
        ("mine", {"chain": "btc", "blocks": 0}),
        ("reorg", {"chain": "btc", "depth": 2, "blocks": 2}),
        ("reorg", {"chain": "btc", "depth": 1, "dropped": "maybe"}),
        ("auto", {"seconds": -1}),
        ("drop", {"txid": "f" * 64}),
    ],
)
def test_orders_that_make_no_sense_change_nothing(nodes, name, said):
    assert nodes.refusal(name, **said)
    assert nodes.btc("getblockcount") == 850_000
    assert json.loads(nodes.sandbox.get("/_sandbox/chain/book.json").body)["payments"] == []


def test_blocks_come_by_themselves_and_catch_up_when_the_clock_is_moved(nodes):
    nodes.order("auto", seconds=60)
    nodes.post("/_sandbox/clock", {"ahead_seconds": 600})

    for _ in range(50):
        if nodes.btc("getblockcount") >= 850_002:
            break
        time.sleep(0.1)
    assert nodes.btc("getblockcount") == 850_002
    assert int(nodes.eth("eth_blockNumber"), 16) == 20_000_010


def test_faults_can_be_ordered_for_one_method(nodes):
    order = {"provider": "chain", "operation": "getblockcount", "fault": "http_500"}
    assert nodes.post("/_sandbox/scenarios", order)[0] == 200

    assert nodes.btc("getblockhash", 850_000)
    assert nodes.post("/chain/btc", {"method": "getblockcount"}, "p-1")[0] == 500
    assert nodes.btc("getblockcount") == 850_000


def test_the_page_shows_payments_and_its_buttons_work(nodes):
    nodes.order("pay", coin="BTC", address=SAM, amount="0.1")

    page = nodes.sandbox.get("/_sandbox/chain/").body

    assert f"0.1 BTC to {SAM}" in page
    request = urllib.request.Request(  # noqa: S310
        nodes.base + "/_sandbox/chain/mine",
        b"chain=btc&blocks=12&back=%2F_sandbox%2Fchain%2F",
        {"Content-Type": "application/x-www-form-urlencoded"},
    )
    with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310
        assert reply.url.endswith("/_sandbox/chain/")
        assert "12 confirmations" in reply.read().decode()
