"""Ethereum as its nodes tell it: ether sent plainly, and the one token contract we know."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from processors.crypto.nodes.rpc import NodeError, Rpc
from processors.crypto.types import Block, Found, Pool, SentTx

TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
SUCCEEDED = 1


class EthereumNode:
    chain = "ETH"

    def __init__(self, rpc: Rpc, contracts: dict[str, str]) -> None:
        """`contracts`: the coin each allowed token contract issues."""
        self.rpc, self.coins = rpc, {address.lower(): coin for coin, address in contracts.items()}

    def height(self) -> int:
        return quantity(self.rpc.call("eth_blockNumber"))

    def hash_at(self, height: int) -> str | None:
        """The hash of the block there; None above the newest."""
        told = self.rpc.call("eth_getBlockByNumber", hex(height), False)
        return str(told["hash"]) if told else None

    def block(self, height: int) -> Block:
        told = self.rpc.call("eth_getBlockByNumber", hex(height), True)
        if told is None:
            raise NodeError("the block is gone")
        logs = self.rpc.call(
            "eth_getLogs", {"blockHash": told["hash"], "address": sorted(self.coins), "topics": [TRANSFER]}
        ) if self.coins else []  # fmt: skip
        plain = (
            Found("ETH", str(tx["hash"]), 0, str(tx["to"]), quantity(tx["value"]))
            for tx in told["transactions"]
            if tx.get("to") and quantity(tx["value"])
        )
        return Block(
            height=quantity(told["number"]),
            hash=str(told["hash"]),
            parent=str(told["parentHash"]),
            at=datetime.fromtimestamp(quantity(told["timestamp"]), UTC),
            found=(*plain, *self._sent(logs)),
        )

    def proved(self, block: Block, found: Iterable[Found]) -> list[Found]:
        """Those whose transaction succeeded in this very block; of tokens, exactly what its receipt says.

        A log's number in the block changes when the block does; its place in the receipt does not.
        """
        wanted = list(found)
        txids = sorted({one.txid for one in wanted})
        ours = {(one.txid, one.address.lower()) for one in wanted if one.coin != "ETH"}
        proved: list[Found] = []
        for receipt in self.rpc.batch([("eth_getTransactionReceipt", txid) for txid in txids]):
            if receipt is None or receipt["blockHash"] != block.hash:
                raise NodeError("the block is gone")
            if quantity(receipt["status"]) != SUCCEEDED:
                continue
            txid = str(receipt["transactionHash"])
            proved += [one for one in wanted if one.coin == "ETH" and one.txid == txid]
            proved += [one for one in self._sent(receipt["logs"]) if (txid, one.address.lower()) in ours]
        return proved

    def sent(self, txid: str) -> SentTx | None:
        """What this transaction pays, if it succeeded; None where nobody knows it."""
        tx, receipt = self.rpc.batch([("eth_getTransactionByHash", txid), ("eth_getTransactionReceipt", txid)])
        if tx is None:
            return None
        if receipt is None:
            return SentTx(0, ())
        depth = self.height() - quantity(receipt["blockNumber"]) + 1
        if quantity(receipt["status"]) != SUCCEEDED:
            return SentTx(depth, ())
        plain = [Found("ETH", txid, 0, str(tx["to"]), quantity(tx["value"]))] if tx.get("to") else []
        return SentTx(depth, (*plain, *self._sent(receipt["logs"])))

    def pool(self, known: Collection[str], asked: Collection[str]) -> Pool:
        """Which of these wait for a block; what else waits, nodes of others do not tell."""
        told = self.rpc.batch([("eth_getTransactionByHash", txid) for txid in sorted(asked)])
        return Pool(frozenset(str(tx["hash"]) for tx in told if tx and tx.get("blockNumber") is None), ())

    def _sent(self, logs: Iterable[Any]) -> list[Found]:
        """Transfers of the tokens we know; whatever else calls itself so does not count."""
        found = []
        for place, log in enumerate(logs):
            coin, topics = self.coins.get(str(log["address"]).lower()), log["topics"]
            is_transfer = len(topics) == 3 and topics[0].lower() == TRANSFER and not log.get("removed")
            if coin and is_transfer and (units := quantity(log["data"])):
                found.append(Found(coin, str(log["transactionHash"]), place + 1, "0x" + topics[2][-40:], units))
        return found


def quantity(value: Any) -> int:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise NodeError("a quantity in hex was expected")
    return int(value, 16) if len(value) > 2 else 0
