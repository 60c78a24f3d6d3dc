"""The one interface of all rails, spoken to Paxum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from foundation.errors import Invalid
from foundation.money import Money
from processors.gateways import http
from processors.gateways.decoding import major, money
from processors.gateways.rails import fields, reasons
from processors.gateways.rails.paxum import client
from processors.gateways.rails.paxum.client import Unreadable
from processors.gateways.rails.reasons import OURS, PAXUM
from processors.gateways.rails.references import may_name, names
from processors.gateways.rails.types import (
    Destination,
    RailCapabilities,
    RailOutcome,
    RailRequest,
    RailResult,
)
from processors.gateways.rails.values import value
from processors.gateways.rails.xml import every, text
from processors.gateways.redact import mask_text
from processors.gateways.types import Merchant

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

DONE, SYSTEM_ERROR = "00", "13"
PAGE, MOST_PAGES = 100, 100
LOOKS_BACK, LOOKS_ON = timedelta(days=7), timedelta(days=2)
"""Wider than any clock or time zone is wrong."""
KEPT: Final = ("Method", "ResponseCode", "ResponseDescription", "Fee", "TransactionId")
GONE: Final = frozenset({"CANCELLED", "CANCELED", "REFUNDED", "RETURNED", "REVERSED"})


class Paxum:
    capabilities = RailCapabilities(
        rail="paxum",
        currencies=frozenset({"USD", "EUR"}),
        least_minor={"USD": 1_00, "EUR": 1_00},
        most_minor={},
        is_file=False,
        asks_status=True,
        returns_within_days=0,
        confirms=True,
        needs=("email",),
        may=("name",),
        assumed=(
            "the elements of a row of transactionHistory: TransactionId, Amount, Currency, Note, Reference, Status",
            "that a transfer stands in the history within a day",
            "that behind the last page of the history an empty one comes",
            "the smallest amount",
        ),
    )

    def read_destination(self, details: Mapping[str, str]) -> Destination:
        given = fields.read(details, self.capabilities)
        email = given["email"]
        try:
            validate_email(email)
        except ValidationError:
            raise fields.wrong("email", "Not an e-mail address.") from None
        if not email.isascii():
            raise fields.wrong("email", "Paxum takes Latin letters only.")
        name, _, host = email.lower().partition("@")
        return Destination(f"Paxum {name[:2]}···@{host}", f"paxum:{name}@{host}", "", given)

    def send(self, merchant: Merchant, request: RailRequest) -> RailOutcome:
        """Transfer at once. Note and reference are ours alone: the digest knows no borders between values."""
        asked = {
            "toEmail": request.destination["email"], "amount": major(request.amount, 2),
            "currency": request.amount.currency, "note": request.reference, "reference": request.reference,
        }  # fmt: skip
        try:
            answer = client.ask(merchant, "transferFunds", asked)
            return _sent(answer, request.amount.currency, merchant)
        except http.NotSent:
            return RailOutcome(RailResult.NOT_SENT, text="Paxum was not reached.")
        except (Unreadable, http.NoAnswer) as lost:
            return RailOutcome(RailResult.UNKNOWN, text=str(lost)[:300])

    def status(
        self,
        merchant: Merchant,
        reference: str,
        provider_ref: str,
        sent_at: datetime,
        request: RailRequest | None = None,
    ) -> RailOutcome:
        """Look for our reference in the history from days before it until now."""
        try:
            for row in _history(merchant, sent_at):
                said = (text(row, "Reference"), text(row, "Note"))
                if any(names(reference, one) for one in said):
                    return _found(row, request)
                if any(may_name(reference, one) for one in said):
                    return RailOutcome(RailResult.UNKNOWN, text="The history knows only the beginning of its name.")
        except (Unreadable, http.NotSent, http.NoAnswer) as lost:
            return RailOutcome(RailResult.UNKNOWN, text=str(lost)[:300])
        return RailOutcome(RailResult.NOT_SENT, text="The history does not know it.")


def _sent(answer: Element, currency: str, merchant: Merchant) -> RailOutcome:
    code = client.code_of(answer)
    said = mask_text(text(answer, "ResponseDescription")[:300], (merchant.secrets["secret"],))
    raw = {name: mask_text(value[:300]) for name in KEPT if (value := _first(answer, name))}
    if code == DONE:
        ref = _first(answer, "TransactionId")[:120]
        return RailOutcome(RailResult.PAID, ref, code, said, fee=_fee(answer, currency), raw=raw)
    if code == SYSTEM_ERROR:
        return RailOutcome(RailResult.UNKNOWN, "", code, said, raw=raw)
    reason = PAXUM.get(code, reasons.OTHER)
    result = RailResult.NOT_SENT if reason.why in OURS else RailResult.REFUSED
    return RailOutcome(result, "", code, said, disables_destination=reason.disables, raw=raw)


def _history(merchant: Merchant, sent_at: datetime) -> Iterator[Element]:
    """The transfers of the days around this moment. Unreadable when they cannot all be read."""
    now, before = datetime.now(UTC), set[str]()
    days = {
        "accountId": str(value(merchant, "account_id", "")),
        "fromDate": f"{min(sent_at, now) - LOOKS_BACK:%Y-%m-%d}",
        "toDate": f"{max(sent_at, now) + LOOKS_ON:%Y-%m-%d}",
    }  # fmt: skip
    for page in range(1, MOST_PAGES + 1):
        asked = {**days, "pageSize": str(PAGE), "pageNumber": str(page)}
        answer = client.ask(merchant, "transactionHistory", asked)
        if (code := client.code_of(answer)) != DONE:
            raise Unreadable(f"the history is refused with {code}")
        rows = list(every(answer, "Transaction"))
        if not rows:
            return
        yield from rows
        if (ids := {text(row, "TransactionId") for row in rows}) == before:
            raise Unreadable("the history gives the same page again")
        before = ids
    raise Unreadable("the history is too long")


def _found(row: Element, request: RailRequest | None) -> RailOutcome:
    ref, status = text(row, "TransactionId")[:120], text(row, "Status")[:40]
    raw = {"TransactionId": ref, "Status": status, "Amount": text(row, "Amount")[:40]}
    if request is not None and _amount(row) != request.amount:
        return RailOutcome(RailResult.UNKNOWN, ref, text="The history names another amount.", raw=raw)
    result = RailResult.RETURNED if status.upper() in GONE else RailResult.PAID
    fee = _fee(row, request.amount.currency) if request is not None else None
    return RailOutcome(result, ref, DONE, status, fee=fee, raw=raw)


def _amount(row: Element) -> Money | None:
    try:
        return abs_of(money(text(row, "Amount").replace(",", ""), text(row, "Currency").upper()))
    except Invalid:
        return None


def abs_of(amount: Money) -> Money:
    """What was sent: histories write it with a minus, or without."""
    return Money(abs(amount.minor), amount.currency)


def _fee(answer: Element, currency: str) -> Money | None:
    try:
        return abs_of(money(text(answer, "Fee"), currency)) if text(answer, "Fee") else None
    except Invalid:
        return None


def _first(answer: Element, name: str) -> str:
    """The text of the first element of this name, wherever it stands."""
    return next((text(found) for found in every(answer, name)), "")
