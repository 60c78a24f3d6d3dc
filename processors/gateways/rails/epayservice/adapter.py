"""The one interface of all rails, spoken to ePayService's Open API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from foundation.errors import Invalid
from foundation.money import Money, total
from processors.gateways import http
from processors.gateways.decoding import major, money
from processors.gateways.rails import fields, reasons
from processors.gateways.rails.epayservice import client
from processors.gateways.rails.epayservice.client import NoBearer
from processors.gateways.rails.reasons import EPAYSERVICE, OURS
from processors.gateways.rails.references import may_name, names
from processors.gateways.rails.types import Destination, RailCapabilities, RailOutcome, RailRequest, RailResult
from processors.gateways.rails.values import value
from processors.gateways.redact import mask_text
from processors.gateways.types import Merchant

BY_HAND: Final = "by_hand"
_NUMBER = re.compile(r"[A-Z]{0,4}[0-9]{4,16}")
LOOKS_BACK, LOOKS_ON = timedelta(days=7), timedelta(days=2)
WELL_BEFORE, WELL_AFTER = timedelta(days=1), timedelta(hours=1)
KEPT: Final = ("id", "status", "state")
RESULTS: Final = {
    **dict.fromkeys(("done", "completed", "success", "processed"), RailResult.PAID),
    **dict.fromkeys(("new", "pending", "in_progress", "processing", "waiting"), RailResult.ACCEPTED),
    **dict.fromkeys(("canceled", "cancelled", "rejected", "failed", "declined", "error"), RailResult.REFUSED),
    **dict.fromkeys(("returned", "refunded"), RailResult.RETURNED),
}


class EPayService:
    capabilities = RailCapabilities(
        rail="epayservice",
        currencies=frozenset({"USD"}),
        least_minor={"USD": 1_00},
        most_minor={},
        is_file=False,
        asks_status=True,
        returns_within_days=1,
        confirms=True,
        needs=("account_number",),
        may=("name",),
        assumed=(
            "that out/p2ps takes our reference as description, and account_history shows it there",
            "that account_history takes the days from and to, and lists a payment within a day",
            "that a history in the order of its times leaves out nothing between two of its rows",
            "the words for what became of a payment",
            "that a refusal (HTTP 4xx) has moved no money",
            "the form of an account's number, and the smallest amount",
        ),
    )

    def read_destination(self, details: Mapping[str, str]) -> Destination:
        given = fields.read(details, self.capabilities)
        number = fields.compact(given["account_number"])
        if not _NUMBER.fullmatch(number):
            raise fields.wrong("account_number", "Such as EC12345.")
        kept = {**given, "account_number": number}
        return Destination(f"ePayService {fields.ending(number)}", f"epayservice:{number}", "", kept)

    def send(self, merchant: Merchant, request: RailRequest) -> RailOutcome:
        """Ask for the fee, then pay. Where the API is not agreed on, a person pays from the list and confirms."""
        if not merchant.settings.get("pays_by_api"):
            return RailOutcome(RailResult.ACCEPTED, code=BY_HAND, text="A person pays it and confirms.")
        asked = {
            "account_id": str(value(merchant, "account_id")), "amount": major(request.amount, 2),
            "receiver_account_number": request.destination["account_number"],
        }  # fmt: skip
        try:
            fee, refused = _quote(merchant, request, asked)
        except (NoBearer, http.NotSent, http.NoAnswer, ValueError, Invalid):
            return RailOutcome(RailResult.NOT_SENT, text="ePayService named no fee; nothing was paid.")
        if refused is not None:
            return refused
        form = {**asked, "description": request.reference, "protection_code": "", "protection_days": "1"}
        try:
            answer = client.post(merchant, "out/p2ps", form)
        except (NoBearer, http.NotSent):
            return RailOutcome(RailResult.NOT_SENT, text="ePayService was not reached.")
        except http.NoAnswer as lost:
            return RailOutcome(RailResult.UNKNOWN, text=str(lost)[:300])
        return _paid(answer, fee)

    def status(
        self,
        merchant: Merchant,
        reference: str,
        provider_ref: str,
        sent_at: datetime,
        request: RailRequest | None = None,
    ) -> RailOutcome:
        """Look for our reference in the account's history."""
        if not merchant.settings.get("pays_by_api"):
            return RailOutcome(RailResult.ACCEPTED, code=BY_HAND, text="A person has to confirm it.")
        now = datetime.now(UTC)
        first, last = min(sent_at, now) - LOOKS_BACK, max(sent_at, now) + LOOKS_ON
        days = {"from": f"{first:%Y-%m-%d}", "to": f"{last:%Y-%m-%d}"}
        try:
            answer = client.get(merchant, "account_history", {"account_id": str(value(merchant, "account_id")), **days})
            rows = client.read(answer) if answer.status == 200 else None
        except (NoBearer, http.NotSent, http.NoAnswer, ValueError) as lost:
            return RailOutcome(RailResult.UNKNOWN, text=str(lost)[:300])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            return RailOutcome(RailResult.UNKNOWN, code=str(answer.status), text="The history cannot be read.")
        if found := [row for row in rows if any(names(reference, note) for note in _notes(row))]:
            return _found(found[0], request)
        is_cut = any(may_name(reference, note) for row in rows for note in _notes(row))
        if not is_cut and _reaches_around(rows, sent_at):
            return RailOutcome(RailResult.NOT_SENT, text="The history does not know it.")
        return RailOutcome(RailResult.UNKNOWN, text="The history may not be all there is.")


def _quote(
    merchant: Merchant, request: RailRequest, asked: Mapping[str, str]
) -> tuple[Money | None, RailOutcome | None]:
    """The fee; or why it would not be paid, before anything was."""
    answer = client.get(merchant, "out/p2ps/fee", asked)
    if answer.status != 200:
        return None, _refused(answer)
    said = client.read(answer)
    named = {name: _money(said.get(name)) for name in ("amount", "fee", "smsFee", "total")}
    if named["amount"] != request.amount:
        return None, RailOutcome(RailResult.NOT_SENT, code="quote", text="The fee is named for another amount.")
    fees = [fee for name in ("fee", "smsFee") if (fee := named[name])]
    return total(fees, request.amount.currency), None


def _paid(answer: http.Answer, fee: Money | None) -> RailOutcome:
    if answer.status >= 500:
        return RailOutcome(RailResult.UNKNOWN, code=str(answer.status), text="ePayService had trouble.")
    if answer.status >= 400:
        return _refused(answer)
    try:
        said = client.read(answer)
    except ValueError:
        said = None
    if answer.status not in range(200, 206) or not isinstance(said, dict) or not said.get("id"):
        return RailOutcome(RailResult.UNKNOWN, code=str(answer.status), text="Nobody can say what this answer means.")
    # An answer without a word of its state is one that it was taken: the history says the rest.
    result = RESULTS.get(_word(said) or "pending", RailResult.UNKNOWN)
    return RailOutcome(result, str(said["id"])[:120], _word(said), fee=fee, raw=_kept(said))


def _refused(answer: http.Answer) -> RailOutcome:
    """A refusal moved no money; whose fault it is the error says."""
    try:
        said = client.read(answer)
    except ValueError:
        said = {}
    code = str(said.get("error") or answer.status)[:40] if isinstance(said, dict) else str(answer.status)
    text = mask_text(str(said.get("error_description") or "")[:300]) if isinstance(said, dict) else ""
    reason = EPAYSERVICE.get(code, reasons.OTHER)
    is_ours = answer.status in (401, 403, 404, 405, 429) or answer.status >= 500 or reason.why in OURS
    result = RailResult.NOT_SENT if is_ours else RailResult.REFUSED
    return RailOutcome(result, code=code, text=text, disables_destination=reason.disables and not is_ours)


def _found(row: Mapping[str, Any], request: RailRequest | None) -> RailOutcome:
    ref, word = str(row.get("id", ""))[:120], _word(row)
    if request is not None:
        try:
            amount = _amount(row)
        except Invalid:
            amount = None
        if amount != request.amount:
            text = "The history names another amount."
            return RailOutcome(RailResult.UNKNOWN, ref, word, text, raw=_kept(row))
    return RailOutcome(RESULTS.get(word, RailResult.UNKNOWN), ref, word, raw=_kept(row))


def _notes(row: Mapping[str, Any]) -> Iterator[str]:
    """All the fields a note may stand in."""
    return (str(row.get(name) or "") for name in ("description", "details", "comment"))


def _word(said: Mapping[str, Any]) -> str:
    return str(said.get("status") or said.get("state") or "").lower()[:40]


def _kept(said: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(said[name])[:120] for name in KEPT if said.get(name)}


def _amount(row: Mapping[str, Any]) -> Money:
    """An amount with its currency inside, or beside it; histories write it with a minus, or without."""
    said = row.get("amount")
    found = _money(said) if isinstance(said, dict) else money(said, str(row.get("currency", "")).upper())
    return Money(abs(found.minor), found.currency)


def _money(said: Any) -> Money:
    if not isinstance(said, dict):
        raise Invalid("rails.unreadable", "No amount with its currency.")
    return money(said.get("value"), str(said.get("currency", "")).upper())


def _reaches_around(rows: Sequence[Mapping[str, Any]], at: datetime) -> bool:
    """Whether a payment of this moment would be among these; without pages a list may be cut at either end."""
    times = [_at(row) for row in rows]
    known = [one for one in times if one]
    is_in_order = known in (sorted(known), sorted(known, reverse=True))
    if len(known) < len(times) or not known or not is_in_order:
        return False
    return min(known) <= at - WELL_BEFORE and max(known) >= at + WELL_AFTER


def _at(row: Mapping[str, Any]) -> datetime | None:
    """When it was made; None when nobody can say, as without a time zone."""
    try:
        at = datetime.fromisoformat(str(row.get("created_at")))
    except ValueError:
        return None
    return at if at.tzinfo else None
