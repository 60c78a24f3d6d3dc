"""What a bank says of transfers: pain.002 (status), camt.054 (credits that came back)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from foundation.errors import Invalid
from foundation.money import Money
from processors.gateways.decoding import money
from processors.gateways.rails.reasons import is_twice
from processors.gateways.rails.types import RailResult
from processors.gateways.rails.xml import child, every, name_of, read_xml, text

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LONGEST_NAME: Final = 35
RESULTS: Final = {
    **dict.fromkeys(("RCVD", "ACTC", "ACCP", "ACFC", "ACSP", "ACWC", "ACWP", "PDNG", "PATC"), RailResult.ACCEPTED),
    **dict.fromkeys(("ACSC", "ACCC"), RailResult.PAID),
    **dict.fromkeys(("RJCT", "CANC"), RailResult.REFUSED),
}
PART: Final = "PART"


@dataclass(frozen=True, slots=True)
class Said:
    """One word of a report: of a transfer, or of all in a file that have no word of their own."""

    result: RailResult
    status: str
    reference: str = ""
    batch_reference: str = ""
    code: str = ""
    text: str = ""
    amount: Money | None = None


def statuses(body: bytes) -> list[Said]:
    """What a pain.002 says, its words on transfers before those on the file; Invalid for anything else."""
    report = child(read_xml(body), "CstmrPmtStsRpt")
    original = child(report, "OrgnlGrpInfAndSts")
    message = text(original, "OrgnlMsgId")
    if report is None or not message or len(message) > LONGEST_NAME:
        raise Invalid("rails.unreadable", "The report names no file of ours.")
    said = [_transfer(one) for one in every(report, "TxInfAndSts")]
    of_payment = [one for one in report if name_of(one) == "OrgnlPmtInfAndSts"]
    words = [(original, text(original, "GrpSts")), *((one, text(one, "PmtInfSts")) for one in of_payment)]
    for element, status in words:
        if status and status != PART and element is not None:
            said.append(_word(element, status, batch_reference=message))
    return said


def returns(body: bytes) -> list[Said]:
    """Booked credits of a camt.054 that say why they came back; other movements are not ours to tell of."""
    root = read_xml(body)
    if child(root, "BkToCstmrDbtCdtNtfctn") is None:
        raise Invalid("rails.unreadable", "This is no notification of credits.")
    return [said for entry in every(root, "Ntry") if _is_booked_credit(entry) for said in _returned(entry)]


def _transfer(element: Element) -> Said:
    reference = text(element, "OrgnlEndToEndId")
    if not reference or len(reference) > LONGEST_NAME:
        raise Invalid("rails.unreadable", "The report speaks of a transfer without its name.")
    told = child(element, "OrgnlTxRef", "Amt", "InstdAmt")
    return _word(element, text(element, "TxSts"), reference=reference, amount=_money(told))


def _word(element: Element, status: str, **about: str | Money | None) -> Said:
    if status not in RESULTS:
        raise Invalid("rails.unreadable", f"No such state: {status[:10]!r}.")
    code, said = _reason(child(element, "StsRsnInf"))
    result = RailResult.UNKNOWN if is_twice(code) else RESULTS[status]
    return Said(result, status, code=code, text=said, **about)  # type: ignore[arg-type]


def _returned(entry: Element) -> Iterator[Said]:
    details = list(every(entry, "TxDtls"))
    for one in details:
        if (information := child(one, "RtrInf")) is None:
            continue
        if not (reference := text(one, "Refs", "EndToEndId")) or len(reference) > LONGEST_NAME:
            raise Invalid("rails.unreadable", "A transfer came back without its name.")
        told = child(one, "Amt")
        if told is None:
            told = child(one, "AmtDtls", "TxAmt", "Amt")
        if told is None and len(details) == 1:
            told = child(entry, "Amt")
        if (amount := _money(told)) is None:
            raise Invalid("rails.unreadable", "A transfer came back without an amount.")
        code, said = _reason(information)
        yield Said(RailResult.RETURNED, "RTRN", reference=reference, code=code, text=said, amount=amount)


def _is_booked_credit(entry: Element) -> bool:
    status = text(entry, "Sts", "Cd") or text(entry, "Sts")
    return text(entry, "CdtDbtInd") == "CRDT" and status == "BOOK"


def _reason(element: Element | None) -> tuple[str, str]:
    code = text(element, "Rsn", "Cd") or text(element, "Rsn", "Prtry")
    return code[:35], text(element, "AddtlInf")[:300]


def _money(element: Element | None) -> Money | None:
    return money(text(element), element.get("Ccy", "")) if element is not None else None
