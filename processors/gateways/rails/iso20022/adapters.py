"""The one interface of all rails, spoken to banks that read ISO 20022."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from stdnum import bic, iban
from stdnum.exceptions import ValidationError
from stdnum.us import rtn

from foundation.errors import Invalid
from processors.gateways.rails import fields, host, reasons
from processors.gateways.rails.countries import COUNTRIES, SEPA
from processors.gateways.rails.iso20022.pain001 import (
    LONGEST_NAME,
    LONGEST_NOTE,
    Account,
    Address,
    Bank,
    Debtor,
    Order,
    Transfer,
    document,
)
from processors.gateways.rails.iso20022.reports import Said, returns, statuses
from processors.gateways.rails.reasons import ISO20022
from processors.gateways.rails.texts import SEPA as LETTERS
from processors.gateways.rails.texts import latin, name_of
from processors.gateways.rails.types import (
    BatchToWrite,
    Destination,
    RailCapabilities,
    RailFile,
    RailRequest,
    RailResult,
    RailTold,
)
from processors.gateways.rails.values import payee, value
from processors.gateways.redact import mask_text
from processors.gateways.types import Merchant

MOST_SEPA: Final = 999_999_999_99
LONGEST_ACCOUNT, LONGEST_TOWN = 34, 35
STATUS, SAID, BACK = "status", "pain.002", "camt.054"
ASSUMED = (
    "the interface that files reach the bank by (decision 0009)",
    "that ACSC in a pain.002 is the word that a transfer was paid",
    "that what comes back is told by camt.054 with the EndToEndId it was sent with",
)


class _Iso20022(host.ByFile):
    """What SEPA and wires have in common."""

    form = "pain.001"
    capabilities: RailCapabilities
    service: str
    charges: str

    def build(self, merchant: Merchant, batch: BatchToWrite) -> RailFile:
        debtor = Debtor(
            name_of(str(value(merchant, "debtor_name")), LETTERS, LONGEST_NAME),
            Account(str(value(merchant, "debtor_iban", "")), str(value(merchant, "debtor_account", ""))),
            Bank(str(value(merchant, "debtor_bic"))),
        )
        order = Order(batch.reference, batch.day, batch.execute_on or batch.day, self.service, self.charges)
        if any(entry.amount.currency not in self.capabilities.currencies for entry in batch.entries):
            raise Invalid("rails.bad_currency", "This rail does not send that currency.")
        return RailFile(f"{batch.reference}.xml", document(debtor, order, [_transfer(one) for one in batch.entries]))

    def reports(self, merchant: Merchant, since: datetime) -> Sequence[RailTold]:
        return [told for report in host.fetch(merchant, since, (STATUS, SAID, BACK)) for told in _told(report)]


class Sepa(_Iso20022):
    service, charges = "SEPA", "SLEV"
    capabilities = RailCapabilities(
        rail="sepa",
        currencies=frozenset({"EUR"}),
        least_minor={"EUR": 1},
        most_minor={"EUR": MOST_SEPA},
        is_file=True,
        asks_status=False,
        returns_within_days=3,
        confirms=True,
        needs=("name", "iban"),
        may=("bic", "street", "post_code", "town", "country"),
        assumed=ASSUMED,
    )

    def read_destination(self, details: Mapping[str, str]) -> Destination:
        """An account in a country of the single euro payments area, by its IBAN."""
        given = fields.read(details, self.capabilities)
        number = _iban(given["iban"], "iban")
        if number[:2] not in SEPA:
            raise fields.wrong("iban", "This country is not in the single euro payments area.")
        name_of(given["name"], LETTERS, LONGEST_NAME)
        kept = {"name": given["name"], "iban": number, **_bank(given), **_address(given)}
        return Destination(f"IBAN {number[:2]} {fields.ending(number)}", f"iban:{number}", number[:2], kept)


class Wire(_Iso20022):
    service, charges = "URGP", "SHAR"
    capabilities = RailCapabilities(
        rail="wire",
        currencies=frozenset({"USD", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY"}),
        least_minor={"USD": 100_00, "EUR": 100_00, "GBP": 100_00, "CAD": 100_00, "AUD": 100_00, "CHF": 100_00,
                     "JPY": 10_000},
        most_minor={},
        is_file=True,
        asks_status=False,
        returns_within_days=5,
        confirms=True,
        needs=("name", "account", "town", "country"),
        may=("bic", "routing_number", "street", "post_code"),
        assumed=(*ASSUMED, "the smallest amounts, which are ours: a wire costs more than it carries below"),
    )  # fmt: skip

    def read_destination(self, details: Mapping[str, str]) -> Destination:
        """An account anywhere: an IBAN, or a number at a bank with a BIC or a US routing number."""
        given = fields.read(details, self.capabilities)
        account = fields.compact(given["account"])
        is_iban = account[:2].isalpha() and account[2:4].isdigit()
        number = _iban(account, "account") if is_iban else account
        if not (number.isascii() and number.isalnum() and 3 < len(number) <= LONGEST_ACCOUNT):
            raise fields.wrong("account", "An IBAN, or 4 to 34 letters and digits.")
        bank = _bank(given)
        if not is_iban and not bank:
            raise fields.wrong("bic", "An account without an IBAN needs the BIC or routing number of its bank.")
        name_of(given["name"], LETTERS, LONGEST_NAME)
        at = f"us:{bank['routing_number']}" if "routing_number" in bank else f"bic:{bank.get('bic', '')[:8]}"
        identity = f"iban:{number}" if is_iban else f"{at}:{number}"
        address = _address(given)
        kept = {"name": given["name"], "account": number, **bank, **address}
        return Destination(f"Wire {address['country']} {fields.ending(number)}", identity, address["country"], kept)


def _iban(text: str, field: str) -> str:
    try:
        return str(iban.validate(fields.compact(text)))
    except ValidationError:
        raise fields.wrong(field, "No account has this IBAN; look at it again.") from None


def _bank(given: Mapping[str, str]) -> dict[str, str]:
    """How a destination names its bank, if it does."""
    named: dict[str, str] = {}
    if text := fields.compact(given.get("bic", "")):
        try:
            named["bic"] = str(bic.validate(text))
        except ValidationError:
            raise fields.wrong("bic", "No bank has this BIC.") from None
    if text := fields.compact(given.get("routing_number", "")):
        try:
            named["routing_number"] = str(rtn.validate(text))
        except ValidationError:
            raise fields.wrong("routing_number", "No routing number has these digits.") from None
    return named


def _address(given: Mapping[str, str]) -> dict[str, str]:
    country = given.get("country", "").upper()
    if country and country not in COUNTRIES:
        raise fields.wrong("country", "Two letters, as in DE.")
    for name in ("street", "post_code", "town"):
        if name in given and not latin(given[name], LETTERS, LONGEST_TOWN):
            raise fields.wrong(name, "Nothing of it could be read by a bank.")
    kept = {name: given[name] for name in ("street", "post_code", "town") if name in given}
    return kept | ({"country": country} if country else {})


def _transfer(entry: RailRequest) -> Transfer:
    to = entry.destination
    number = to.get("iban") or to.get("account", "")
    is_iban = "iban" in to or (number[:2].isalpha() and number[2:4].isdigit())
    return Transfer(
        reference=entry.reference,
        amount=entry.amount,
        name=name_of(payee(entry), LETTERS, LONGEST_NAME),
        account=Account(iban=number) if is_iban else Account(number=number),
        bank=Bank(to.get("bic", ""), to.get("routing_number", "")),
        address=Address(
            latin(to.get("street", ""), LETTERS, LONGEST_NAME), latin(to.get("post_code", ""), LETTERS, 16),
            latin(to.get("town", ""), LETTERS, LONGEST_TOWN), to.get("country", ""),
        ),
        note=latin(f"{entry.reference} {entry.note}", LETTERS, LONGEST_NOTE),
    )  # fmt: skip


def _told(report: host.Report) -> Iterator[RailTold]:
    try:
        if report.kind == STATUS:
            yield host.told_of_file(report)
        else:
            read = statuses if report.kind == SAID else returns
            yield from [_one(report, number, said) for number, said in enumerate(read(report.body), 1)]
    except Invalid as wrong:
        yield host.told_unreadable(report, wrong.detail)


def _one(report: host.Report, number: int, said: Said) -> RailTold:
    reason = ISO20022.get(said.code, reasons.OTHER)
    is_bad = said.result in (RailResult.REFUSED, RailResult.RETURNED)
    return RailTold(
        key=report.key(number), result=said.result, occurred_at=report.created_at, reference=said.reference,
        batch_reference=said.batch_reference, amount=said.amount, code=said.code, text=mask_text(said.text),
        disables_destination=is_bad and bool(said.reference) and reason.disables, raw={"status": said.status},
    )  # fmt: skip
