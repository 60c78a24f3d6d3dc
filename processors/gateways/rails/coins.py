"""Coins: a list for the treasury's signers, and our own nodes as the only witnesses of what was paid."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from foundation.errors import Invalid
from foundation.money import EXPONENTS, Money
from ledger.rules.flows.crypto import CHAIN_DIGITS
from processors.gateways.decoding import json_object
from processors.gateways.rails import fields, host, reasons
from processors.gateways.rails.reasons import SIGNERS
from processors.gateways.rails.types import (
    BatchToWrite,
    Destination,
    RailCapabilities,
    RailFile,
    RailOutcome,
    RailRequest,
    RailResult,
    RailTold,
)
from processors.gateways.redact import mask_text
from processors.gateways.types import Merchant

CHAINS: Final[Mapping[str, str]] = {"BTC": "BTC", "ETH": "ETH", "USDC": "ETH"}
STATUS, BROADCAST = "status", "broadcast"
LONGEST_TXID: Final = 66


@dataclass(frozen=True, slots=True)
class Output:
    """What a transaction pays, in the smallest units of the coin's chain."""

    coin: str
    address: str
    units: int
    index: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A transaction as our own node shows it."""

    confirmations: int
    outputs: tuple[Output, ...]


class NoNode(Exception):
    """Our node cannot be asked now."""


class Chains(Protocol):
    def address(self, coin: str, text: str) -> str:
        """The address as its chain writes it. Invalid for what no coins should be sent to."""
        ...

    def shown(self, coin: str, txid: str) -> Shown | None:
        """What our node shows of a transaction; None: nothing. NoNode."""
        ...

    def enough(self, coin: str) -> int:
        """The confirmations under which coins are paid."""
        ...


class Coins:
    capabilities = RailCapabilities(
        rail="crypto",
        currencies=frozenset(CHAINS),
        least_minor={"BTC": 10_000, "ETH": 1_000_000, "USDC": 5_000_000},
        most_minor={},
        is_file=True,
        asks_status=True,
        returns_within_days=0,
        confirms=True,
        needs=("coin", "address"),
        may=("name",),
        assumed=(
            "the interface that lists reach the signers by (decision 0009)",
            "the smallest amounts, which are ours: below them the network takes too much",
        ),
    )

    def __init__(self, chains: Chains) -> None:
        self.chains = chains

    def read_destination(self, details: Mapping[str, str]) -> Destination:
        given = fields.read(details, self.capabilities)
        coin = given["coin"].upper()
        if coin not in CHAINS:
            raise fields.wrong("coin", f"One of {', '.join(CHAINS)}.")
        try:
            address = self.chains.address(coin, given["address"])
        except Invalid as wrong:
            raise fields.wrong("address", wrong.detail) from wrong
        kept = {**given, "coin": coin, "address": address}
        return Destination(f"{coin} {fields.ending(address)}", f"{CHAINS[coin].lower()}:{address}", "", kept)

    def build(self, merchant: Merchant, batch: BatchToWrite) -> RailFile:
        """The list, keys sorted and without spaces."""
        rows = [self._row(entry) for entry in batch.entries]
        if not rows or len({row["reference"] for row in rows}) != len(rows):
            raise Invalid("rails.does_not_fit", "A list holds at least one transfer, and none twice.")
        totals: dict[str, int] = {}
        for row in rows:
            totals[row["coin"]] = totals.get(row["coin"], 0) + int(row["units"])
        listed = {
            "format": "transfers", "version": 1, "reference": batch.reference, "day": batch.day.isoformat(),
            "number": batch.number, "transfers": rows, "totals": {coin: str(units) for coin, units in totals.items()},
        }  # fmt: skip
        content = json.dumps(listed, sort_keys=True, separators=(",", ":")).encode()
        return RailFile(f"{batch.reference}.json", content)

    def transmit(self, merchant: Merchant, file: RailFile, reference: str) -> RailOutcome:
        return _never_paid(host.hand_over(merchant, file, reference, "transfers"))

    def status(
        self,
        merchant: Merchant,
        reference: str,
        provider_ref: str,
        sent_at: datetime,
        request: RailRequest | None = None,
    ) -> RailOutcome:
        """Of a list; of one transfer, when `request` says what it should pay, by our own node."""
        if request is None:
            return _never_paid(host.ask_about_file(merchant, reference))
        try:
            said = host.ask_about_transfer(merchant, reference)
            if said is None:
                return RailOutcome(RailResult.NOT_SENT, text="The signers never heard of it.")
            return self._became(said, request, provider_ref)
        except (host.NoHost, NoNode) as lost:
            return RailOutcome(RailResult.UNKNOWN, provider_ref, text=str(lost)[:300])

    def reports(self, merchant: Merchant, since: datetime) -> Sequence[RailTold]:
        return [told for report in host.fetch(merchant, since, (STATUS, BROADCAST)) for told in self._told(report)]

    def _row(self, entry: RailRequest) -> dict[str, str]:
        coin, minor = entry.amount.currency, entry.amount.minor
        if coin not in CHAINS or entry.destination.get("coin", coin) != coin or minor <= 0:
            raise Invalid("rails.bad_currency", "The destination takes another coin, or no amount is named.")
        return {
            "reference": entry.reference, "coin": coin, "chain": CHAINS[coin],
            "address": self.chains.address(coin, entry.destination["address"]), "units": str(units_of(entry.amount)),
        }  # fmt: skip

    def _became(self, said: Mapping[str, Any], request: RailRequest, known: str) -> RailOutcome:
        status, txid, raw = str(said.get("status")), _txid(said) or known.partition(":")[0], _raw(said)
        code, text = _text(said.get("code"), 40), _text(said.get("text"), 300)
        shown = self.chains.shown(request.amount.currency, txid) if txid else None
        if status == "REFUSED":
            if shown is not None:
                text = "The signers gave it up, and our node still shows it."
                return RailOutcome(RailResult.UNKNOWN, txid, code, text, raw=raw)
            reason = SIGNERS.get(code, reasons.OTHER)
            return RailOutcome(RailResult.REFUSED, txid, code, text, disables_destination=reason.disables, raw=raw)
        if shown is None:
            return RailOutcome(RailResult.ACCEPTED, txid, code, text or "Not on the chain yet.", raw=raw)
        return self._on_chain(shown, txid, request, raw)

    def _on_chain(self, shown: Shown, txid: str, request: RailRequest, raw: Mapping[str, Any]) -> RailOutcome:
        coin, address = request.amount.currency, request.destination["address"]
        paid = [one for one in shown.outputs if one.coin == coin and _is_same(one.address, address)]
        exact = next((one for one in paid if one.units == units_of(request.amount)), None)
        enough = self.chains.enough(coin)
        told = {**raw, "confirmations": shown.confirmations, "enough": enough}
        if shown.confirmations < enough:
            text = f"{shown.confirmations} of {enough} confirmations."
            return RailOutcome(RailResult.ACCEPTED, txid, text=text, raw=told)
        if exact is None:
            text = "The transaction pays something else than was asked for."
            return RailOutcome(RailResult.UNKNOWN, txid, "AMOUNT", text, raw=told)
        return RailOutcome(RailResult.PAID, f"{txid}:{exact.index}", raw=told)

    def _told(self, report: host.Report) -> Iterator[RailTold]:
        try:
            if report.kind == STATUS:
                yield _file_never_paid(host.told_of_file(report))
                return
            said = json_object(report.body)
            listed = said.get("transfers")
            if not isinstance(listed, list):
                raise Invalid("rails.unreadable", "The report lists no transfers.")
            yield from [self._transfer(report, number, one) for number, one in enumerate(listed, 1)]
        except Invalid as wrong:
            yield host.told_unreadable(report, wrong.detail)

    def _transfer(self, report: host.Report, number: int, said: Any) -> RailTold:
        """A word of the signers: taken as one on its way; what became of it `status` finds out."""
        if not isinstance(said, dict) or not isinstance(said.get("reference"), str) or not said["reference"]:
            raise Invalid("rails.unreadable", "The report speaks of a transfer without its name.")
        is_refused = said.get("status") == "REFUSED" and not _txid(said)
        code = _text(said.get("code"), 40)
        return RailTold(
            key=report.key(number),
            result=RailResult.REFUSED if is_refused else RailResult.ACCEPTED,
            occurred_at=report.created_at,
            reference=said["reference"],
            provider_ref=_txid(said),
            code=code,
            text=_text(said.get("text"), 300),
            disables_destination=is_refused and SIGNERS.get(code, reasons.OTHER).disables,
            raw=_raw(said),
        )


def units_of(amount: Money) -> int:
    """An amount in the smallest units of its chain."""
    return amount.minor * 10 ** (CHAIN_DIGITS[amount.currency] - EXPONENTS[amount.currency])


def _never_paid(outcome: RailOutcome) -> RailOutcome:
    """The signers may call a list done; whether anybody was paid the chain says."""
    if outcome.result is not RailResult.PAID:
        return outcome
    return RailOutcome(RailResult.ACCEPTED, outcome.provider_ref, outcome.code, outcome.text, raw=outcome.raw)


def _file_never_paid(told: RailTold) -> RailTold:
    if told.result is not RailResult.PAID:
        return told
    return RailTold(told.key, RailResult.ACCEPTED, told.occurred_at, batch_reference=told.batch_reference, raw=told.raw)


def _is_same(one: str, other: str) -> bool:
    """Capitals are a check in addresses of Ethereum, and letters of their own in Bitcoin's."""
    return one == other or (one.startswith("0x") and one.lower() == other.lower())


def _txid(said: Mapping[str, Any]) -> str:
    txid = said.get("txid")
    is_one = isinstance(txid, str) and len(txid) <= LONGEST_TXID and txid.removeprefix("0x").isalnum()
    return str(txid) if is_one else ""


def _raw(said: Mapping[str, Any]) -> dict[str, str]:
    return {"status": _text(said.get("status"), 20), "txid": _txid(said)}


def _text(said: Any, most: int) -> str:
    return mask_text(said[:most]) if isinstance(said, str) else ""
