"""Bitcoin as Bitcoin Core tells it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from processors.crypto.nodes.rpc import NodeError, Rpc
from processors.crypto.types import Block, Found, Pool, SentTx

NOT_KNOWN, OUT_OF_RANGE = -5, -8
MOST_NEW_IN_POOL = 2_000


class BitcoinNode:
    chain = "BTC"

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc

    def height(self) -> int:
        return whole(self.rpc.call("getblockcount"))

    def hash_at(self, height: int) -> str | None:
        """The hash of the block there; None above the newest."""
        try:
            return str(self.rpc.call("getblockhash", height))
        except NodeError as refused:
            if refused.code == OUT_OF_RANGE:
                return None
            raise

    def block(self, height: int) -> Block:
        told = self.rpc.call("getblock", self.hash_at(height), 2)
        return Block(
            height=whole(told["height"]),
            hash=str(told["hash"]),
            parent=str(told.get("previousblockhash", "")),
            at=datetime.fromtimestamp(whole(told["time"]), UTC),
            found=tuple(found for tx in told["tx"] for found in outputs(tx)),
        )

    def proved(self, block: Block, found: Iterable[Found]) -> list[Found]:
        """An output in a block is paid."""
        return list(found)

    def sent(self, txid: str) -> SentTx | None:
        """What this transaction pays; None where nobody knows it."""
        try:
            tx = self.rpc.call("getrawtransaction", txid, 1)
        except NodeError as refused:
            if refused.code == NOT_KNOWN:
                return None
            raise
        return SentTx(whole(tx.get("confirmations", 0)), tuple(outputs(tx)))

    def pool(self, known: Collection[str], asked: Collection[str]) -> Pool:
        """What waits for a block. Transactions that vanish between two questions are left out."""
        txids = frozenset(map(str, self.rpc.call("getrawmempool")))
        fresh = sorted(txids.difference(known))[:MOST_NEW_IN_POOL]
        found: list[Found] = []
        for txid in fresh:
            try:
                found += outputs(self.rpc.call("getrawtransaction", txid, 1))
            except NodeError as refused:
                if refused.code != NOT_KNOWN:
                    raise
        return Pool(txids, tuple(found))


def outputs(tx: Any) -> Iterator[Found]:
    """What a transaction pays to addresses."""
    for output in tx["vout"]:
        units = Decimal(output["value"]).scaleb(8)
        if units != units.to_integral_value():
            raise NodeError("an amount finer than a satoshi")
        if units and (address := output["scriptPubKey"].get("address")):
            yield Found("BTC", str(tx["txid"]), whole(output["n"]), str(address), int(units))


def whole(value: Any) -> int:
    if type(value) is not int:
        raise NodeError("a whole number was expected")
    return value
