"""Bitcoin as its nodes see it: real transactions in bytes, blocks, and who replaces whom."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from sandbox.chain.branches import Branches, Pay, Place, Refused
from sandbox.chain.scripts import script_of, twice, witness_address

COIN = Decimal(100_000_000)
DUST = 546
REPLACEABLE = 0xFFFFFFFD
FEE = 1_420
STRANGERS_PER_BLOCK = 2

Input = tuple[str, int]  # transaction and number of its output


@dataclass(frozen=True)
class Output:
    script: bytes
    address: str
    units: int


@dataclass(frozen=True)
class BitcoinTx:
    """A transaction that spends one input; `witness` stands for a signature nobody checks here."""

    input: Input
    outputs: tuple[Output, ...]
    witness: bytes
    made_at: int
    pays: tuple[Pay, ...] = ()
    fee: int = FEE
    coinbase: bytes = b""

    @property
    def spends(self) -> frozenset[str]:
        return frozenset({f"{self.input[0]}:{self.input[1]}"})

    @cached_property
    def id(self) -> str:
        return twice(self._raw(with_witness=False))[::-1].hex()

    @cached_property
    def witness_id(self) -> str:
        return twice(self.raw)[::-1].hex()

    @cached_property
    def raw(self) -> bytes:
        return self._raw(with_witness=True)

    @property
    def weight(self) -> int:
        return 3 * len(self._raw(with_witness=False)) + len(self.raw)

    @property
    def witnesses(self) -> tuple[bytes, ...]:
        return (bytes(32),) if self.coinbase else (b"\x30" + self.witness[:31] * 2 + b"\x01", b"\x02" + self.witness)

    @property
    def sequence(self) -> int:
        return 0xFFFFFFFF if self.coinbase else REPLACEABLE

    def _raw(self, *, with_witness: bool) -> bytes:
        spent = bytes.fromhex(self.input[0])[::-1] + self.input[1].to_bytes(4, "little")
        inputs = b"\x01" + spent + sized(self.coinbase) + self.sequence.to_bytes(4, "little")
        outputs = bytes([len(self.outputs)]) + b"".join(
            output.units.to_bytes(8, "little") + sized(output.script) for output in self.outputs
        )
        marker, witness = b"", b""
        if with_witness:
            marker = b"\x00\x01"
            witness = bytes([len(self.witnesses)]) + b"".join(sized(item) for item in self.witnesses)
        return b"\x02\x00\x00\x00" + marker + inputs + outputs + witness + bytes(4)


class Bitcoin(Branches[BitcoinTx]):
    name = "btc"
    spacing_seconds = 600

    def hash_for(self, place: Place) -> str:
        return "0" * 19 + self.digest("block", *place).hex()[19:]

    def pay(
        self, paid: list[tuple[str, Decimal]], *, spending: Input | None = None, in_place_of: BitcoinTx | None = None
    ) -> BitcoinTx:
        """Broadcast a payment with change; it may spend a chosen input, or the one of another payment (RBF)."""
        pays = tuple(Pay("BTC", address, units_of(amount), amount) for address, amount in paid)
        if not pays:
            raise Refused("a payment pays somebody")
        token = self.fresh()
        if in_place_of:
            spending = in_place_of.input
        fee = FEE + (in_place_of.fee if in_place_of else 0)
        outputs = [output_to(pay.address, pay.units) for pay in pays]
        # The change stands first as often as last, as wallets shuffle it.
        outputs.insert(
            len(outputs) * (token[0] & 1), stranger(self.digest("change", token.hex()), token[1] * 9_731 + 1)
        )
        source = spending or (self.digest("source", token.hex()).hex(), token[2] % 4)
        return self.send(BitcoinTx(source, tuple(outputs), token, self.now(), pays, fee))

    def block_txs(self, place: Place) -> list[BitcoinTx]:
        """All that stands in a block: the reward, strangers, and what was paid here."""
        others = [self._of_strangers(place, number) for number in range(STRANGERS_PER_BLOCK)]
        return [self._reward(place), *others, *self.paid_in(place)]

    def find(self, tx_id: str) -> BitcoinTx | None:
        """A payment that waits or stands in a block; those that vanished are not known."""
        return self.txs.get(tx_id) if tx_id in self.placed or tx_id in self.pool else None

    def _reward(self, place: Place) -> BitcoinTx:
        token = self.digest("reward", *place)
        height = place[0].to_bytes(4, "little").rstrip(b"\x00") or b"\x00"
        commitment = Output(b"\x6a\x24\xaa\x21\xa9\xed" + token, "", 0)
        outputs = (stranger(token, 312_500_000 + token[0] * 1_000), commitment)
        return BitcoinTx(
            ("00" * 32, 0xFFFFFFFF), outputs, token, self.time_of(place), fee=0, coinbase=sized(height) + token[:8]
        )

    def _of_strangers(self, place: Place, number: int) -> BitcoinTx:
        token = self.digest("strangers", *place, number)
        outputs = (stranger(token, token[3] * 50_021 + DUST), stranger(token[::-1], token[4] * 20_011 + DUST))
        source = (self.digest("spent", *place, number).hex(), token[5] % 3)
        return BitcoinTx(source, outputs, token, self.time_of(place))


def output_to(address: str, units: int) -> Output:
    try:
        return Output(script_of(address), address, units)
    except ValueError as wrong:
        raise Refused(f"{address}: {wrong}") from wrong


def stranger(token: bytes, units: int) -> Output:
    script = b"\x00\x14" + token[:20]
    return Output(script, witness_address(token[:20]), units)


def units_of(amount: Decimal) -> int:
    units = amount * COIN
    if units != units.to_integral_value() or not 0 < units <= 21_000_000 * COIN:
        raise Refused("an amount of bitcoin has at most eight decimals and lies above nothing")
    return int(units)


def sized(raw: bytes) -> bytes:
    return bytes([len(raw)]) + raw
