"""The desks for SEPA transfers and wires: pain.001 in, pain.002 and camt.054 out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from itertools import count
from typing import Any

from sandbox.rails.bank import pain
from sandbox.rails.bank.files import REJECTED
from sandbox.rails.bank.house import Bank, Item, Sheet
from sandbox.rails.bank.nacha import Flaw
from sandbox.rails.bank.pain import EXPONENTS, SEPA, WIRE, Account, Message, Scheme, Transfer
from sandbox.rails.days import target, us
from sandbox.rails.hub import Rails
from sandbox.rails.xml import document, x

KEPT = 200_000
STATUS = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
NOTICE = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"
TEXTS = {
    "AC01": "Incorrect account number",
    "AC04": "Closed account",
    "AC06": "Blocked account",
    "AM04": "Insufficient funds",
    "BE04": "Missing creditor address",
    "BE08": "Missing or incorrect creditor name",
    "FF01": "Invalid file format",
    "MS03": "Reason not specified",
    "RC01": "Incorrect bank identifier",
}
Holidays = Callable[[int], frozenset[date]]


def sepa(rails: Rails, merchant: Mapping[str, Any]) -> Bank:
    account = Account(str(merchant["debtor_iban"]), str(merchant["debtor_bic"]))
    return Bank(rails, "sepa", "/bank/sepa", str(merchant["token"]), Iso20022(account, SEPA, target))


def wire(rails: Rails, merchant: Mapping[str, Any]) -> Bank:
    account = Account(str(merchant["debtor_account"]), str(merchant["debtor_bic"]))
    return Bank(rails, "wire", "/bank/wire", str(merchant["token"]), Iso20022(account, WIRE, us))


class Iso20022:
    format = "pain.001"
    rejects_at_once = False
    refuses_apart = True
    codes = {"refuse": "AC01", "reject": "AM04", "return": "AC04", "frozen": "AC06"}

    def __init__(self, account: Account, scheme: Scheme, holidays: Holidays) -> None:
        self.account, self.scheme, self._holidays = account, scheme, holidays
        self._used: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._messages = count(1)

    def read(self, raw: bytes) -> Sheet:
        sheet = pain.read(raw, self.account, self.scheme)
        for kind, name in _names(sheet):
            if (kind, name) in self._used:
                raise Flaw(0, "AM05" if kind != "message" else "DU01", f"{name} was used before as a {kind}")
        names = [item.reference for item in sheet.items]
        if len(set(names)) != len(names):
            raise Flaw(0, "AM05", "an EndToEndId stands twice")
        return sheet

    def remember(self, sheet: Sheet) -> None:
        self._used.update(dict.fromkeys(_names(sheet)))
        while len(self._used) > KEPT:
            self._used.popitem(last=False)

    def forget(self) -> None:
        self._used.clear()

    def holidays(self, year: int) -> frozenset[date]:
        return self._holidays(year)

    def taken(self, sheet: Sheet, at: datetime) -> tuple[str, bytes]:
        """Technically in order, with a word on each transfer that is refused."""
        if sheet.filed.status == REJECTED and sheet.filed.code:
            return "pain.002", self._report(sheet, at, "RJCT", [], sheet.filed.code)
        refused = [item for item in sheet.items if item.taken is None]
        status = "RJCT" if len(refused) == len(sheet.items) else "PART" if refused else "ACTC"
        rows = [self._row(item, "RJCT", item.plan.code or self.codes["refuse"]) for item in refused]
        if status == "PART":
            rows += [self._row(item, "ACTC") for item in sheet.items if item.taken]
        return "pain.002", self._report(sheet, at, status, rows)

    def settled(self, sheet: Sheet, items: Sequence[Item], at: datetime) -> tuple[str, bytes]:
        is_all = len(items) == len(sheet.items)
        rows = [self._row(item, "ACSC") for item in items]
        return "pain.002", self._report(sheet, at, "ACSC" if is_all else "PART", rows)

    def back(self, sheet: Sheet, items: Sequence[Item], at: datetime) -> tuple[str, bytes]:
        """A notice of the credits that came back, each with its reason."""
        number = next(self._messages)
        message: Message = sheet.origin
        entries = [self._entry(message, item, at) for item in items]
        ours = self.account.number
        account = x("IBAN", ours) if self.scheme is SEPA else x("Othr", x("Id", ours))
        head = x("GrpHdr", x("MsgId", f"NOTICE{number:08}"), x("CreDtTm", moment(at)))
        notice = x("Ntfctn", x("Id", f"N{number:08}"), x("CreDtTm", moment(at)), x("Acct", x("Id", account)), *entries)
        return "camt.054", document(NOTICE, x("BkToCstmrDbtCdtNtfctn", head, notice))

    def corrected(self, sheet: Sheet, items: Sequence[Item], at: datetime) -> tuple[str, bytes]:
        raise ValueError("banks of this kind ask for no corrections")

    def _report(self, sheet: Sheet, at: datetime, status: str, rows: Sequence[str], code: str = "") -> bytes:
        message: Message = sheet.origin
        head = x("GrpHdr", x("MsgId", f"STATUS{next(self._messages):08}"), x("CreDtTm", moment(at)))
        group = x(
            "OrgnlGrpInfAndSts",
            x("OrgnlMsgId", message.id),
            x("OrgnlMsgNmId", message.name),
            x("OrgnlNbOfTxs", message.count),
            x("OrgnlCtrlSum", message.total),
            x("GrpSts", status),
            reason(code),
        )
        payments = []
        if rows:
            own = x("PmtInfSts", status) if len(message.payments) == 1 else ""
            payments = [x("OrgnlPmtInfAndSts", x("OrgnlPmtInfId", message.payments[0]), own, *rows)]
        return document(STATUS, x("CstmrPmtStsRpt", head, group, *payments))

    def _row(self, item: Item, status: str, code: str = "") -> str:
        amount = x("Amt", x("InstdAmt", shown(item.minor, item.currency), Ccy=item.currency))
        return x(
            "TxInfAndSts",
            x("OrgnlEndToEndId", item.reference),
            x("TxSts", status),
            reason(code),
            x("OrgnlTxRef", amount),
        )

    def _entry(self, message: Message, item: Item, at: datetime) -> str:
        transfer: Transfer = item.origin
        wrong = 10 ** EXPONENTS[item.currency] if item.plan.kind == "wrong_amount" else 0
        told = shown(item.minor + wrong, item.currency)
        amount, day = x("Amt", told, Ccy=item.currency), f"{at:%Y-%m-%d}"
        code = item.taken.code if item.taken else ""
        refs = x("Refs", x("MsgId", message.id), x("PmtInfId", transfer.payment), x("EndToEndId", item.reference))
        details = x(
            "TxDtls",
            refs,
            amount,
            x("CdtDbtInd", "CRDT"),
            x("RtrInf", x("Rsn", x("Cd", code)), x("AddtlInf", TEXTS.get(code, "Returned"))),
        )
        family = x("Fmly", x("Cd", "ICDT"), x("SubFmlyCd", "RRTN"))
        return x(
            "Ntry",
            amount,
            x("CdtDbtInd", "CRDT"),
            x("Sts", x("Cd", "BOOK")),
            x("BookgDt", x("Dt", day)),
            x("ValDt", x("Dt", day)),
            x("BkTxCd", x("Domn", x("Cd", "PMNT"), family)),
            x("NtryDtls", details),
        )


def _names(sheet: Sheet) -> list[tuple[str, str]]:
    message: Message = sheet.origin
    payments = [("payment", name) for name in message.payments]
    return [("message", message.id), *payments, *(("transfer", item.reference) for item in sheet.items)]


def reason(code: str) -> str:
    return x("StsRsnInf", x("Rsn", x("Cd", code)), x("AddtlInf", TEXTS.get(code, "Refused"))) if code else ""


def shown(minor: int, currency: str) -> str:
    """The amount in the currency's own unit."""
    exponent = EXPONENTS[currency]
    return f"{minor // 10**exponent}.{minor % 10**exponent:0{exponent}}" if exponent else str(minor)


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"
