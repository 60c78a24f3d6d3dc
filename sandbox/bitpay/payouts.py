"""Payouts to people and the recipients who were invited: the least that BitPay shows of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.bitpay.account import Account
from sandbox.bitpay.errors import PAYOUT, BitPayError, missing, wrong
from sandbox.bitpay.invoices import iso, plain
from sandbox.bitpay.ledger import PAYOUT as PAID_OUT
from sandbox.bitpay.ledger import PAYOUT_FEE
from sandbox.bitpay.money import FIAT, amount_in, cents
from sandbox.wire import written

FEE = Decimal("0.01")
KEPT = 20_000
MOST_IN_GROUP = 1_000
MOVES = {
    "new": ("funded", "cancelled"),
    "funded": ("processing", "cancelled"),
    "processing": ("complete", "failed"),
}
RECIPIENT_STATES = ("invited", "unverified", "verified", "active", "paused", "removed")
PASSED_ON = ("email", "label", "reference", "notificationURL", "notificationEmail", "shopperId", "recipientId")


@dataclass
class Payout:
    id: str
    token: str
    amount: Decimal
    currency: str
    asked: Mapping[str, Any]
    made_at: datetime
    group_id: str = ""
    status: str = "new"
    txid: str = ""

    def as_json(self) -> dict[str, Any]:
        answer = {
            "id": self.id,
            "token": self.token,
            "amount": plain(self.amount),
            "currency": self.currency,
            "ledgerCurrency": self.asked.get("ledgerCurrency") or self.currency,
            **{name: self.asked[name] for name in PASSED_ON if self.asked.get(name)},
            "status": self.status,
            "requestDate": iso(self.made_at),
            "effectiveDate": iso(self.made_at),
            "transactions": [{"txid": self.txid, "date": iso(self.made_at)}] if self.txid else [],
        }
        return {**answer, "groupId": self.group_id} if self.group_id else answer


@dataclass
class Recipient:
    id: str
    token: str
    email: str
    label: str
    asked: Mapping[str, Any]
    status: str = "invited"

    def as_json(self) -> dict[str, Any]:
        shown = {"id": self.id, "token": self.token, "email": self.email, "label": self.label, "status": self.status}
        return {**shown, "shopperId": None, "notificationURL": self.asked.get("notificationURL")}


class Payouts:
    def __init__(self, account: Account) -> None:
        self.account = account
        self.payouts: OrderedDict[str, Payout] = OrderedDict()
        self.recipients: OrderedDict[str, Recipient] = OrderedDict()

    def invite(self, body: Mapping[str, Any]) -> list[Recipient]:
        people = body.get("recipients")
        if not isinstance(people, list) or not people or not all(isinstance(one, dict) for one in people):
            raise wrong(PAYOUT, "recipients")
        if any("@" not in str(one.get("email", "")) for one in people):
            raise wrong(PAYOUT, "email")
        invited = [
            Recipient(
                self.account.new_id(), self.account.new_id(), str(one["email"]), str(one.get("label") or ""), dict(one)
            )
            for one in people[:MOST_IN_GROUP]
        ]
        self.recipients.update((one.id, one) for one in invited)
        while len(self.recipients) > KEPT:
            self.recipients.popitem(last=False)
        return invited

    def recipient(self, recipient_id: str) -> Recipient:
        if recipient_id not in self.recipients:
            raise missing(PAYOUT)
        return self.recipients[recipient_id]

    def submit(self, body: Mapping[str, Any], group_id: str = "") -> Payout:
        """Take a payout order; it is paid from the ledger when it is funded."""
        currency = body.get("currency")
        if currency not in FIAT:
            raise wrong(PAYOUT, "currency")
        amount = amount_in(body.get("amount"), currency, PAYOUT, "amount")
        if not any(body.get(name) for name in ("email", "recipientId", "shopperId")):
            raise BitPayError(PAYOUT, "03", "Missing params: email, recipientId or shopperId")
        if body.get("recipientId") and str(body["recipientId"]) not in self.recipients:
            raise wrong(PAYOUT, "recipientId")
        new_id = self.account.new_id
        payout = Payout(new_id(), new_id(), amount, currency, dict(body), self.account.clock.now(), group_id)
        self.payouts[payout.id] = payout
        while len(self.payouts) > KEPT:
            self.payouts.popitem(last=False)
        return payout

    def submit_group(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Each order of a group stands or falls by itself."""
        orders = body.get("instructions")
        if not isinstance(orders, list) or not 1 <= len(orders) <= MOST_IN_GROUP:
            raise wrong(PAYOUT, "instructions")
        created, failed, group_id = [], [], self.account.new_id()
        for order in orders:
            try:
                created.append(self.submit(order if isinstance(order, dict) else {}, group_id).as_json())
            except BitPayError as refusal:
                payee = order.get("email") if isinstance(order, dict) else None
                failed.append({"errMessage": refusal.message, "payee": payee})
        return {"created": created, "failed": failed}

    def payout(self, payout_id: str) -> Payout:
        if payout_id not in self.payouts:
            raise missing(PAYOUT)
        return self.payouts[payout_id]

    def cancel_group(self, group_id: str) -> dict[str, Any]:
        cancelled, failed = [], []
        for payout in [one for one in self.payouts.values() if one.group_id == group_id]:
            try:
                self.move(payout, "cancelled")
                cancelled.append(payout.as_json())
            except BitPayError as refusal:
                failed.append({"errMessage": refusal.message, "payoutId": payout.id})
        if not cancelled and not failed:
            raise missing(PAYOUT)
        return {"cancelled": cancelled, "failed": failed}

    def move(self, payout: Payout, status: str) -> None:
        """Lead a payout to its next status, book it and tell the merchant; raises BitPayError."""
        if status not in MOVES.get(payout.status, ()):
            raise wrong(PAYOUT, f"a payout that is {payout.status} does not become {status}")
        was, payout.status = payout.status, status
        if status == "funded":
            self._post(payout, -1)
        elif status == "failed" or (status == "cancelled" and was == "funded"):
            self._post(payout, 1)
        elif status == "complete":
            payout.txid = self.account.new_hash()
        self.notify(payout)

    def notify(self, payout: Payout) -> None:
        name, url = f"payout_{payout.status}", str(payout.asked.get("notificationURL") or "")
        body = written({"event": {"name": name}, "data": payout.as_json()})
        self.account.desk.outbox.send(name, url, "application/json", body, {"accept": "application/json"})

    def _post(self, payout: Payout, sign: int) -> None:
        ledger = self.account.ledger
        ledger.post(PAID_OUT, sign * payout.amount, payout.currency, description=f"PayoutRequest {payout.id}")
        ledger.post(PAYOUT_FEE, sign * cents(payout.amount * FEE), payout.currency)
