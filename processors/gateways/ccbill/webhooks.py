"""What CCBill tells: whether it is believed, and what it means."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from foundation.errors import Invalid
from foundation.money import Money
from processors.gateways.ccbill import codes
from processors.gateways.ccbill.values import amount_of, is_same, moment, proof_digest, value, zone
from processors.gateways.decoding import form, json_object
from processors.gateways.redact import mask_text
from processors.gateways.types import (
    Checked,
    Code,
    EventKind,
    Merchant,
    Proof,
    ProviderEvent,
    SavedInstrument,
    Webhook,
)

K = EventKind
KINDS: Final[Mapping[str, EventKind]] = {
    **{f"{sale}Success": K.CHARGED for sale in ("NewSale", "UpSale", "CrossSale", "Upgrade")},
    **{f"{sale}Failure": K.DECLINED for sale in ("NewSale", "UpSale", "CrossSale", "Upgrade")},
    "RenewalSuccess": K.RENEWED, "RenewalFailure": K.RENEWAL_FAILED,
    "Cancellation": K.SUBSCRIPTION_CANCELLED, "Expiration": K.SUBSCRIPTION_EXPIRED,
    "Refund": K.REFUNDED, "Void": K.VOIDED, "Chargeback": K.CHARGEBACK, "Return": K.CHARGEBACK,
    "BillingDateChange": K.OTHER, "CustomerDataUpdate": K.OTHER, "UserReactivation": K.OTHER,
}  # fmt: skip
RANKS: Final[Mapping[EventKind, int]] = {
    K.DECLINED: 10, K.RENEWAL_FAILED: 10, K.CHARGED: 20, K.RENEWED: 20, K.SUBSCRIPTION_CANCELLED: 25,
    K.SUBSCRIPTION_EXPIRED: 28, K.VOIDED: 30, K.REFUNDED: 30, K.CHARGEBACK: 40,
}  # fmt: skip
# Where each kind names its amount and currency.
AMOUNTS: Final[Mapping[EventKind, tuple[str, str]]] = {
    K.CHARGED: ("billedInitialPrice", "billedCurrency"), K.RENEWED: ("billedAmount", "billedCurrency"),
    K.REFUNDED: ("amount", "currency"), K.VOIDED: ("amount", "currency"), K.CHARGEBACK: ("amount", "currency"),
}  # fmt: skip
REFERENCE, DIGEST = "X-reference", "dynamicPricingValidationDigest"
LONGEST, AHEAD = 120, timedelta(hours=1)


def fields_of(webhook: Webhook) -> dict[str, str]:
    """Body and address as one; Invalid when they contradict each other or cannot be read."""
    is_json = webhook.body.lstrip()[:1] == b"{"
    body: Mapping[str, Any] = json_object(webhook.body) if is_json else form(webhook.body)
    fields = {name: _text(said) for name, said in body.items() if not isinstance(said, dict | list)}
    for name in ("eventType", "clientAccnum", "clientSubacc"):
        asked = webhook.query.get(name, "")
        if asked and fields.setdefault(name, asked) != asked:
            raise Invalid("ccbill.contradiction", "Address and body name different things.", field=name)
    if not fields.get("eventType"):
        raise Invalid("ccbill.no_event", "The call names no event.")
    return fields


def check(merchant: Merchant, webhook: Webhook) -> Checked:
    """Only what carries CCBill's own digest is proved. The rest, from CCBill's addresses, makes us ask."""
    if not _is_from(webhook.address, value(merchant, "source_ranges")):
        return Checked(Proof.REJECTED, "not from an address of CCBill's")
    try:
        fields = fields_of(webhook)
    except Invalid as wrong:
        return Checked(Proof.REJECTED, wrong.code)
    account, subaccount = str(value(merchant, "account")), str(value(merchant, "subaccount"))
    if fields.get("clientAccnum") != account:
        return Checked(Proof.REJECTED, "another account")
    if fields.get("clientSubacc", subaccount).zfill(4) != subaccount.zfill(4):
        return Checked(Proof.REJECTED, "another sub-account")
    if DIGEST not in fields:
        return Checked(Proof.TRIGGER, "carries no digest")
    approved = fields["eventType"].endswith("Success")
    number = fields.get("subscriptionId" if approved else "transactionId", "")
    salts = (merchant.secrets.get("salt", ""), *merchant.older_secrets.get("salt", ()))
    given = fields[DIGEST]
    # Every salt is tried, so that the time says nothing about which one fits.
    fits = [is_same(given, proof_digest(number, approved=approved, salt=salt)) for salt in salts if salt]
    return Checked(Proof.VERIFIED) if number and any(fits) else Checked(Proof.REJECTED, "false digest")


def parse(merchant: Merchant, webhook: Webhook) -> list[ProviderEvent]:
    """The one event of a call; Invalid for what cannot be read."""
    fields = fields_of(webhook)
    event = fields["eventType"]
    kind = KINDS.get(event, K.OTHER)
    subscription, transaction = (_number(fields, name) for name in ("subscriptionId", "transactionId"))
    if kind is not K.OTHER and not (subscription or transaction):
        raise Invalid("ccbill.no_number", "The call names neither subscription nor transaction.")
    told_at = moment(fields["timestamp"], zone(merchant)) if fields.get("timestamp") else None
    return [
        ProviderEvent(
            key=_key(merchant, event, subscription, transaction, fields),
            kind=kind,
            reference=fields.get(REFERENCE, "")[:60],
            # A first charge is known by its subscription, as the answer to it names nothing else.
            provider_ref=subscription if kind is K.CHARGED else transaction,
            subscription_ref=subscription,
            transaction_ref=transaction,
            amount=_amount(kind, fields),
            occurred_at=_not_ahead(told_at, webhook.received_at),
            rank=RANKS.get(kind, 0),
            code=_code(kind, fields),
            reason=mask_text(_reason(event, fields))[:300],
            next_renewal=_day(fields.get("nextRenewalDate") or fields.get("nextRetryDate", "")),
            instrument=_instrument(fields) if kind in (K.CHARGED, K.RENEWED) else None,
        )
    ]


def _key(merchant: Merchant, event: str, subscription: str, transaction: str, fields: Mapping[str, str]) -> str:
    """What CCBill means by it for ever: it has no number of its own for an event."""
    parts = [str(value(merchant, "account")), event]
    if event in KINDS and KINDS[event] in (K.CHARGED, K.DECLINED, K.RENEWED, K.VOIDED, K.CHARGEBACK) and transaction:
        return ":".join((*parts, transaction))
    said = "|".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "eventType")
    if event in KINDS and fields.get("timestamp"):
        said = "|".join((subscription, transaction, fields["timestamp"], fields.get("amount", "")))
    return ":".join((*parts, subscription or transaction, sha256(said.encode()).hexdigest()[:32]))[:200]


def _amount(kind: EventKind, fields: Mapping[str, str]) -> Money | None:
    if kind not in AMOUNTS:
        return None
    amount, currency = AMOUNTS[kind]
    said = fields.get(f"{currency}Code") or fields.get(currency, "")
    found = amount_of(fields.get(amount, ""), said)
    by_letters = fields.get(currency, "")
    if by_letters.isalpha() and by_letters.upper() != found.currency:
        raise Invalid("ccbill.contradiction", "The currency is named twice and differently.")
    if found.minor <= 0:
        raise Invalid("ccbill.bad_amount", "The amount is not more than nothing.")
    return found


def _code(kind: EventKind, fields: Mapping[str, str]) -> Code | None:
    return codes.decline(fields.get("failureCode", "")) if kind in (K.DECLINED, K.RENEWAL_FAILED) else None


def _reason(event: str, fields: Mapping[str, str]) -> str:
    said = fields.get("reason") or fields.get("failureReason", "")
    if event == "Return":
        return f"Returned debit: {said}"
    return said if event in KINDS else f"unknown event {event}"


def _instrument(fields: Mapping[str, str]) -> SavedInstrument | None:
    """What is shown of a card. It comes without a token."""
    last4 = fields.get("last4", "")
    if not (last4.isdigit() and len(last4) == 4):
        return None
    first6, expires = fields.get("bin", ""), fields.get("expDate", "")
    return SavedInstrument(
        token="",
        brand=fields.get("cardType", "")[:20],
        first6=first6[:8] if first6.isdigit() else "",
        last4=last4,
        expires=expires if len(expires) == 4 and expires.isdigit() else "",
        fingerprint=fields.get("paymentAccount", "")[:64],
    )


def _number(fields: Mapping[str, str], name: str) -> str:
    said = fields.get(name, "")
    if len(said) > LONGEST or (said and not said.isalnum()):
        raise Invalid("ccbill.bad_number", "Not a number of CCBill's.", field=name)
    return said


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def _not_ahead(told_at: datetime | None, received_at: datetime) -> datetime | None:
    """A time of the future would make everything later look old."""
    return received_at if told_at and told_at > received_at + AHEAD else told_at


def _text(said: Any) -> str:
    return {True: "true", False: "false", None: ""}[said] if said is None or isinstance(said, bool) else str(said)


def _is_from(address: str, ranges: Any) -> bool:
    try:
        caller = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(caller in ipaddress.ip_network(one) for one in ranges)
