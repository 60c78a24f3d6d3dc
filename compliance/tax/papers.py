"""A tax document as its recipient gets it: boxes with their figures, the number cut to its last characters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compliance.tax.rules.years import rules_of
from compliance.tax.states import Document
from compliance.tax.types import DocumentView
from foundation.http.amounts import plain_amount
from foundation.http.papers import PaperColumn, PaperRow, paper
from foundation.money import Money

PAYER = "FANZ, by FanzMoneyDash"
BOXES = (PaperColumn("Box", 8), PaperColumn("What", 62), PaperColumn("Amount", 30, end=True))
QUARTERS = (
    PaperColumn("Quarter", 12), PaperColumn("Currency", 12), PaperColumn("Activities", 16, end=True),
    PaperColumn("Consideration", 30, end=True), PaperColumn("Fees kept back", 30, end=True),
)  # fmt: skip


def document_paper(document: DocumentView, person: Mapping[str, str]) -> bytes:
    """The recipient's copy; `person` is what stands sealed in the profile it was made by."""
    kind = "Corrected " if document.corrects_id else ""
    facts = [
        ("Year", str(document.year)), ("Copy", "for the recipient; keep it with your records"),
        ("Payer", PAYER), ("Recipient", person.get("business_name") or person.get("name") or "not known"),
        ("Address", _address(person)), ("Taxpayer number", _cut(person.get("tin", ""))),
        ("Document", f"{document.id}, no. {document.number}"),
    ]  # fmt: skip
    foot = f"FanzMoneyDash - {document.kind} {document.year}, no. {document.number}"
    title = f"{kind}{document.kind} {document.year}".strip()
    if document.kind is Document.DAC7:
        return paper(title, facts, QUARTERS, [_quarter(one) for one in _quarters(document.figures)], foot=foot)
    return paper(title, [*facts, ("Source", rules_of(document.year).sources[0])], BOXES, _boxes(document), foot=foot)


def _boxes(document: DocumentView) -> list[PaperRow]:
    figures, currency = document.figures, str(document.figures["currency"])

    def box(number: str, what: str, name: str) -> PaperRow:
        amount = Money(int(str(figures[name])), currency)
        return PaperRow([number, what, f"{plain_amount(amount)} {currency}"])

    return [
        box("1", "Nonemployee compensation", "compensation_minor"),
        box("4", "Federal income tax withheld", "withheld_minor"),
    ]


def _quarters(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = figures["quarters"]
    return found


def _quarter(one: Mapping[str, Any]) -> PaperRow:
    currency = str(one["currency"])
    amounts = [plain_amount(Money(int(one[name]), currency)) for name in ("consideration_minor", "fees_minor")]
    return PaperRow([f"Q{one['quarter']}", currency, str(one["activities"]), *amounts])


def _address(person: Mapping[str, str]) -> str:
    parts = (person.get(name, "") for name in ("street", "town", "region", "post_code", "country"))
    return ", ".join(filter(None, parts)) or "not known"


def _cut(number: str) -> str:
    return f"XXXXX{number[-4:]}" if number else "missing"
