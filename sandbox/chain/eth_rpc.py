"""The node of Ethereum as its JSON-RPC shows it: quantities in hex, tags, logs and receipts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.chain.branches import Place
from sandbox.chain.ethereum import ADDRESS, BASE_FEE, TRANSFER, Ethereum, EthereumTx
from sandbox.chain.rpc import MOST_IN_BATCH, Method, RpcError, parsed, run, sequence
from sandbox.control import Call

QUANTITY = re.compile(r"0x(0|[1-9a-fA-F][0-9a-fA-F]{0,15})")
HASH = re.compile(r"0x[0-9a-fA-F]{64}")
WIDEST_LOG_RANGE = 10_000
MOST_LOGS = 10_000
# A bloom that says "perhaps" to everything: no reader may skip a block that holds its log.
PERHAPS, NEVER = "0x" + "ff" * 256, "0x" + "00" * 256
NO_UNCLES = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"


class EthRpc:
    def __init__(self, chain: Ethereum, chain_id: int) -> None:
        self.chain, self.chain_id = chain, chain_id
        self.methods: Mapping[str, Method] = {
            "eth_blockNumber": self.block_number,
            "eth_chainId": lambda: hex(chain_id),
            "eth_gasPrice": lambda: hex(BASE_FEE),
            "eth_getBalance": self.balance,
            "eth_getBlockByHash": self.block_by_hash,
            "eth_getBlockByNumber": self.block_by_number,
            "eth_getLogs": self.logs,
            "eth_getTransactionByHash": self.transaction_by_hash,
            "eth_getTransactionReceipt": self.receipt,
            "eth_syncing": lambda: False,
            "net_version": lambda: str(chain_id),
            "web3_clientVersion": lambda: "Geth/v1.15.0-sandbox",
        }

    async def answer(self, call: Call) -> Response:
        if call.request.method != "POST":
            return Response("method not allowed", 405)
        try:
            asked = parsed(call.raw)
            if isinstance(asked, list):
                if not 1 <= len(asked) <= MOST_IN_BATCH:
                    raise RpcError(-32600, "batch too large" if asked else "empty batch")
                answers = [self._one(one) for one in asked]
                return JSONResponse([answer for answer in answers if answer])
            answer = self._one(asked)
        except RpcError as error:
            return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error.as_json()})
        return JSONResponse(answer) if answer else Response(status_code=200)

    def _one(self, asked: Any) -> dict[str, Any] | None:
        if not isinstance(asked, dict) or not isinstance(asked.get("method"), str):
            return {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "invalid request"}}
        name = asked["method"]
        head = {"jsonrpc": "2.0", "id": asked.get("id")}
        try:
            method = self.methods.get(name)
            if method is None:
                raise RpcError(-32601, f"the method {name} does not exist/is not available")
            result = run(method, sequence(asked.get("params")), lambda names: RpcError(-32602, f"expected: {names}"))
        except RpcError as error:
            return {**head, "error": error.as_json()} if "id" in asked else None
        return {**head, "result": result} if "id" in asked else None

    def block_number(self) -> str:
        return hex(self.chain.tip)

    def block_by_number(self, block: Any, full: Any) -> dict[str, Any] | None:
        height = self._height(block)
        return self._block(self.chain.place_at(height), full) if height <= self.chain.tip else None

    def block_by_hash(self, block_hash: Any, full: Any) -> dict[str, Any] | None:
        place = self.chain.place_named(a_hash(block_hash))
        return self._block(place, full) if place else None

    def transaction_by_hash(self, tx_hash: Any) -> dict[str, Any] | None:
        tx = self.chain.find(a_hash(tx_hash))
        if tx is None:
            return None
        place = self.chain.placed.get(tx.id)
        index = [one.id for one in self.chain.block_txs(place)].index(tx.id) if place else None
        return self._transaction(tx, place, index)

    def receipt(self, tx_hash: Any) -> dict[str, Any] | None:
        wanted = a_hash(tx_hash)
        place = self.chain.placed.get(wanted)
        if place is None:
            return None
        txs = self.chain.block_txs(place)
        index = [one.id for one in txs].index(wanted)
        tx, used = txs[index], sum(one.gas_used for one in txs[: index + 1])
        return {
            **self._position(place, index),
            "transactionHash": tx.id,
            "from": tx.sender,
            "to": tx.to,
            "contractAddress": None,
            "status": "0x0" if tx.fails else "0x1",
            "type": "0x2",
            "gasUsed": hex(tx.gas_used),
            "cumulativeGasUsed": hex(used),
            "effectiveGasPrice": hex(tx.gas_price),
            "logs": [self._log(tx, place, index)] if tx.makes_log else [],
            "logsBloom": PERHAPS if tx.makes_log else NEVER,
        }

    def balance(self, address: Any, block: Any) -> str:
        if not isinstance(address, str) or not ADDRESS.fullmatch(address):
            raise RpcError(-32602, "invalid argument 0: hex string has length other than 40 or is not hex")
        height = self._height(block)
        if height > self.chain.tip:
            raise RpcError(-32000, "header not found")
        return hex(self.chain.balance(address.lower(), height))

    def logs(self, wanted: Any) -> list[dict[str, Any]]:
        if not isinstance(wanted, dict):
            raise RpcError(-32602, "invalid argument 0: a filter object is expected")
        contracts = {address.lower() for address in texts(wanted.get("address"), "address")}
        topics = wanted.get("topics") or []
        if not isinstance(topics, list) or len(topics) > 4:
            raise RpcError(-32602, "invalid argument 0: topics is an array of at most four")
        any_of = [{topic.lower() for topic in texts(place, "topic")} for place in topics]
        found = []
        for place in self._places(wanted):
            for index, tx in enumerate(self.chain.block_txs(place)):
                if tx.makes_log and fits(tx, contracts, any_of):
                    found.append(self._log(tx, place, index))
            if len(found) > MOST_LOGS:
                raise RpcError(-32005, f"query returned more than {MOST_LOGS} results")
        return found

    def _places(self, wanted: dict[str, Any]) -> list[Place]:
        if "blockHash" in wanted:
            if "fromBlock" in wanted or "toBlock" in wanted:
                raise RpcError(-32602, "cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other")
            place = self.chain.place_named(a_hash(wanted["blockHash"]))
            if place is None:
                raise RpcError(-32000, "unknown block")
            return [place]
        first = self._height(wanted.get("fromBlock", "latest"))
        last = self._height(wanted.get("toBlock", "latest"))
        if first > last:
            raise RpcError(-32000, "invalid block range params")
        if last - first >= WIDEST_LOG_RANGE:
            raise RpcError(-32005, f"query exceeds max block range {WIDEST_LOG_RANGE}")
        return [self.chain.place_at(height) for height in range(first, min(last, self.chain.tip) + 1)]

    def _height(self, block: Any) -> int:
        tags = {"safe": self.chain.safe, "finalized": self.chain.finalized, "earliest": 0}
        tags |= dict.fromkeys(("latest", "pending"), self.chain.tip)
        if isinstance(block, str) and block in tags:
            return tags[block]
        if not isinstance(block, str) or not QUANTITY.fullmatch(block):
            raise RpcError(-32602, f"invalid argument 0: {block!r} is no hex quantity and no tag")
        return int(block, 16)

    def _block(self, place: Place, full: Any) -> dict[str, Any]:
        if not isinstance(full, bool):
            raise RpcError(-32602, "invalid argument 1: a boolean is expected")
        txs = self.chain.block_txs(place)
        shown: list[Any] = [self._transaction(tx, place, index) if full else tx.id for index, tx in enumerate(txs)]
        roots = {
            name: "0x" + self.chain.digest(name, *place).hex()
            for name in ("stateRoot", "transactionsRoot", "receiptsRoot", "mixHash", "parentBeaconBlockRoot")
        }
        return {
            "number": hex(place[0]),
            "hash": self.chain.hash_of(place),
            "parentHash": self.chain.parent_hash(place),
            "timestamp": hex(self.chain.time_of(place)),
            **roots,
            "sha3Uncles": NO_UNCLES,
            "logsBloom": PERHAPS,
            "miner": "0x" + self.chain.digest("miner", *place)[:20].hex(),
            "difficulty": "0x0",
            "nonce": "0x0000000000000000",
            "extraData": "0x",
            "size": hex(600 + 300 * len(txs)),
            "gasLimit": hex(36_000_000),
            "gasUsed": hex(sum(tx.gas_used for tx in txs)),
            "baseFeePerGas": hex(BASE_FEE),
            "uncles": [],
            "withdrawals": [],
            "transactions": shown,
        }

    def _position(self, place: Place | None, index: int | None) -> dict[str, Any]:
        if place is None or index is None:
            return dict.fromkeys(("blockHash", "blockNumber", "transactionIndex"))
        return {
            "blockHash": self.chain.hash_of(place),
            "blockNumber": hex(place[0]),
            "transactionIndex": hex(index),
        }

    def _transaction(self, tx: EthereumTx, place: Place | None, index: int | None) -> dict[str, Any]:
        signed = self.chain.digest("signature", tx.id)
        return {
            **self._position(place, index),
            "hash": tx.id,
            "type": "0x2",
            "chainId": hex(self.chain_id),
            "nonce": hex(tx.nonce),
            "from": tx.sender,
            "to": tx.to,
            "value": hex(tx.wei),
            "input": tx.input,
            "gas": hex(tx.gas_used * 2),
            "gasPrice": hex(tx.gas_price),
            "maxFeePerGas": hex(tx.gas_price + BASE_FEE),
            "maxPriorityFeePerGas": hex(tx.tip),
            "accessList": [],
            "yParity": hex(signed[0] & 1),
            "v": hex(signed[0] & 1),
            "r": hex(int.from_bytes(signed, "big")),
            "s": hex(int.from_bytes(signed[::-1], "big") >> 1),
        }

    def _log(self, tx: EthereumTx, place: Place, index: int) -> dict[str, Any]:
        return {
            "address": tx.to,
            "topics": topics_of(tx),
            "data": f"0x{tx.token_units:064x}",
            **self._position(place, index),
            "transactionHash": tx.id,
            "logIndex": hex(index),
            "blockTimestamp": hex(self.chain.time_of(place)),
            "removed": False,
        }


def topics_of(tx: EthereumTx) -> list[str]:
    return [TRANSFER, f"0x{tx.sender[2:]:0>64}", f"0x{tx.token_to[2:]:0>64}"]


def fits(tx: EthereumTx, contracts: set[str], any_of: list[set[str]]) -> bool:
    """Whether a filter of contracts and topics wants the log of this transaction; an empty place wants any."""
    if contracts and tx.to not in contracts:
        return False
    topics = topics_of(tx)
    return len(any_of) <= len(topics) and all(
        not wanted or topic in wanted for wanted, topic in zip(any_of, topics, strict=False)
    )


def texts(value: Any, what: str) -> list[str]:
    """One text, several, or none, as filters allow."""
    found = [value] if isinstance(value, str) else value or []
    pattern = ADDRESS if what == "address" else HASH
    if not isinstance(found, list) or not all(isinstance(one, str) and pattern.fullmatch(one) for one in found):
        raise RpcError(-32602, f"invalid argument 0: invalid {what}")
    return found


def a_hash(value: Any) -> str:
    if not isinstance(value, str) or not HASH.fullmatch(value):
        raise RpcError(-32602, "invalid argument 0: a hash of 32 bytes in hex is expected")
    return value.lower()
