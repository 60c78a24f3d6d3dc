"""A credit transfer file, pain.001.001.09: one debtor, one currency, one day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from foundation.errors import Invalid
from foundation.money import Money, total
from processors.gateways.decoding import major

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
LONGEST_REFERENCE, LONGEST_NAME, LONGEST_NOTE = 35, 70, 140
MOST_ENTRIES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Account:
    """An account by its IBAN, or by the number its bank gave it."""

    iban: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank by its BIC, or by its routing number in the United States; neither: the IBAN tells."""

    bic: str = ""
    routing: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    street: str = ""
    post_code: str = ""
    town: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Debtor:
    name: str
    account: Account
    bank: Bank


@dataclass(frozen=True, slots=True)
class Transfer:
    reference: str
    amount: Money
    name: str = field(repr=False)
    account: Account = field(repr=False)
    bank: Bank
    address: Address = field(repr=False)
    note: str


@dataclass(frozen=True, slots=True)
class Order:
    """How all transfers of a file are to be carried."""

    reference: str
    written_on: date
    execute_on: date
    service: str
    charges: str


def document(debtor: Debtor, order: Order, transfers: Sequence[Transfer]) -> bytes:
    """The file; Invalid for what does not fit one."""
    currencies = {transfer.amount.currency for transfer in transfers}
    if len(currencies) != 1 or len(transfers) > MOST_ENTRIES:
        raise Invalid("rails.does_not_fit", "A file holds transfers in one currency, at least one of them.")
    if any(transfer.amount.minor <= 0 for transfer in transfers):
        raise Invalid("rails.does_not_fit", "A transfer is more than nothing.")
    names = [order.reference, *(transfer.reference for transfer in transfers)]
    if len(set(names)) != len(names) or not all(0 < len(name) <= LONGEST_REFERENCE for name in names):
        raise Invalid("rails.does_not_fit", "A reference is too long, or stands twice.")
    root = Element("Document", xmlns=NAMESPACE)
    initiation = SubElement(root, "CstmrCdtTrfInitn")
    counted = (str(len(transfers)), _major(total((one.amount for one in transfers), currencies.pop())))
    header = SubElement(initiation, "GrpHdr")
    _put(header, "MsgId", order.reference)
    _put(header, "CreDtTm", f"{order.written_on:%Y-%m-%d}T00:00:00")
    _count(header, counted)
    _put(header, "InitgPty/Nm", debtor.name)
    payment = SubElement(initiation, "PmtInf")
    _payment(payment, debtor, order, counted, transfers[0].amount.currency)
    for transfer in transfers:
        _transfer(SubElement(payment, "CdtTrfTxInf"), transfer)
    indent(root, " ")
    return tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"


def _payment(payment: Element, debtor: Debtor, order: Order, counted: tuple[str, str], currency: str) -> None:
    _put(payment, "PmtInfId", order.reference)
    _put(payment, "PmtMtd", "TRF")
    _put(payment, "BtchBookg", "false")
    _count(payment, counted)
    _put(payment, "PmtTpInf/SvcLvl/Cd", order.service)
    _put(payment, "ReqdExctnDt/Dt", order.execute_on.isoformat())
    _put(payment, "Dbtr/Nm", debtor.name)
    _account(SubElement(payment, "DbtrAcct"), debtor.account, currency)
    _bank(SubElement(payment, "DbtrAgt"), debtor.bank)
    _put(payment, "ChrgBr", order.charges)


def _transfer(element: Element, transfer: Transfer) -> None:
    _put(element, "PmtId/EndToEndId", transfer.reference)
    _put(element, "Amt/InstdAmt", _major(transfer.amount)).set("Ccy", transfer.amount.currency)
    if transfer.bank != Bank():
        _bank(SubElement(element, "CdtrAgt"), transfer.bank)
    creditor = SubElement(element, "Cdtr")
    _put(creditor, "Nm", transfer.name)
    if transfer.address != Address():
        _address(SubElement(creditor, "PstlAdr"), transfer.address)
    _account(SubElement(element, "CdtrAcct"), transfer.account)
    _put(element, "RmtInf/Ustrd", transfer.note)


def _count(element: Element, counted: tuple[str, str]) -> None:
    for name, text in zip(("NbOfTxs", "CtrlSum"), counted, strict=True):
        _put(element, name, text)


def _account(element: Element, account: Account, currency: str = "") -> None:
    _put(element, *(("Id/IBAN", account.iban) if account.iban else ("Id/Othr/Id", account.number)))
    if currency:
        _put(element, "Ccy", currency)


def _bank(element: Element, bank: Bank) -> None:
    institution = SubElement(element, "FinInstnId")
    if bank.bic:
        _put(institution, "BICFI", bank.bic)
    if bank.routing:
        member = SubElement(institution, "ClrSysMmbId")
        _put(member, "ClrSysId/Cd", "USABA")
        _put(member, "MmbId", bank.routing)


def _address(element: Element, address: Address) -> None:
    told = {"StrtNm": address.street, "PstCd": address.post_code, "TwnNm": address.town, "Ctry": address.country}
    for name, text in told.items():
        if text:
            _put(element, name, text)


def _put(element: Element, path: str, text: str) -> Element:
    """A text along this path of new elements. Invalid for what no bank could read."""
    if not text or not text.isascii() or not text.isprintable():
        raise Invalid("rails.does_not_fit", f"{path} is empty, or holds characters banks do not read.")
    for name in path.split("/"):
        element = SubElement(element, name)
    element.text = text
    return element


def _major(amount: Money) -> str:
    return major(amount, amount.exponent)
