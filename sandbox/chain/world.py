"""Both chains of one sandbox, what can be ordered of them, and blocks that come by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.chain.bitcoin import Bitcoin, BitcoinTx
from sandbox.chain.branches import MOST_AT_ONCE, Refused
from sandbox.chain.ethereum import DECIMALS, USDC, Ethereum, EthereumTx
from sandbox.control.clock import Clock

HEIGHTS = {"btc": 860_000, "eth": 20_500_000}
HEIGHTS_SINCE = datetime(2026, 1, 1, tzinfo=UTC)
DUST = {"BTC": Decimal("0.00000546"), "ETH": Decimal("0.000000000000000001")}
SMALLEST_TOKEN = Decimal("0.000001")
PACE = {"btc": 5, "eth": 1}  # auto-mining: a block of bitcoin comes more rarely

Payment = BitcoinTx | EthereumTx
Said = Mapping[str, Any]


class World:
    """The nodes' shared world; orders raise `Refused` with what is wrong about them."""

    def __init__(self, merchant: Said, clock: Clock, seed: int | None) -> None:
        self.clock = clock
        self.every_seconds = seconds(merchant.get("seconds_per_block", 0))
        seed = seed if seed is not None else 0
        self.btc = Bitcoin(seed, clock, int(merchant.get("btc_height", self._height("btc"))))
        usdc = str(merchant.get("usdc_contract", USDC))
        self.eth = Ethereum(seed, clock, int(merchant.get("eth_height", self._height("eth"))), usdc)
        self.chains: dict[str, Bitcoin | Ethereum] = {"btc": self.btc, "eth": self.eth}
        self.orders: Mapping[str, Callable[[Said], Any]] = {
            "mine": self.mine,
            "pay": self.pay,
            "dust": self.dust,
            "replace": self.replace,
            "drop": self.drop,
            "reorg": self.reorg,
            "auto": self.auto,
        }

    def mine(self, said: Said) -> Any:
        chain = self._chain(said)
        chain.mine(whole(said.get("blocks", 1), "blocks"))
        return self._head(chain)

    def pay(self, said: Said) -> Any:
        coin = self._coin(said)
        amount, address = decimal(said.get("amount")), str(said.get("address", "")).strip()
        if coin == "BTC":
            more = said.get("also", [])
            if not isinstance(more, list) or not all(isinstance(one, dict) for one in more) or len(more) > 100:
                raise Refused("also is a list of further outputs, each with address and amount")
            paid = [(address, amount), *((str(one.get("address", "")), decimal(one.get("amount"))) for one in more)]
            return self.shown(self.btc.pay(paid, spending=an_input(said.get("input"))))
        if "input" in said or "also" in said:
            raise Refused("only a payment of bitcoin has inputs and further outputs")
        fails, internal = a_flag(said, "failed"), a_flag(said, "internal")
        return self.shown(self.eth.pay(coin, address, amount, fails=fails, internal=internal))

    def dust(self, said: Said) -> Any:
        return self.pay({**said, "amount": str(DUST.get(self._coin(said), SMALLEST_TOKEN))})

    def replace(self, said: Said) -> Any:
        """Broadcast another payment from the same source: to the same address unless another is named."""
        old = self._known(said)
        address = str(said.get("address") or old.pays[0].address)
        amount = decimal(said["amount"]) if said.get("amount") else old.pays[0].amount
        if isinstance(old, BitcoinTx):
            return self.shown(self.btc.pay([(address, amount)], in_place_of=old))
        fails = a_flag(said, "failed")
        return self.shown(self.eth.pay(old.pays[0].coin, address, amount, fails=fails, in_place_of=old))

    def drop(self, said: Said) -> Any:
        tx = self._known(said)
        self.chain_of(tx).drop(tx.id)
        return self.shown(tx)

    def reorg(self, said: Said) -> Any:
        chain = self._chain(said)
        dropped = str(said.get("dropped", "mempool"))
        if dropped not in ("mempool", "vanish"):
            raise Refused("dropped is mempool or vanish: what becomes of the payments in the blocks left behind")
        depth = whole(said.get("depth", 1), "depth")
        blocks = whole(said.get("blocks", depth + 1), "blocks")
        chain.reorg(depth, vanish=dropped == "vanish", again=a_flag(said, "again"), blocks=blocks)
        return self._head(chain)

    def auto(self, said: Said) -> Any:
        self.every_seconds = seconds(said.get("seconds"))
        return {"seconds": self.every_seconds}

    def chain_of(self, tx: Payment) -> Any:
        return self.btc if isinstance(tx, BitcoinTx) else self.eth

    def payments(self) -> list[Payment]:
        """Every payment still kept, newest first."""
        every: list[Payment] = [*self.btc.txs.values(), *self.eth.txs.values()]
        return sorted(every, key=lambda tx: tx.made_at)[::-1]

    def shown(self, tx: Payment) -> dict[str, Any]:
        """What truly happened to a payment, for the page and the book."""
        chain = self.chain_of(tx)
        place = chain.placed.get(tx.id)
        return {
            "chain": chain.name,
            "txid": tx.id,
            "state": chain.state_of(tx.id),
            "confirmations": chain.confirmations(tx.id),
            "height": place[0] if place else None,
            "block_hash": chain.hash_of(place) if place else None,
            "failed": isinstance(tx, EthereumTx) and tx.fails,
            "internal": isinstance(tx, EthereumTx) and tx.internal is not None,
            "spends": sorted(tx.spends),
            "made_at": tx.made_at,
            "outputs": [self._output(tx, number) for number in range(len(tx.pays))],
        }

    def _output(self, tx: Payment, number: int) -> dict[str, Any]:
        pay = tx.pays[number]
        output: dict[str, Any] = {
            "coin": pay.coin,
            "address": pay.address,
            "amount": f"{pay.amount:f}",
            "units": str(pay.units),
        }
        if isinstance(tx, BitcoinTx):
            is_change_first = tx.outputs[0].address != tx.pays[0].address
            output["vout"] = number + is_change_first
        elif tx.token_to:
            output["contract"] = tx.to
        return output

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._mine_by_itself())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _mine_by_itself(self) -> None:
        """Blocks as often as ordered, by the providers' clock: when it is moved ahead, all that it skipped come."""
        since = {name: self.clock.now() for name in self.chains}
        while True:
            await self.clock.pause(min(self.every_seconds or 1.0, 1.0))
            for name, chain in self.chains.items():
                step = timedelta(seconds=self.every_seconds * PACE[name])
                passed = self.clock.now() - since[name]
                if not step or passed < timedelta():
                    since[name] = self.clock.now()
                elif due := passed // step:
                    since[name] += due * step
                    chain.mine(min(due, MOST_AT_ONCE))

    def _height(self, name: str) -> int:
        """A chain that mines by itself starts higher each time, so that who watches it sees no height fall."""
        step = timedelta(seconds=self.every_seconds * PACE[name])
        return HEIGHTS[name] + ((self.clock.now() - HEIGHTS_SINCE) // step if step else 0)

    def _head(self, chain: Bitcoin | Ethereum) -> dict[str, Any]:
        return {"chain": chain.name, "height": chain.tip, "hash": chain.hash_at(chain.tip), "waiting": len(chain.pool)}

    def heads(self) -> list[dict[str, Any]]:
        return [self._head(chain) for chain in self.chains.values()]

    def _chain(self, said: Said) -> Bitcoin | Ethereum:
        found = self.chains.get(str(said.get("chain", "")))
        if found is None:
            raise Refused("chain is btc or eth")
        return found

    def _coin(self, said: Said) -> str:
        coin = str(said.get("coin", ""))
        if coin != "BTC" and coin not in DECIMALS:
            raise Refused(f"coin is one of BTC, {', '.join(DECIMALS)}")
        return coin

    def _known(self, said: Said) -> Payment:
        tx_id = str(said.get("txid", ""))
        found = self.btc.txs.get(tx_id) or self.eth.txs.get(tx_id)
        if found is None:
            raise Refused("txid names a payment made here")
        return found


def decimal(value: Any) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation as wrong:
        raise Refused("amount is a decimal number of coins") from wrong
    if not amount.is_finite() or amount <= 0 or abs(amount.adjusted()) > 30:
        raise Refused("amount lies above nothing")
    return amount


def whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not str(value).isdecimal() or len(str(value)) > 9:
        raise Refused(f"{name} is a whole number")
    return int(value)


def seconds(value: Any) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError) as wrong:
        raise Refused("seconds is a number, 0 for no blocks by themselves") from wrong
    if not (found == 0 or 0.05 <= found <= 86_400):
        raise Refused("seconds is 0, or from 0.05 to 86400")
    return found


def a_flag(said: Said, name: str) -> bool:
    value = said.get(name, False)
    if value not in (True, False, "on", "off"):
        raise Refused(f"{name} is true or false")
    return value in (True, "on")


def an_input(value: Any) -> tuple[str, int] | None:
    if value in (None, ""):
        return None
    tx_id, _, number = str(value).partition(":")
    if len(tx_id) != 64 or not set(tx_id) <= set("0123456789abcdef") or not number.isdecimal() or len(number) > 4:
        raise Refused("input is <txid>:<number of the output>")
    return tx_id, int(number)
