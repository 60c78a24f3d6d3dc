"""The node of Bitcoin as Bitcoin Core's JSON-RPC shows it, refusals included."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from starlette.responses import PlainTextResponse, Response

from sandbox.chain.bitcoin import Bitcoin, BitcoinTx
from sandbox.chain.branches import Place
from sandbox.chain.rpc import MOST_IN_BATCH, Method, RpcError, parsed, run, sequence
from sandbox.chain.scripts import kind_of, twice
from sandbox.control import Call
from sandbox.wire import written

HEX_HASH = re.compile(r"[0-9a-fA-F]{64}")
STATUS = {-32600: 400, -32601: 404}


def coins(units: int) -> Decimal:
    """An amount as Core writes it: a number with eight decimals."""
    return Decimal(units).scaleb(-8)


class CoreRpc:
    def __init__(self, chain: Bitcoin, user: str, password: str) -> None:
        self.chain = chain
        self._entry = base64.b64encode(f"{user}:{password}".encode())
        self.methods: Mapping[str, Method] = {
            "getbestblockhash": self.best_hash,
            "getblock": self.block,
            "getblockchaininfo": self.info,
            "getblockcount": self.count,
            "getblockhash": self.hash_at,
            "getblockheader": self.header,
            "getmempoolentry": self.pool_entry,
            "getrawmempool": self.pool,
            "getrawtransaction": self.raw_transaction,
        }

    async def answer(self, call: Call) -> Response:
        if call.request.method != "POST":
            return PlainTextResponse("JSONRPC server handles only POST requests", 405)
        kind, _, given = call.request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic" or not hmac.compare_digest(given.strip().encode(), self._entry):
            return Response(status_code=401, headers={"www-authenticate": 'Basic realm="jsonrpc"'})
        try:
            asked = parsed(call.raw)
            if isinstance(asked, list) and len(asked) <= MOST_IN_BATCH:
                return self._batch(asked)
            if not isinstance(asked, dict):
                raise RpcError(-32700, "Top-level object parse error")
        except RpcError as error:
            return reply({"result": None, "error": error.as_json(), "id": None}, 500)
        answer, status = self._one(asked)
        return reply(answer, status) if answer else Response(status_code=204)

    def _batch(self, asked: list[Any]) -> Response:
        answers = [self._one(one if isinstance(one, dict) else {})[0] for one in asked]
        return reply([answer for answer in answers if answer], 200)

    def _one(self, asked: dict[str, Any]) -> tuple[dict[str, Any] | None, int]:
        """The answer and the status that goes with it: 1.0 says errors by both, 2.0 by the body alone."""
        is_new, asked_by = asked.get("jsonrpc") == "2.0", asked.get("id")
        head: dict[str, Any] = {"jsonrpc": "2.0"} if is_new else {}
        try:
            result = self._call(asked)
        except RpcError as error:
            body = {"error": error.as_json()} if is_new else {"result": None, "error": error.as_json()}
            answer, status = {**head, **body, "id": asked_by}, 200 if is_new else STATUS.get(error.code, 500)
        else:
            answer, status = {**head, "result": result, **({} if is_new else {"error": None}), "id": asked_by}, 200
        return (None, 204) if is_new and "id" not in asked else (answer, status)

    def _call(self, asked: dict[str, Any]) -> Any:
        name = asked.get("method")
        if name is None:
            raise RpcError(-32600, "Missing method")
        if not isinstance(name, str):
            raise RpcError(-32600, "Method must be a string")
        method = self.methods.get(name)
        if method is None:
            raise RpcError(-32601, "Method not found")
        return run(method, sequence(asked.get("params")), lambda names: RpcError(-1, f"{name} {names}"))

    def count(self) -> int:
        return self.chain.tip

    def best_hash(self) -> str:
        return self.chain.hash_at(self.chain.tip)

    def hash_at(self, height: Any) -> str:
        if not 0 <= number(height) <= self.chain.tip:
            raise RpcError(-8, "Block height out of range")
        return self.chain.hash_at(height)

    def info(self) -> dict[str, Any]:
        return {
            "chain": "main",
            "blocks": self.chain.tip,
            "headers": self.chain.tip,
            "bestblockhash": self.best_hash(),
            "time": self.chain.time_of(self.chain.place_at(self.chain.tip)),
            "mediantime": self._median_time(self.chain.place_at(self.chain.tip)),
            "verificationprogress": 1,
            "initialblockdownload": False,
            "pruned": False,
            "warnings": [],
        }

    def header(self, blockhash: Any, verbose: Any = True) -> dict[str, Any]:
        if verbose is not True:
            raise RpcError(-8, "only verbose headers are shown here")
        return self._head(self._place(blockhash))

    def block(self, blockhash: Any, verbosity: Any = 1) -> dict[str, Any]:
        place, much = self._place(blockhash), number(verbosity)
        if much not in (1, 2):
            raise RpcError(-8, "verbosity is 1 or 2 here")
        txs = self.chain.block_txs(place)
        shown: list[Any] = [tx.id if much == 1 else transaction(tx) for tx in txs]
        size = 81 + sum(len(tx.raw) for tx in txs)
        weight = 324 + sum(tx.weight for tx in txs)
        return {**self._head(place), "strippedsize": (weight - size) // 3, "size": size, "weight": weight, "tx": shown}

    def pool(self, verbose: Any = False, mempool_sequence: Any = False) -> Any:
        if mempool_sequence:
            raise RpcError(-8, "mempool_sequence is not kept here")
        if not verbose:
            return list(self.chain.pool)
        return {tx_id: self._waiting(tx) for tx_id, tx in self.chain.pool.items()}

    def pool_entry(self, txid: Any) -> dict[str, Any]:
        tx = self.chain.pool.get(hex_hash("txid", txid))
        if tx is None:
            raise RpcError(-5, "Transaction not in mempool")
        return self._waiting(tx)

    def raw_transaction(self, txid: Any, verbose: Any = 0, blockhash: Any = None) -> Any:
        wanted, much = hex_hash("txid", txid), number(verbose) if not isinstance(verbose, bool) else int(verbose)
        place = self._place(blockhash) if blockhash is not None else None
        if place:
            tx = next((one for one in self.chain.block_txs(place) if one.id == wanted), None)
        else:
            tx, place = self.chain.find(wanted), self.chain.placed.get(wanted)
        if tx is None:
            what = (
                "mempool or blockchain transaction" if blockhash is None else "transaction found in the provided block"
            )
            raise RpcError(-5, f"No such {what}. Use gettransaction for wallet transactions.")
        if not much:
            return tx.raw.hex()
        shown = transaction(tx)
        del shown["fee"]
        if blockhash is not None and place:
            shown["in_active_chain"] = self.chain.is_main(place)
        if place:
            at = self.chain.time_of(place)
            confirmations = self.chain.tip - place[0] + 1 if self.chain.is_main(place) else 0
            shown |= {"blockhash": self.chain.hash_of(place), "confirmations": confirmations, "time": at}
            shown["blocktime"] = at
        return shown

    def _place(self, block_hash: Any) -> Place:
        place = self.chain.place_named(hex_hash("blockhash", block_hash))
        if place is None:
            raise RpcError(-5, "Block not found")
        return place

    def _head(self, place: Place) -> dict[str, Any]:
        chain, height = self.chain, place[0]
        is_main, txs = chain.is_main(place), chain.block_txs(place)
        head = {
            "hash": chain.hash_of(place),
            "confirmations": chain.tip - height + 1 if is_main else -1,
            "height": height,
            "version": 0x20000000,
            "versionHex": "20000000",
            "merkleroot": merkle_root([tx.id for tx in txs]),
            "time": chain.time_of(place),
            "mediantime": self._median_time(place),
            "nonce": int.from_bytes(chain.digest("nonce", *place)[:4], "big"),
            "bits": "17034219",
            "difficulty": 86388558925171.02,
            "chainwork": f"{height * 2**77:064x}",
            "nTx": len(txs),
            "previousblockhash": chain.parent_hash(place),
        }
        if is_main and height < chain.tip:
            head["nextblockhash"] = chain.hash_at(height + 1)
        return head

    def _median_time(self, place: Place) -> int:
        return self.chain.time_of(self.chain.place_at(max(place[0] - 5, 0)))

    def _waiting(self, tx: BitcoinTx) -> dict[str, Any]:
        fees = dict.fromkeys(("base", "modified", "ancestor", "descendant"), coins(tx.fee))
        return {
            "vsize": (tx.weight + 3) // 4,
            "weight": tx.weight,
            "time": tx.made_at,
            "height": self.chain.tip,
            "wtxid": tx.witness_id,
            "fees": fees,
            "depends": [tx.input[0]] if tx.input[0] in self.chain.pool else [],
            "spentby": [],
            "bip125-replaceable": True,
            "unbroadcast": False,
        }


def reply(answer: Any, status: int) -> Response:
    return Response(written(answer) + b"\n", status, media_type="application/json")


def transaction(tx: BitcoinTx) -> dict[str, Any]:
    witness = [item.hex() for item in tx.witnesses]
    source: dict[str, Any] = {"coinbase": tx.coinbase.hex()}
    if not tx.coinbase:
        source = {"txid": tx.input[0], "vout": tx.input[1], "scriptSig": {"asm": "", "hex": ""}}
    outputs = []
    for place, output in enumerate(tx.outputs):
        script: dict[str, Any] = {"asm": assembly(output.script), "hex": output.script.hex()}
        if output.address:
            script["address"] = output.address
        script["type"] = kind_of(output.script)
        outputs.append({"value": coins(output.units), "n": place, "scriptPubKey": script})
    shown = {
        "txid": tx.id,
        "hash": tx.witness_id,
        "version": 2,
        "size": len(tx.raw),
        "vsize": (tx.weight + 3) // 4,
        "weight": tx.weight,
        "locktime": 0,
        "vin": [{**source, "txinwitness": witness, "sequence": tx.sequence}],
        "vout": outputs,
        "fee": coins(tx.fee),
        "hex": tx.raw.hex(),
    }
    if tx.coinbase:
        del shown["fee"]
    return shown


def assembly(script: bytes) -> str:
    match kind_of(script):
        case "nulldata":
            return f"OP_RETURN {script[2:].hex()}"
        case "pubkeyhash":
            return f"OP_DUP OP_HASH160 {script[3:-2].hex()} OP_EQUALVERIFY OP_CHECKSIG"
        case "scripthash":
            return f"OP_HASH160 {script[2:-1].hex()} OP_EQUAL"
        case _:
            return f"{max(script[0] - 0x50, 0)} {script[2:].hex()}"


def merkle_root(tx_ids: list[str]) -> str:
    layer = [bytes.fromhex(tx_id)[::-1] for tx_id in tx_ids]
    while len(layer) > 1:
        layer += layer[-1:] * (len(layer) % 2)
        layer = [twice(layer[place] + layer[place + 1]) for place in range(0, len(layer), 2)]
    return layer[0][::-1].hex()


def number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise RpcError(-3, f"JSON value of type {kind(value)} is not of expected type number")
    return value


def hex_hash(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise RpcError(-3, f"JSON value of type {kind(value)} is not of expected type string")
    if len(value) != 64:
        raise RpcError(-8, f"{name} must be of length 64 (not {len(value)}, for '{value[:80]}')")
    if not HEX_HASH.fullmatch(value):
        raise RpcError(-8, f"{name} must be hexadecimal string (not '{value}')")
    return value.lower()


def kind(value: Any) -> str:
    names = {bool: "bool", str: "string", list: "array", dict: "object", type(None): "null"}
    return names.get(type(value), "number")
