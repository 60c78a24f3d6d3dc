"""The merchant's account at BitPay: its invoices and refunds, their lives, and the notices about them."""

from __future__ import annotations

import asyncio
import heapq
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sandbox.bitpay.errors import INVOICE, REFUND, BitPayError, missing, wrong
from sandbox.bitpay.gate import BASE58
from sandbox.bitpay.invoices import CONFIRMATIONS, Invoice, Received, asked_in
from sandbox.bitpay.ledger import REFUND as REFUNDED
from sandbox.bitpay.ledger import REFUND_FEE, Ledger
from sandbox.bitpay.money import CENT, amount_in
from sandbox.bitpay.refunds import ACTIVE, MOVES, Refund
from sandbox.control import Control
from sandbox.wire import written

KEPT = 50_000
LOOK_EVERY_SECONDS = 0.5
EVENTS = {
    "paid": (1003, "invoice_paidInFull"),
    "expired": (1004, "invoice_expired"),
    "confirmed": (1005, "invoice_confirmed"),
    "complete": (1006, "invoice_completed"),
    "invalid": (1013, "invoice_failedToConfirm"),
    "declined": (1020, "invoice_declined"),
}
ALWAYS_TOLD = ("paid", "confirmed", "complete")
FOLLOWS = {
    "paid": ("new", "expired"),
    "confirmed": ("paid", "invalid"),
    "complete": ("paid", "confirmed", "invalid"),
    "invalid": ("paid", "confirmed"),
    "declined": ("new", "paid"),
    "expired": ("new",),
}


class Account:
    """`pace_seconds` is how long each next step of a life takes by itself; 0 leaves every step to an order."""

    def __init__(self, control: Control, pace_seconds: float) -> None:
        self.desk, self.clock = control.desk("bitpay"), control.clock
        self.chance, self.pace_seconds = control.chance, pace_seconds
        self.invoices: OrderedDict[str, Invoice] = OrderedDict()
        self.refunds: OrderedDict[str, Refund] = OrderedDict()
        self.ledger = Ledger(self.new_id, self.clock.now)
        self._invoice_by_guid: dict[str, str] = {}
        self._refund_by_guid: dict[str, str] = {}
        self._refunds_of: dict[str, list[Refund]] = {}
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = count()

    def new_id(self) -> str:
        return "".join(self.chance.choices(BASE58, k=22))

    def new_hash(self) -> str:
        return f"{self.chance.getrandbits(256):064x}"

    # Invoices

    def create(self, body: Mapping[str, Any], base: str) -> Invoice:
        """A new invoice; the same guid again is the invoice it made before, and refused with another price."""
        price, currency, guid = asked_in(body)
        if known := self.invoices.get(self._invoice_by_guid.get(guid, "")):
            if (known.price, known.currency) != (price, currency):
                raise wrong(INVOICE, "guid belongs to another invoice")
            return known
        invoice_id = self.new_id()
        invoice = Invoice(
            id=invoice_id,
            token=self.new_id() + self.new_id(),
            guid=guid or f"{self.chance.getrandbits(128):032x}",
            price=price,
            currency=currency,
            asked=dict(body),
            page=f"{base}/bitpay/invoice?id={invoice_id}",
            made_at=self.clock.now(),
            buyer_email=str((body.get("buyer") or {}).get("email") or ""),
        )
        self.keep(invoice)
        self._at(invoice.expires_at, lambda: self._expire(invoice))
        return invoice

    def keep(self, invoice: Invoice) -> None:
        self.invoices[invoice.id] = invoice
        self._invoice_by_guid[invoice.guid] = invoice.id
        if len(self.invoices) > KEPT:
            _, old = self.invoices.popitem(last=False)
            self._invoice_by_guid.pop(old.guid, None)
            self._refunds_of.pop(old.id, None)

    def invoice(self, invoice_id: str) -> Invoice:
        found = self.invoices.get(invoice_id)
        if found is None:
            raise missing(INVOICE)
        return found

    def invoice_of_guid(self, guid: str) -> Invoice:
        return self.invoice(self._invoice_by_guid.get(guid, ""))

    def receive(self, invoice: Invoice, coin: str, units: int) -> None:
        """Somebody pays: in full, in part, too much, or too late. Raises ValueError where nothing can be paid."""
        if coin not in invoice.coins or (invoice.coin and coin != invoice.coin):
            raise ValueError(f"this invoice takes {invoice.coin or ', '.join(invoice.coins)}")
        if units <= 0 or invoice.status not in ("new", "expired") or invoice.is_cancelled:
            raise ValueError(f"nothing can be paid to an invoice that is {invoice.status}")
        is_late = invoice.status == "expired"
        invoice.coin = coin
        invoice.refund_address = invoice.refund_address or f"sandbox-refund-{self.new_id()}"
        invoice.received.append(Received(self.new_hash(), units, self.clock.now(), is_late))
        surplus = invoice.surplus
        if is_late:
            invoice.exception = "paidLate"
            self._note(invoice, "expired")
        elif surplus < 0:
            invoice.exception = "paidPartial"
        else:
            invoice.exception = "paidOver" if surplus else False
            self.move(invoice, "paid")

    def move(self, invoice: Invoice, status: str) -> None:
        """Lead an invoice to its next status and tell the merchant; raises ValueError where it does not follow."""
        if invoice.status not in FOLLOWS.get(status, ()) or (status == "paid" and invoice.surplus < 0):
            raise ValueError(f"an invoice that is {invoice.status} does not become {status}")
        invoice.status = status
        if status == "confirmed":
            invoice.confirmations = max(CONFIRMATIONS[invoice.speed], 1)
        elif status == "complete":
            invoice.confirmations = 6
            self.ledger.post_sale(invoice)
        self._note(invoice, status)
        after = {"paid": "confirmed", "confirmed": "complete"}.get(status)
        if status == "paid" and not CONFIRMATIONS[invoice.speed]:
            self.move(invoice, "confirmed")
        elif after and self.pace_seconds:
            self._soon(lambda: self._go_on(invoice, status, after))

    def force(self, invoice: Invoice, status: str) -> None:
        """What the merchant may order at the test company only: paid as if somebody had."""
        if status not in ("confirmed", "complete", "expired", "invalid", "declined"):
            raise wrong(INVOICE, "status")
        try:
            if status in ("confirmed", "complete", "invalid") and invoice.status == "new":
                self.receive(invoice, invoice.coins[0], invoice.due(invoice.coins[0]))
            if status != invoice.status:
                self.move(invoice, status)
        except ValueError as refusal:
            raise BitPayError(INVOICE, "17", "Invalid invoice state") from refusal

    def cancel(self, invoice: Invoice, *, is_forced: bool) -> None:
        if invoice.status != "new" or invoice.received:
            raise BitPayError(INVOICE, "07", "Invalid invoice state for cancel")
        if not invoice.buyer_email and not is_forced:
            raise BitPayError(INVOICE, "08", "Invoice is missing email or sms")
        invoice.is_cancelled = True
        self.move(invoice, "expired")

    def _expire(self, invoice: Invoice) -> None:
        if invoice.status == "new":
            self.move(invoice, "expired")

    def _go_on(self, invoice: Invoice, status: str, after: str) -> None:
        if invoice.status == status:
            self.move(invoice, after)

    # Refunds

    def refund(self, body: Mapping[str, Any]) -> Refund:
        """A refund of a part or the whole; the same guid again is the refund it made before."""
        guid = str(body.get("guid") or f"{self.chance.getrandbits(128):032x}")
        if known := self.refunds.get(self._refund_by_guid.get(guid, "")):
            return known
        for name in ("invoiceId", "amount"):
            if name not in body:
                raise BitPayError(REFUND, "03", f"Missing params: {name}")
        invoice = self.invoices.get(str(body["invoiceId"]))
        if invoice is None:
            raise wrong(REFUND, "invoiceId")
        amount = amount_in(body["amount"], invoice.currency, REFUND, "amount")
        is_preview = body.get("preview") is True
        self._check_refund(invoice, amount, is_preview=is_preview)
        refund = Refund(
            id=self.new_id(),
            token=self.new_id() + self.new_id(),
            guid=guid,
            invoice=invoice,
            amount=amount,
            status="preview" if is_preview else "created",
            made_at=self.clock.now(),
            is_immediate=body.get("immediate") is True,
            buyer_pays_fee=body.get("buyerPaysRefundFee") is True,
            reference=str(body.get("reference") or "")[:100],
        )
        self.keep_refund(refund)
        if not is_preview:
            self._entered(refund)
        return refund

    def keep_refund(self, refund: Refund) -> None:
        self.refunds[refund.id] = refund
        self._refund_by_guid[refund.guid] = refund.id
        self._refunds_of.setdefault(refund.invoice.id, []).append(refund)
        if len(self.refunds) > KEPT:
            _, old = self.refunds.popitem(last=False)
            self._refund_by_guid.pop(old.guid, None)

    def refund_named(self, refund_id: str) -> Refund:
        found = self.refunds.get(refund_id)
        if found is None:
            raise missing(REFUND)
        return found

    def refund_of_guid(self, guid: str) -> Refund:
        return self.refund_named(self._refund_by_guid.get(guid, ""))

    def refunds_of(self, invoice_id: str) -> list[Refund]:
        return list(self._refunds_of.get(invoice_id, ()))

    def move_refund(self, refund: Refund, status: str) -> None:
        """Lead a refund to its next status; raises BitPayError where it does not follow."""
        if status not in MOVES.get(refund.status, ()):
            raise wrong(REFUND, f"status: a refund that is {refund.status} does not become {status}")
        if status == "created":
            self._check_refund(refund.invoice, refund.amount, is_preview=False)
        refund.status = status
        self._entered(refund)

    def _check_refund(self, invoice: Invoice, amount: Decimal, *, is_preview: bool) -> None:
        if invoice.status not in ("confirmed", "complete"):
            raise BitPayError(REFUND, "07", "Invalid invoice state for refund")
        others = self.refunds_of(invoice.id)
        if not is_preview and any(one.status in ACTIVE for one in others):
            raise BitPayError(REFUND, "04", "Active refund request already exists")
        if amount + sum(one.amount for one in others if one.status == "success") > invoice.price:
            raise wrong(REFUND, "amount is above what is left of the invoice")
        if amount <= CENT:
            raise BitPayError(REFUND, "08", "Fees are greater than refund amount")

    def _entered(self, refund: Refund) -> None:
        taken_now = refund.status == "success" or (refund.is_immediate and refund.status == "created")
        if taken_now and not refund.is_taken:
            refund.is_taken = True
            self._post_refund(refund, -1)
        elif refund.is_taken and refund.status in ("failure", "cancelled"):
            refund.is_taken = False
            self._post_refund(refund, 1)
        if refund.status == "success":
            refund.txid = self.new_hash()
        self.notify_refund(refund)
        after = {"created": "pending", "pending": "success"}.get(refund.status)
        if after and self.pace_seconds:
            was = refund.status
            self._soon(lambda: self.move_refund(refund, after) if refund.status == was else None)

    def _post_refund(self, refund: Refund, sign: int) -> None:
        currency = refund.invoice.currency
        self.ledger.post(REFUNDED, sign * refund.amount, currency, refund.invoice)
        if not refund.buyer_pays_fee:
            self.ledger.post(REFUND_FEE, sign * refund.fee, currency, refund.invoice)

    # Notices

    def notify(self, invoice: Invoice, event: tuple[int, str], lie: str = "") -> None:
        """Tell the merchant of an invoice, unsigned as BitPay does; `lie` names a status that is not true."""
        notice = invoice.as_notice(self.clock.now())
        if lie:
            notice["status"] = lie
        if invoice.asked.get("extendedNotifications"):
            notice = {"event": {"code": event[0], "name": event[1]}, "data": notice}
        url = str(invoice.asked.get("notificationURL") or "")
        self.desk.outbox.send(event[1], url, "application/json", written(notice), {"accept": "application/json"})

    def notify_refund(self, refund: Refund) -> None:
        refund.noticed_at = self.clock.now()
        name = f"refund_{refund.status}"
        body = written({"event": {"name": name}, "data": refund.as_json()})
        url = str(refund.invoice.asked.get("notificationURL") or "")
        self.desk.outbox.send(name, url, "application/json", body, {"accept": "application/json"})

    def _note(self, invoice: Invoice, status: str) -> None:
        invoice.history.append((self.clock.now(), status))
        if status in ALWAYS_TOLD or invoice.asked.get("fullNotifications"):
            self.notify(invoice, EVENTS[status])

    # What comes by itself

    def _at(self, when: datetime, do: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (when, next(self._order), do))

    def _soon(self, do: Callable[[], None]) -> None:
        self._at(self.clock.now() + timedelta(seconds=self.pace_seconds), do)

    def do_what_is_due(self) -> None:
        while self._agenda and self._agenda[0][0] <= self.clock.now():
            heapq.heappop(self._agenda)[2]()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async def run() -> None:
            while True:
                self.do_what_is_due()
                await self.clock.pause(LOOK_EVERY_SECONDS)

        task = asyncio.create_task(run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
