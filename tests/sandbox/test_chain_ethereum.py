"""The node of Ethereum answers as the specification says, with tokens, failures and finality."""

import json

import pytest

from tests.sandbox.nodes import SAM_ETH, TRANSFER


def test_ether_arrives_with_its_receipt(nodes):
    txid = nodes.order("pay", coin="ETH", address=SAM_ETH, amount="0.25")["txid"]
    assert nodes.eth("eth_getTransactionReceipt", txid) is None
    assert nodes.eth("eth_getTransactionByHash", txid)["blockNumber"] is None

    nodes.order("mine", chain="eth")

    block = nodes.eth("eth_getBlockByNumber", "latest", True)
    (tx,) = [one for one in block["transactions"] if one["to"] == SAM_ETH.lower()]
    receipt = nodes.eth("eth_getTransactionReceipt", txid)
    assert (tx["hash"], int(tx["value"], 16), tx["blockHash"]) == (txid, 25 * 10**16, block["hash"])
    assert (receipt["status"], receipt["logs"], receipt["blockHash"]) == ("0x1", [], block["hash"])
    assert receipt["transactionIndex"] == tx["transactionIndex"]
    assert int(nodes.eth("eth_getBalance", SAM_ETH, "latest"), 16) == 25 * 10**16
    assert nodes.eth("eth_getBalance", SAM_ETH, "finalized") == "0x0"
    assert any(one["to"] is None for one in block["transactions"])


def test_a_failed_transaction_moves_nothing_and_leaves_no_log(nodes):
    ether = nodes.order("pay", coin="ETH", address=SAM_ETH, amount="1", failed=True)["txid"]
    token = nodes.order("pay", coin="USDC", address=SAM_ETH, amount="1", failed=True)["txid"]
    nodes.order("mine", chain="eth")

    for txid in (ether, token):
        assert nodes.eth("eth_getTransactionReceipt", txid)["status"] == "0x0"
        assert nodes.eth("eth_getTransactionReceipt", txid)["logs"] == []
    assert nodes.logs() == []
    assert nodes.eth("eth_getBalance", SAM_ETH, "latest") == "0x0"


def test_a_false_token_looks_alike_but_for_its_contract(nodes):
    true = nodes.order("pay", coin="USDC", address=SAM_ETH, amount="12.34")["txid"]
    false = nodes.order("pay", coin="FAKE_USDC", address=SAM_ETH, amount="12.34")["txid"]
    nodes.order("mine", chain="eth")

    (log,) = nodes.logs()
    assert (log["transactionHash"], int(log["data"], 16)) == (true, 12_340_000)
    to = "0x" + SAM_ETH[2:].lower().rjust(64, "0")
    both = nodes.eth("eth_getLogs", {"topics": [[TRANSFER], [], [to]]})
    assert {one["transactionHash"] for one in both} == {true, false}
    contracts = json.loads(nodes.sandbox.get("/_sandbox/chain/book.json").body)["contracts"]
    assert {one["address"] for one in both} == set(contracts.values())


def test_ether_from_inside_a_contract_shows_only_in_the_balance(nodes):
    nodes.order("pay", coin="ETH", address=SAM_ETH, amount="2", internal=True)
    nodes.order("mine", chain="eth")

    block = nodes.eth("eth_getBlockByNumber", "latest", True)
    assert all(one["to"] != SAM_ETH.lower() for one in block["transactions"])
    assert int(nodes.eth("eth_getBalance", SAM_ETH, "latest"), 16) == 2 * 10**18


def test_safe_and_finalized_blocks_follow_the_head_and_stay(nodes):
    nodes.order("mine", chain="eth", blocks=40)
    heights = {
        tag: int(nodes.eth("eth_getBlockByNumber", tag, False)["number"], 16) for tag in ("latest", "safe", "finalized")
    }

    assert heights == {"latest": 20_000_040, "safe": 20_000_000, "finalized": 19_999_968}
    assert "72" in nodes.refusal("reorg", chain="eth", depth=73)
    nodes.order("reorg", chain="eth", depth=5)
    assert int(nodes.eth("eth_blockNumber"), 16) == 20_000_041


def test_a_reorg_takes_logs_and_receipts_back(nodes):
    txid = nodes.order("pay", coin="USDC", address=SAM_ETH, amount="5")["txid"]
    nodes.order("mine", chain="eth", blocks=2)
    (log,) = nodes.logs(fromBlock=hex(20_000_001), toBlock="latest")
    assert log["transactionHash"] == txid

    nodes.order("reorg", chain="eth", depth=2)

    assert nodes.logs(fromBlock=hex(20_000_001), toBlock="latest") == []
    assert nodes.eth("eth_getTransactionReceipt", txid) is None
    assert nodes.eth("eth_getTransactionByHash", txid)["blockHash"] is None
    assert nodes.eth("eth_getBlockByHash", log["blockHash"], False)["number"] == log["blockNumber"]
    nodes.order("mine", chain="eth")
    (again,) = nodes.logs()
    assert (again["transactionHash"], again["blockHash"]) == (txid, nodes.logs()[0]["blockHash"])
    assert again["blockHash"] != log["blockHash"]


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("eth_sendRawTransaction", ["0x"], -32601),
        ("eth_getBlockByNumber", [1, True], -32602),
        ("eth_getBlockByNumber", ["0x01", True], -32602),
        ("eth_getBlockByNumber", ["latest"], -32602),
        ("eth_getLogs", [{"fromBlock": "0x2", "toBlock": "0x1"}], -32000),
        ("eth_getLogs", [{"fromBlock": "0x0", "toBlock": "latest"}], -32005),
        ("eth_getLogs", [{"address": "0x12"}], -32602),
        ("eth_getTransactionReceipt", ["abc"], -32602),
    ],
)
def test_the_ethereum_node_refuses_with_codes(nodes, method, params, code):
    assert nodes.eth_answer(method, *params)["error"]["code"] == code


def test_the_ethereum_node_takes_batches_and_has_no_block_of_the_future(nodes):
    assert nodes.eth("eth_getBlockByNumber", hex(20_000_001), False) is None
    assert nodes.eth("eth_chainId") == "0x1"
    batch = [
        {"jsonrpc": "2.0", "id": n, "method": name, "params": []} for n, name in ((1, "eth_blockNumber"), (2, "x"))
    ]
    first, second = json.loads(nodes.post("/chain/eth", batch)[1])
    assert (first["result"], second["error"]["code"]) == (hex(20_000_000), -32601)
