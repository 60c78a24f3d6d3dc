"""What may stand where in a pain.001: the parts of its schema that customers write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from sandbox.rails.bank.nacha import Flaw

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAMESPACES = {
    "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03": "03",
    "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09": "09",
}
MANY = 1_000_000


def text(longest: int) -> str:
    return rf"[^\x00-\x1f]{{1,{longest}}}"


DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
SIMPLE = {
    "Max4": text(4), "Max16": text(16), "Max34": text(34), "Max35": text(35), "Max70": text(70),
    "Max140": text(140), "Code": r"[A-Z0-9]{1,4}", "Clearing": r"[A-Z]{5}", "Country": r"[A-Z]{2}",
    "Currency": r"[A-Z]{3}",
    "DateTime": DATE + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?", "Date": DATE,
    "Count": r"[0-9]{1,15}", "Sum": r"[0-9]{1,17}(\.[0-9]{1,17})?", "Amount": r"[0-9]{1,18}(\.[0-9]{1,5})?",
    "Method": "TRF|TRA|CHK", "Flag": "true|false|0|1", "Bearer": "DEBT|CRED|SHAR|SLEV", "Priority": "HIGH|NORM",
    "IBAN": r"[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}", "BIC": r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?",
    "LEI": r"[A-Z0-9]{18}[0-9]{2}", "UUID": r"[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}",
}  # fmt: skip

# Each type: its parts in order, as "Element Type", with ? where it may be missing, + or * where it may come again.
# A type that begins with | holds exactly one of its parts.
COMPLEX: dict[str, Sequence[str]] = {
    "Document": ("CstmrCdtTrfInitn Initiation",),
    "Initiation": ("GrpHdr Header", "PmtInf Payment+"),
    "Header": ("MsgId Max35", "CreDtTm DateTime", "NbOfTxs Count", "CtrlSum Sum?", "InitgPty Party", "FwdgAgt Agent?"),
    "Payment": (
        "PmtInfId Max35", "PmtMtd Method", "BtchBookg Flag?", "NbOfTxs Count?", "CtrlSum Sum?", "PmtTpInf Kind?",
        "ReqdExctnDt Day", "Dbtr Party", "DbtrAcct Account", "DbtrAgt Agent", "DbtrAgtAcct Account?",
        "UltmtDbtr Party?", "ChrgBr Bearer?", "ChrgsAcct Account?", "CdtTrfTxInf Transfer+",
    ),
    "Kind": ("InstrPrty Priority?", "SvcLvl Choice*", "LclInstrm Choice?", "CtgyPurp Choice?"),
    "Choice": ("|", "Cd Code", "Prtry Max35"),
    "Day": ("|", "Dt Date", "DtTm DateTime"),
    "Party": ("Nm Max140?", "PstlAdr Address?", "Id PartyId?", "CtryOfRes Country?"),
    "Address": (
        "AdrTp Choice?", "Dept Max70?", "SubDept Max70?", "StrtNm Max70?", "BldgNb Max16?", "BldgNm Max35?",
        "Flr Max70?", "PstBx Max16?", "Room Max70?", "PstCd Max16?", "TwnNm Max35?", "TwnLctnNm Max35?",
        "DstrctNm Max35?", "CtrySubDvsn Max35?", "Ctry Country?", "AdrLine Max70*",
    ),
    "PartyId": ("|", "OrgId Organisation", "PrvtId Person"),
    "Organisation": ("AnyBIC BIC?", "LEI LEI?", "Othr Other*"),
    "Person": ("Othr Other*",),
    "Other": ("Id Max35", "SchmeNm Choice?", "Issr Max35?"),
    "Account": ("Id AccountId", "Tp Choice?", "Ccy Currency?", "Nm Max70?"),
    "AccountId": ("|", "IBAN IBAN", "Othr OtherAccount"),
    "OtherAccount": ("Id Max34", "SchmeNm Choice?", "Issr Max35?"),
    "Agent": ("FinInstnId Institution",),
    "Institution": (
        "BICFI BIC?", "ClrSysMmbId Member?", "LEI LEI?", "Nm Max140?", "PstlAdr Address?", "Othr Other?",
    ),
    "Member": ("ClrSysId ClearingId?", "MmbId Max35"),
    "ClearingId": ("|", "Cd Clearing", "Prtry Max35"),
    "Transfer": (
        "PmtId Names", "PmtTpInf Kind?", "Amt AmountChoice", "ChrgBr Bearer?", "UltmtDbtr Party?",
        "IntrmyAgt1 Agent?", "CdtrAgt Agent?", "CdtrAgtAcct Account?", "Cdtr Party?", "CdtrAcct Account?",
        "UltmtCdtr Party?", "Purp Choice?", "RmtInf Remittance?",
    ),
    "Names": ("InstrId Max35?", "EndToEndId Max35", "UETR UUID?"),
    "AmountChoice": ("InstdAmt Amount",),
    "Remittance": ("Ustrd Max140*",),
}  # fmt: skip
# What version 03 writes otherwise.
IN_03: dict[str, Sequence[str]] = {
    "Institution": ("BIC BIC?", "ClrSysMmbId Member?", "Nm Max140?", "PstlAdr Address?", "Othr Other?"),
    "Names": ("InstrId Max35?", "EndToEndId Max35"),
    "Kind": ("InstrPrty Priority?", "SvcLvl Choice?", "LclInstrm Choice?", "CtgyPurp Choice?"),
    "Organisation": ("BICOrBEI BIC?", "Othr Other*"),
}
MOST = {"": 1, "?": 1, "+": MANY, "*": MANY}
CURRENCY = re.compile(SIMPLE["Currency"])
PATTERNS = {name: re.compile(pattern) for name, pattern in SIMPLE.items()}


def parse(raw: bytes) -> tuple[Element, str]:
    """The document, every element where the schema wants it, and the schema's version; raises Flaw."""
    try:
        root: Element = fromstring(raw, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as wrong:
        raise Flaw(0, "FF01", f"not well-formed: {type(wrong).__name__}") from wrong
    space = root.tag.removeprefix("{").rpartition("}")[0]
    if space not in NAMESPACES or local(root) != "Document":
        raise Flaw(0, "FF01", "the root is a Document of pain.001.001.03 or .09")
    _Checker(space).check(root, "Document", "Document")
    return root, NAMESPACES[space]


class _Checker:
    def __init__(self, space: str) -> None:
        self.space = space
        self.types = {**COMPLEX, **(IN_03 if NAMESPACES[space] == "03" else {})}

    def check(self, element: Element, kind: str, path: str) -> None:
        if element.tag != f"{{{self.space}}}{local(element)}":
            raise wrong(path, "belongs to another namespace")
        if kind == "Day" and NAMESPACES[self.space] == "03":
            kind = "Date"
        wanted = {"Ccy"} if kind == "Amount" else set()
        if {name for name in element.attrib if not name.startswith("{")} != wanted:
            raise wrong(path, "has other attributes than the schema")
        if kind in PATTERNS:
            self._check_text(element, kind, path)
        else:
            self._check_parts(element, kind, path)

    def _check_text(self, element: Element, kind: str, path: str) -> None:
        if len(element) or not PATTERNS[kind].fullmatch(element.text or ""):
            raise wrong(path, f"is no {kind}: {(element.text or '')[:40]!r}")
        if kind == "Amount" and not CURRENCY.fullmatch(element.get("Ccy", "")):
            raise wrong(path, "has no currency")

    def _check_parts(self, element: Element, kind: str, path: str) -> None:
        if (element.text or "").strip() or any((one.tail or "").strip() for one in element):
            raise wrong(path, "holds text beside its elements")
        parts = self.types[kind]
        left = list(element)
        if parts[0] == "|":
            known = dict(part.split() for part in parts[1:])
            if len(left) != 1 or local(left[0]) not in known:
                raise wrong(path, f"holds exactly one of {', '.join(known)}")
            self.check(left[0], known[local(left[0])], f"{path}/{local(left[0])}")
            return
        for part in parts:
            name, wanted = part.split()
            often = wanted[-1] if wanted[-1] in "?+*" else ""
            found = 0
            while left and local(left[0]) == name and found < MOST[often]:
                self.check(left.pop(0), wanted.removesuffix(often), f"{path}/{name}")
                found += 1
            if not found and often in ("", "+"):
                raise wrong(path, f"lacks {name}" + (f" before {local(left[0])}" if left else ""))
        if left:
            raise wrong(path, f"has {local(left[0])} where the schema has no place for it")


def wrong(path: str, text: str) -> Flaw:
    return Flaw(0, "FF01", f"{path} {text}")


def local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def first(element: Element | None, path: str) -> Element | None:
    """The element at the end of this path, whatever its namespace."""
    for name in path.split("/"):
        element = next(iter(every(element, name)), None)
    return element


def every(element: Element | None, name: str) -> Iterable[Element]:
    return [one for one in element if local(one) == name] if element is not None else []


def value(element: Element | None, path: str) -> str:
    found = first(element, path)
    return (found.text or "") if found is not None else ""
