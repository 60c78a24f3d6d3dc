"""Ethereum as its nodes see it: ether, two token contracts of which one is false, failures and finality."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from sandbox.chain.branches import Branches, Pay, Place, Refused, digest
from sandbox.control.clock import Clock

DECIMALS = {"ETH": 18, "USDC": 6, "FAKE_USDC": 6}
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
USDC = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
EPOCH = 32
GWEI = 10**9
BASE_FEE = 12 * GWEI
STRANGERS_PER_BLOCK = 3


@dataclass(frozen=True)
class EthereumTx:
    """One transaction; `to` is nobody where a contract is made, `internal` is what a contract pays out by it."""

    sender: str
    nonce: int
    to: str | None
    wei: int
    made_at: int
    pays: tuple[Pay, ...] = ()
    token_units: int = 0
    token_to: str = ""
    fails: bool = False
    tip: int = GWEI
    internal: tuple[str, int] | None = None

    @property
    def spends(self) -> frozenset[str]:
        return frozenset({f"{self.sender}:{self.nonce}"})

    @cached_property
    def id(self) -> str:
        facts = (self.sender, self.nonce, self.to, self.wei, self.token_to, self.token_units, self.tip, self.internal)
        return "0x" + digest(*facts).hex()

    @property
    def input(self) -> str:
        if self.token_to:
            return f"0xa9059cbb{self.token_to[2:]:0>64}{self.token_units:064x}"
        if self.to is None:
            return "0x6080604052"
        return "0x3ccfd60b" if self.internal else "0x"

    @property
    def gas_used(self) -> int:
        return 21_000 if self.input == "0x" else 380_000 if self.to is None else 48_231

    @property
    def gas_price(self) -> int:
        return BASE_FEE + self.tip

    @property
    def makes_log(self) -> bool:
        return bool(self.token_to) and not self.fails

    def received_wei(self, address: str) -> int:
        """What this adds to the ether of an address."""
        if self.fails:
            return 0
        return (self.wei if self.to == address else 0) + (
            self.internal[1] if self.internal and self.internal[0] == address else 0
        )


class Ethereum(Branches[EthereumTx]):
    name = "eth"
    spacing_seconds = 12

    def __init__(self, seed: int, clock: Clock, height: int, usdc: str = USDC) -> None:
        super().__init__(seed, clock, height)
        self.contracts = {"USDC": usdc.lower(), "FAKE_USDC": self._address("fake token")}

    def hash_for(self, place: Place) -> str:
        return "0x" + self.digest("block", *place).hex()

    @property
    def safe(self) -> int:
        return max(self.tip // EPOCH * EPOCH - EPOCH, 0)

    @property
    def finalized(self) -> int:
        return max(self.tip // EPOCH * EPOCH - 2 * EPOCH, 0)

    def deepest_reorg(self) -> int:
        return self.tip - self.finalized

    def pay(
        self,
        coin: str,
        address: str,
        amount: Decimal,
        *,
        fails: bool = False,
        internal: bool = False,
        in_place_of: EthereumTx | None = None,
    ) -> EthereumTx:
        """Broadcast a payment from a wallet never seen before, or from that of the payment it takes the place of."""
        if not ADDRESS.fullmatch(address):
            raise Refused(f"{address}: not an address")
        if internal and coin != "ETH":
            raise Refused("only ether moves inside a contract here")
        to, units = address.lower(), units_of(coin, amount)
        sender, nonce, tip = self._address("payer", self.fresh().hex()), self.fresh()[0], GWEI
        if in_place_of:
            sender, nonce, tip = in_place_of.sender, in_place_of.nonce, in_place_of.tip + GWEI
        pays = (Pay(coin, to, units, amount),)
        now = self.now()
        if coin != "ETH":
            tx = EthereumTx(sender, nonce, self.contracts[coin], 0, now, pays, units, to, fails=fails, tip=tip)
        elif internal:
            tx = EthereumTx(
                sender, nonce, self._address("vault"), 0, now, pays, fails=fails, tip=tip, internal=(to, units)
            )
        else:
            tx = EthereumTx(sender, nonce, to, units, now, pays, fails=fails, tip=tip)
        return self.send(tx)

    def block_txs(self, place: Place) -> list[EthereumTx]:
        """All that stands in a block: strangers first, then what was paid here."""
        return [*(self._of_strangers(place, number) for number in range(STRANGERS_PER_BLOCK)), *self.paid_in(place)]

    def find(self, tx_id: str) -> EthereumTx | None:
        """A payment that waits or stands in a block; those that vanished are not known."""
        return self.txs.get(tx_id) if tx_id in self.placed or tx_id in self.pool else None

    def balance(self, address: str, height: int) -> int:
        """The wei that came to an address up to that block: nobody spends from an address paid here."""
        return sum(
            self.txs[tx_id].received_wei(address) for tx_id, (mined, _) in self.placed.items() if mined <= height
        )

    def _of_strangers(self, place: Place, number: int) -> EthereumTx:
        token = self.digest("strangers", *place, number)
        sender, to, at = "0x" + token[:20].hex(), "0x" + token[12:].hex(), self.time_of(place)
        if number == 0:
            return EthereumTx(sender, token[0], to, token[1] * 10**15, at)
        if number == 1:
            return EthereumTx(sender, token[0], None, 0, at)
        return EthereumTx(sender, token[0], self.contracts["USDC"], 0, at, (), token[1] * 10_000 + 1, to)

    def _address(self, *parts: object) -> str:
        return "0x" + self.digest("address", *parts)[:20].hex()


def units_of(coin: str, amount: Decimal) -> int:
    units = amount.scaleb(DECIMALS[coin])
    if units != units.to_integral_value() or not 0 < units < 10**30:
        raise Refused(f"an amount of {coin} has at most {DECIMALS[coin]} decimals and lies above nothing")
    return int(units)
