"""Charges by payment token, and what became of one whose answer was lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from foundation.errors import Invalid
from processors.gateways import http
from processors.gateways.ccbill import client, codes
from processors.gateways.ccbill.forms import UNTIL_CANCELLED
from processors.gateways.ccbill.values import numeric, price, value
from processors.gateways.decoding import json_object
from processors.gateways.redact import kept, mask_text
from processors.gateways.types import (
    ChargeRequest,
    Code,
    Merchant,
    NextAction,
    Outcome,
    Ref,
    Result,
    SavedInstrument,
)

KEPT: Final = (
    "approved", "declineCode", "declineText", "denialId", "subscriptionId", "sessionId", "errorCode", "generalMessage",
)  # fmt: skip
SETTLED_AFTER: Final = timedelta(minutes=3)
"""So long a charge may be under way at CCBill after we let go of it."""
BEFORE, AFTER_REFUSAL = "before", "after_refusal"


def charge(merchant: Merchant, request: ChargeRequest) -> Outcome:
    """Charge a token once. Only an answer that names what was done is one; a card that needs its holder's proof is
    charged with the next attempt, which brings it."""
    try:
        proves_first = not request.threeds and value(merchant, "asks_threeds") == BEFORE
        if proves_first and _is_needed_first(merchant, request):
            return _unproven(request)
        body = body_of(merchant, request)
        answer = client.rest(merchant, "POST", client.path_of(request.token, threeds=bool(request.threeds)), body)
    except client.NoBearer as none:
        code = Code.CONFIG_ERROR if none.is_refused else Code.PROVIDER_ERROR
        return Outcome(Result.NOT_SENT, code=code, provider_text=str(none))
    except http.NotSent:
        return Outcome(Result.NOT_SENT, provider_text="CCBill was not reached.")
    except http.NoAnswer as lost:
        return Outcome(Result.UNKNOWN, provider_text=str(lost)[:300])
    outcome = read_charge(answer, request.reference, hidden=(request.token, *client.secrets(merchant)))
    is_refused = outcome.provider_code == str(codes.REFUSED_BY_ISSUER) and not request.threeds
    if is_refused and value(merchant, "asks_threeds") == AFTER_REFUSAL and _needed(merchant, request):
        return replace(_unproven(request), provider_code=outcome.provider_code, raw=outcome.raw)
    return outcome if request.recurring else replace(outcome, subscription_ref="")


def body_of(merchant: Merchant, request: ChargeRequest) -> dict[str, Any]:
    """The charge as CCBill reads it; prices are texts with two decimals."""
    recurring = request.recurring
    body: dict[str, Any] = {
        "clientAccnum": int(value(merchant, "account")),
        "clientSubacc": int(value(merchant, "subaccount")),
        "initialPrice": price(request.amount),
        "initialPeriod": recurring.period_days if recurring else int(value(merchant, "single_period_days")),
        "currencyCode": numeric(request.amount.currency),
        "createNewPaymentToken": request.keeps_instrument,
        "passThroughInfo": [{"name": "reference", "value": request.reference}],
    }
    if recurring:
        body |= {
            "recurringPrice": price(recurring.amount),
            "recurringPeriod": recurring.period_days,
            "rebills": UNTIL_CANCELLED,
        }
    return body | {name: said for name, said in request.threeds.items() if name.startswith("threeds")}


def read_charge(answer: http.Answer, reference: str, hidden: tuple[str, ...] = ()) -> Outcome:
    """What an answer says was done."""
    try:
        said = json_object(answer.body)
    except Invalid:
        said = {}
    raw = {"status": answer.status, **kept(said, KEPT, hidden)}
    if answer.status != 200:
        return _error(answer.status, said, raw, reference, hidden)
    number, text = said.get("subscriptionId"), mask_text(str(said.get("declineText") or ""), hidden)[:300]
    if said.get("approved") is True and _is_number(number):
        return Outcome(
            Result.APPROVED, provider_ref=str(number)[:120], reference=reference, instrument=_instrument(said),
            subscription_ref=str(number)[:120], raw=raw,
        )  # fmt: skip
    if said.get("approved") is False:
        code = said.get("declineCode")
        return Outcome(
            Result.DECLINED, provider_ref=_denial(said), reference=reference, code=codes.decline(code),
            provider_code=str(code or "")[:40], provider_text=text, raw=raw,
        )  # fmt: skip
    return Outcome(Result.UNKNOWN, reference=reference, provider_text="an answer nobody can read", raw=raw)


def status(merchant: Merchant, charge: Ref) -> Outcome:
    """Ask which charges of the token were approved. CCBill repeats no reference, so others of the token are left out.

    None at all is only certain once a charge cannot be under way any more.
    """
    if not charge.token:
        return Outcome(Result.ACTION_REQUIRED, provider_text="Of its form CCBill only tells, nobody can ask.")
    listed = approved_charges(merchant, charge.token)
    if isinstance(listed, Outcome):
        return listed
    if charge.provider_ref in listed and charge.provider_ref not in charge.others:
        return _found(charge, charge.provider_ref)
    new = [number for number in listed if number not in charge.others]
    if len(new) == 1 and not charge.provider_ref and charge.under_way == 1:
        return _found(charge, new[0])
    if new:
        return Outcome(Result.UNKNOWN, provider_text="the token has several charges that nobody knows")
    asked_at = charge.asked_at or datetime.now(UTC)
    if charge.sent_at is not None and asked_at - charge.sent_at < SETTLED_AFTER:
        return Outcome(Result.UNKNOWN, provider_text="too early to say that it never came")
    return Outcome(Result.NOT_SENT, reference=charge.reference, provider_text="CCBill took nothing by this token.")


def approved_charges(merchant: Merchant, token: str) -> list[str] | Outcome:
    """The numbers of all approved charges of a token, or why nobody can say."""
    try:
        answer = client.rest(merchant, "GET", f"{client.path_of(token)}?{client.account_query(merchant)}")
        if answer.status == 404 and _code(answer) == 100101:
            return []
        if answer.status != 200:
            return Outcome(Result.UNKNOWN, provider_text=f"HTTP {answer.status}")
        # One object where there is one, a list where there may be more.
        whole = json_object(b'{"charges":' + answer.body + b"}")["charges"]
    except (client.NoBearer, http.NotSent, http.NoAnswer, Invalid) as lost:
        return Outcome(Result.UNKNOWN, provider_text=str(lost)[:300])
    found = whole if isinstance(whole, list) else [whole]
    numbers = [one.get("subscriptionId") if isinstance(one, dict) else False for one in found]
    if not all(number is None or _is_number(number) for number in numbers):
        return Outcome(Result.UNKNOWN, provider_text="an answer nobody can read")
    return [str(number) for number in numbers if number]


def _is_number(said: Any) -> bool:
    return type(said) in (str, int) and str(said).isalnum()


def needs_threeds(merchant: Merchant, request: ChargeRequest) -> bool:
    """Whether the bank wants the card holder's proof; raises what a call raises, Invalid for no clear answer."""
    query = f"{client.account_query(merchant)}&currencyCode={numeric(request.amount.currency)}"
    path = f"{client.path_of(request.token).removeprefix('/transactions')}/threeds-required?{query}"
    answer = client.rest(merchant, "GET", path)
    said = answer.body.strip().lower()
    if answer.status != 200 or said not in (b"true", b"false"):
        raise http.NotSent(f"nobody can say whether 3DS is needed: HTTP {answer.status}")
    return said == b"true"


def _is_needed_first(merchant: Merchant, request: ChargeRequest) -> bool:
    """Before the charge: whatever becomes of this question, nothing was taken."""
    try:
        return needs_threeds(merchant, request)
    except http.NoAnswer as lost:
        raise http.NotSent(str(lost)) from lost


def _needed(merchant: Merchant, request: ChargeRequest) -> bool:
    try:
        return needs_threeds(merchant, request)
    except (client.NoBearer, http.NotSent, http.NoAnswer):
        return False


def _unproven(request: ChargeRequest) -> Outcome:
    return Outcome(
        Result.ACTION_REQUIRED, reference=request.reference, code=Code.AUTHENTICATION_REQUIRED,
        provider_text="The bank wants a proof of the card holder first; nothing was charged.",
        action=NextAction("threeds", expires_at=request.expires_at),
    )  # fmt: skip


def _found(charge: Ref, number: str) -> Outcome:
    return Outcome(Result.APPROVED, provider_ref=number, reference=charge.reference, subscription_ref=number)


def _error(
    status: int, said: Mapping[str, Any], raw: Mapping[str, Any], reference: str, hidden: tuple[str, ...]
) -> Outcome:
    number = said.get("errorCode")
    text = mask_text(str(said.get("generalMessage") or f"HTTP {status}"), hidden)[:300]
    code = codes.error(number)
    if code is None and status in (401, 403, 406, 415):
        code = Code.CONFIG_ERROR
    if code is None and status == 429:
        code = Code.MERCHANT_LIMIT
    if code is None:
        return Outcome(Result.UNKNOWN, reference=reference, provider_text=text, provider_code=_short(number), raw=raw)
    return Outcome(
        Result.DECLINED, reference=reference, code=code, provider_code=_short(number), provider_text=text, raw=raw,
        retry_after_seconds=3_600 if number == 100109 else None,
    )  # fmt: skip


def _instrument(said: Mapping[str, Any]) -> SavedInstrument | None:
    token = said.get("newPaymentTokenId")
    if not isinstance(token, str) or not token:
        return None
    return SavedInstrument(token=token, fingerprint=str(said.get("paymentUniqueId") or "")[:64])


def _denial(said: Mapping[str, Any]) -> str:
    number = said.get("denialId")
    return str(number)[:120] if type(number) in (str, int) else ""


def _code(answer: http.Answer) -> Any:
    try:
        return json_object(answer.body).get("errorCode")
    except Invalid:
        return None


def _short(number: Any) -> str:
    return str(number)[:40] if type(number) in (str, int) else ""
