"""A pain.001 read by a bank: its schema, its sums, and what SEPA or wires ask of it besides."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.rails.bank.house import Item, Sheet
from sandbox.rails.bank.nacha import Flaw, is_routing
from sandbox.rails.bank.schema import every, first, parse, value

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LETTERS = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]*")
BANK = re.compile(r"[A-Z0-9]{8}([A-Z0-9]{3})?")
EXPONENTS = {"EUR": 2, "USD": 2, "GBP": 2, "CAD": 2, "AUD": 2, "CHF": 2, "JPY": 0}


@dataclass(frozen=True, slots=True)
class Account:
    """The customer's account as it was agreed on."""

    number: str
    bic: str


@dataclass(frozen=True, slots=True)
class Transfer:
    element: Element
    payment: str
    reference: str
    instructed: str
    currency: str
    account: str


@dataclass(frozen=True, slots=True)
class Message:
    """What reports have to repeat of a file."""

    id: str
    name: str
    count: str
    total: str
    payments: tuple[str, ...]


Rule = Callable[[Transfer], str]


@dataclass(frozen=True, slots=True)
class Scheme:
    """What one kind of transfer asks; `refusal_of` names the reason against a single transfer, or nothing."""

    service: str
    bearers: frozenset[str]
    currencies: frozenset[str]
    refusal_of: Rule


def read(raw: bytes, agreed: Account, scheme: Scheme) -> Sheet:
    """The file as the bank understands it; raises Flaw when all of it is refused."""
    root, version = parse(raw)
    initiation = first(root, "CstmrCdtTrfInitn")
    header, payments = first(initiation, "GrpHdr"), list(every(initiation, "PmtInf"))
    transfers = [transfer for one in payments for transfer in _transfers(one, agreed, scheme)]
    _check_sums(header, transfers, "GrpHdr")
    message = Message(
        value(header, "MsgId"),
        f"pain.001.001.{version}",
        value(header, "NbOfTxs"),
        value(header, "CtrlSum") or f"{sum(Decimal(one.instructed) for one in transfers)}",
        tuple(value(one, "PmtInfId") for one in payments),
    )
    if not LETTERS.fullmatch("".join([message.id, *message.payments])):
        raise Flaw(0, "FF01", "a name of the file has letters that the scheme does not know")
    items = [_item(one, scheme) for one in transfers]
    return Sheet(max(_day(one) for one in payments), items, message)


def _transfers(payment: Element, agreed: Account, scheme: Scheme) -> list[Transfer]:
    name, number = value(payment, "PmtInfId"), first(payment, "DbtrAcct/Id")
    if value(payment, "PmtMtd") != "TRF":
        raise Flaw(0, "FF01", f"{name}: PmtMtd is TRF")
    if (value(number, "IBAN") or value(number, "Othr/Id")) != agreed.number:
        raise Flaw(0, "AC02", f"{name}: the debtor's account is not the one agreed on")
    bank = first(payment, "DbtrAgt/FinInstnId")
    if (value(bank, "BICFI") or value(bank, "BIC")) != agreed.bic:
        raise Flaw(0, "RC01", f"{name}: the debtor's bank is not this one")
    if not value(payment, "Dbtr/Nm"):
        raise Flaw(0, "BE08", f"{name}: the debtor has no name")
    found = []
    for element in every(payment, "CdtTrfTxInf"):
        amount, account = first(element, "Amt/InstdAmt"), first(element, "CdtrAcct/Id")
        service = value(element, "PmtTpInf/SvcLvl/Cd") or value(payment, "PmtTpInf/SvcLvl/Cd")
        bearer = value(element, "ChrgBr") or value(payment, "ChrgBr")
        if service != scheme.service:
            raise Flaw(0, "FF01", f"{name}: the service level is {scheme.service}")
        if bearer not in scheme.bearers:
            raise Flaw(0, "FF01", f"{name}: charges are borne as {', '.join(sorted(scheme.bearers))}")
        found.append(
            Transfer(
                element,
                name,
                value(element, "PmtId/EndToEndId"),
                (amount.text or "") if amount is not None else "",
                amount.get("Ccy", "") if amount is not None else "",
                value(account, "IBAN") or value(account, "Othr/Id"),
            )
        )
    _check_sums(payment, found, name)
    return found


def _check_sums(element: Element | None, transfers: list[Transfer], name: str) -> None:
    count, total = value(element, "NbOfTxs"), value(element, "CtrlSum")
    if count and int(count) != len(transfers):
        raise Flaw(0, "AM18", f"{name}: NbOfTxs is {count}, and {len(transfers)} transfers follow")
    if total and Decimal(total) != sum(Decimal(one.instructed) for one in transfers):
        raise Flaw(0, "AM10", f"{name}: CtrlSum is {total}, which is not what the transfers add up to")


def _item(transfer: Transfer, scheme: Scheme) -> Item:
    exponent = EXPONENTS.get(transfer.currency)
    if transfer.currency not in scheme.currencies or exponent is None:
        raise Flaw(0, "AM03", f"{transfer.reference}: no transfers in {transfer.currency} here")
    minor = Decimal(transfer.instructed).scaleb(exponent)
    if minor != minor.to_integral_value() or not 0 < minor < 10**14:
        raise Flaw(0, "AM01", f"{transfer.reference}: {transfer.instructed} is no amount of {transfer.currency}")
    item = Item(transfer.reference, int(minor), transfer.currency, transfer.account, transfer)
    item.refused_as = scheme.refusal_of(transfer)
    return item


def _day(payment: Element) -> date:
    told = (value(payment, f"ReqdExctnDt{path}").strip() for path in ("", "/Dt", "/DtTm"))
    wanted = next((one for one in told if one), "")[:10]
    try:
        return date.fromisoformat(wanted)
    except ValueError as wrong:
        raise Flaw(0, "DT01", f"{wanted!r} is no day") from wrong


def refused_by_sepa(transfer: Transfer) -> str:
    """An IBAN and a name of the payee, in letters that every bank of the area reads."""
    if not is_iban(value(transfer.element, "CdtrAcct/Id/IBAN")):
        return "AC01"
    return _refused_by_text(transfer)


def refused_as_wire(transfer: Transfer) -> str:
    """The payee's bank by BIC or US routing number, unless an IBAN tells, and where the payee lives."""
    bank = first(transfer.element, "CdtrAgt/FinInstnId")
    iban, routing = value(transfer.element, "CdtrAcct/Id/IBAN"), value(bank, "ClrSysMmbId/MmbId")
    bic = value(bank, "BICFI") or value(bank, "BIC")
    if (iban and not is_iban(iban)) or not (iban or value(transfer.element, "CdtrAcct/Id/Othr/Id")):
        return "AC01"
    if bic and not BANK.fullmatch(bic):
        return "RC01"
    is_us = value(bank, "ClrSysMmbId/ClrSysId/Cd") == "USABA" and is_routing(routing)
    if not (bic or is_us or iban) or (routing and not is_us):
        return "RC01"
    address = first(transfer.element, "Cdtr/PstlAdr")
    if not (value(address, "TwnNm") and value(address, "Ctry")) and not list(every(address, "AdrLine")):
        return "BE04"
    return _refused_by_text(transfer)


def _refused_by_text(transfer: Transfer) -> str:
    name, note = value(transfer.element, "Cdtr/Nm"), value(transfer.element, "RmtInf/Ustrd")
    if not name or len(name) > 70:
        return "BE08"
    reads = all(LETTERS.fullmatch(text) for text in (name, note, transfer.reference))
    return "" if reads and not transfer.reference.startswith("/") and "//" not in transfer.reference else "FF01"


def is_iban(text: str) -> bool:
    """Whether the number carries its check digits (ISO 7064)."""
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", text):
        return False
    return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


SEPA = Scheme("SEPA", frozenset({"SLEV"}), frozenset({"EUR"}), refused_by_sepa)
WIRE = Scheme("URGP", frozenset({"SHAR", "DEBT"}), frozenset(EXPONENTS), refused_as_wire)
