"""The treasury's signers: take a list of transfers, sign with keys of their own, and put them on the chains."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.chain.bitcoin import DUST, BitcoinTx
from sandbox.chain.branches import Refused
from sandbox.chain.ethereum import ADDRESS, EthereumTx
from sandbox.chain.scripts import script_of
from sandbox.chain.world import World
from sandbox.control import Call
from sandbox.rails.bank.files import ACCEPTED, Filed, Files, problem
from sandbox.rails.bank.nacha import Flaw
from sandbox.rails.book import Instruction
from sandbox.rails.hub import Rails
from sandbox.rails.plans import Plan

NAME = "crypto"
WAITING, BROADCAST, REFUSED = "WAITING", "BROADCAST", "REFUSED"
COINS = {"BTC": ("BTC", 8), "ETH": ("ETH", 18), "USDC": ("ETH", 6)}
# Cents of ether are counted in its ninth decimal.
CENTS_AT = {"ETH": 10**9}
REFERENCE = re.compile(r"[A-Za-z0-9._-]{1,40}")
UNITS = re.compile(r"[1-9][0-9]{0,27}")
LATE = timedelta(hours=6)
OUTPUTS_PER_TX = 100
KEPT = 50_000


@dataclass
class Transfer:
    """One output that was asked for, and what became of it."""

    reference: str
    coin: str
    address: str
    units: int
    at: datetime
    plan: Plan
    taken: Instruction | None = None
    status: str = WAITING
    txid: str = ""
    code: str = ""
    text: str = ""

    @property
    def amount(self) -> Decimal:
        wrong = 100 * CENTS_AT.get(self.coin, 1) if self.plan.kind == "wrong_amount" else 0
        return Decimal(self.units + wrong).scaleb(-COINS[self.coin][1])

    def become(self, status: str, at: datetime, *, txid: str = "", code: str = "", text: str = "") -> None:
        self.status, self.at, self.code, self.text = status, at, code, text[:300]
        self.txid = txid or self.txid

    def as_json(self) -> dict[str, Any]:
        said = {name: getattr(self, name) for name in ("reference", "status", "txid", "code", "text")}
        return {**said, "at": self.at.isoformat()}


class Treasury:
    format = "transfers"
    does: tuple[str, ...] = ("replace", "drop", "speak")

    def __init__(self, rails: Rails, merchant: Mapping[str, Any], world: World) -> None:
        self.rails, self.world = rails, world
        self.files = Files(rails, NAME, "/treasury", str(merchant["token"]), self)
        self.transfers: OrderedDict[str, Transfer] = OrderedDict()
        self._filed: dict[str, Filed] = {}
        rails.play(NAME, self)

    def routes(self) -> list[BaseRoute]:
        door = self.files.desk.door("transfer", self.answer)
        return [*self.files.routes(), Route("/treasury/transfers/{reference}", door, methods=["GET"])]

    async def answer(self, call: Call) -> Response:
        if refusal := self.files.stranger(call):
            return refusal
        found = self.transfers.get(call.request.path_params["reference"])
        if found is None:
            return problem(404, "never heard of it")
        if found.plan.kind == "silent":
            return JSONResponse({**found.as_json(), "status": WAITING, "txid": ""})
        return JSONResponse(found.as_json())

    def take(self, filed: Filed, raw: bytes, call: Call) -> str:
        now = self.rails.clock.now()
        try:
            if call.declined_as:
                raise Flaw(0, call.declined_as, "refused as it was ordered")
            asked = self._read(filed.reference, raw)
        except Flaw as flaw:
            filed.refuse(now, flaw.code, flaw.text)
            return ""
        kinds = {transfer.plan.kind for transfer in asked}
        if "hang_up" in kinds:
            return "hang_up"
        if "reject" in kinds:
            filed.refuse(now, "FUNDS", "the treasury holds too little")
            return ""
        filed.tells = 0 if "silent" in kinds else 2 if "twice" in kinds else 1
        for transfer in asked:
            self._accept(filed, transfer)
        filed.become(ACCEPTED, now)
        if "late" in kinds:
            self.rails.clockwork.at(now + LATE, partial(self._broadcast, filed, asked))
        else:
            self._broadcast(filed, asked, now)
        return "lose_reply" if "lose_reply" in kinds else ""

    def act(self, taken: Instruction, do: str, code: str) -> None:
        transfer, filed = self.transfers.get(taken.reference), self._filed.get(taken.reference)
        if transfer is None or filed is None:
            raise ValueError("the signers do not keep this one any more")
        now = self.rails.clock.now()
        if do == "speak":
            transfer.plan = Plan()
            self.files.speak(filed, now)
        elif transfer.status != BROADCAST:
            raise ValueError(f"it is {transfer.status}")
        elif do == "drop":
            self._drop(filed, [transfer], now)
        else:
            self._replace(filed, transfer, now)

    def forget(self) -> None:
        self.files.forget()
        self.transfers.clear()
        self._filed.clear()

    def _read(self, reference: str, raw: bytes) -> list[Transfer]:
        """The transfers of a list that is written as it was agreed; raises Flaw."""
        try:
            said = json.loads(raw)
            is_canonical = raw == json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
        except ValueError as wrong:
            raise Flaw(0, "JSON", "no JSON") from wrong
        if not isinstance(said, dict) or not is_canonical:
            raise Flaw(0, "JSON", "an object with sorted keys and no spaces")
        if said.keys() != {"format", "version", "reference", "day", "number", "transfers", "totals"}:
            raise Flaw(0, "FIELDS", "other fields than were agreed on")
        if (said["format"], said["version"], said["reference"]) != ("transfers", 1, reference):
            raise Flaw(0, "FIELDS", "format, version or reference is another one")
        rows, totals = said["transfers"], dict[str, int]()
        if not isinstance(rows, list) or not rows:
            raise Flaw(0, "FIELDS", "transfers is a list with something in it")
        asked: list[Transfer] = []
        for row in rows:
            transfer = self._row(row)
            if transfer.reference in self.transfers or any(one.reference == transfer.reference for one in asked):
                raise Flaw(0, "DUPLICATE", f"{transfer.reference} was asked for before")
            totals[transfer.coin] = totals.get(transfer.coin, 0) + transfer.units
            asked.append(transfer)
        if said["totals"] != {coin: str(units) for coin, units in totals.items()}:
            raise Flaw(0, "TOTALS", "the totals are not what the transfers add up to")
        for transfer in asked:
            cents = transfer.units // CENTS_AT.get(transfer.coin, 1)
            transfer.plan = self.rails.plans.of(NAME, transfer.reference, cents)
        return asked

    def _row(self, row: Any) -> Transfer:
        if not isinstance(row, dict) or row.keys() != {"reference", "coin", "chain", "address", "units"}:
            raise Flaw(0, "FIELDS", "a transfer has reference, coin, chain, address and units")
        if not all(isinstance(value, str) for value in row.values()):
            raise Flaw(0, "FIELDS", "every field of a transfer is a text")
        coin, units = row["coin"], row["units"]
        if coin not in COINS or row["chain"].upper() != COINS[coin][0]:
            raise Flaw(0, "COIN", f"{coin} on {row['chain']} is not paid here")
        if not REFERENCE.fullmatch(row["reference"]) or not UNITS.fullmatch(units):
            raise Flaw(0, "FIELDS", "a reference or number of units is not what it has to be")
        return Transfer(row["reference"], coin, row["address"], int(units), self.rails.clock.now(), Plan())

    def _accept(self, filed: Filed, transfer: Transfer) -> None:
        code, text = why_not(transfer)
        if code:
            transfer.become(REFUSED, transfer.at, code=code, text=text)
        else:
            transfer.taken = self.rails.book.take(
                NAME, transfer.reference, transfer.units, transfer.coin, transfer.address, filed.reference
            )
        self.transfers[transfer.reference], self._filed[transfer.reference] = transfer, filed
        while len(self.transfers) > KEPT:
            self._filed.pop(self.transfers.popitem(last=False)[0], None)

    def _broadcast(self, filed: Filed, asked: Sequence[Transfer], at: datetime) -> None:
        """One transaction of bitcoin for many payees, one of ethereum for each."""
        open_ones = [one for one in asked if one.status == WAITING]
        coins = [one for one in open_ones if one.coin == "BTC"]
        groups = [coins[start : start + OUTPUTS_PER_TX] for start in range(0, len(coins), OUTPUTS_PER_TX)]
        for group in groups:
            self._send(group, partial(self.world.btc.pay, [(one.address, one.amount) for one in group]), at)
        for one in open_ones:
            if one.coin != "BTC":
                self._send([one], partial(self.world.eth.pay, one.coin, one.address, one.amount), at)
        self._tell(filed, asked, at)
        if gone := [one for one in open_ones if one.plan.kind == "return" and one.status == BROADCAST]:
            self._drop(filed, gone, at)

    def _send(self, group: Sequence[Transfer], pay: Callable[[], BitcoinTx | EthereumTx], at: datetime) -> None:
        try:
            txid = pay().id
        except Refused as refusal:
            for one in group:
                one.become(REFUSED, at, code="CHAIN", text=str(refusal))
                if one.taken:
                    self.rails.book.come_back(one.taken, "CHAIN", at)
            return
        for one in group:
            one.become(BROADCAST, at, txid=txid)
            if one.taken:
                self.rails.book.settle(one.taken, at)

    def _drop(self, filed: Filed, group: Sequence[Transfer], at: datetime) -> None:
        """The network forgets the transactions and the signers spend their inputs elsewhere: nothing was paid."""
        for txid in {one.txid for one in group}:
            tx = self.world.btc.txs.get(txid) or self.world.eth.txs.get(txid)
            if tx is None or txid not in self.world.chain_of(tx).pool:
                raise ValueError("only a transaction that waits can be dropped")
            self.world.chain_of(tx).drop(txid)
            with_it = [one for one in self.transfers.values() if one.txid == txid]
            for one in with_it:
                one.become(REFUSED, at, code="DROPPED", text="the transaction was given up before any block held it")
                if one.taken:
                    self.rails.book.come_back(one.taken, "DROPPED", at)
            self._tell(filed, with_it, at)

    def _replace(self, filed: Filed, transfer: Transfer, at: datetime) -> None:
        """Pay the same once more from the same source at a higher fee: the first transaction can never be mined."""
        together = [one for one in self.transfers.values() if one.txid == transfer.txid]
        old = self.world.btc.txs.get(transfer.txid) or self.world.eth.txs.get(transfer.txid)
        if old is None or transfer.txid not in self.world.chain_of(old).pool:
            raise ValueError("only a transaction that waits can be replaced")
        if isinstance(old, BitcoinTx):
            txid = self.world.btc.pay([(one.address, one.amount) for one in together], in_place_of=old).id
        else:
            txid = self.world.eth.pay(transfer.coin, transfer.address, transfer.amount, in_place_of=old).id
        for one in together:
            one.become(BROADCAST, at, txid=txid)
        self._tell(filed, together, at)

    def _tell(self, filed: Filed, transfers: Sequence[Transfer], at: datetime) -> None:
        said = {"reference": filed.reference, "transfers": [one.as_json() for one in transfers]}
        self.files.tell(filed, "broadcast", json.dumps(said).encode(), at)


def why_not(transfer: Transfer) -> tuple[str, str]:
    """Why nobody can be paid by this transfer, as code and text; both empty when somebody can."""
    if transfer.plan.kind == "refuse":
        return transfer.plan.code or "ADDRESS", "refused as it was ordered"
    if transfer.coin != "BTC":
        return ("", "") if ADDRESS.fullmatch(transfer.address) else ("ADDRESS", "not an address of Ethereum")
    if transfer.units < DUST:
        return "DUST", "less than the network carries"
    try:
        script_of(transfer.address)
    except ValueError as wrong:
        return "ADDRESS", str(wrong)
    return "", ""
