"""CCBill itself: charges cards, keeps subscriptions, gives money back, and tells the merchant."""

from __future__ import annotations

import heapq
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sandbox.ccbill.book import FOREVER, Book, Refund, Sale, Subscription, Token
from sandbox.ccbill.outcomes import REFUSED_BY_ISSUER, Card, decline_of, magic_card
from sandbox.ccbill.webhooks import RETRY_SECONDS, Account, Webhooks
from sandbox.control import Desk, Habit

REBILL_TRIES = 3
RETRY_EVERY = timedelta(days=1)
VOIDABLE_FOR = timedelta(hours=24)
DISPUTED_AFTER = timedelta(days=1)


class Refused(Exception):
    """DataLink's code for what cannot be done."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


NO_RECORD, NOT_ELIGIBLE, WRONG_ARGUMENTS = -3, -11, -5


@dataclass(frozen=True)
class Order:
    """What a charge asks for."""

    price: Decimal
    currency: int
    initial_period: int = 0
    recurring_price: Decimal = Decimal()
    recurring_period: int = 0
    rebills: int = 0
    named: Mapping[str, str] | None = None


class Company:
    """One merchant's CCBill."""

    def __init__(self, desk: Desk, merchant: Mapping[str, Any]) -> None:
        self.desk, self.merchant = desk, merchant
        self.account = Account(
            merchant["account"], merchant["subaccount"], merchant["salt"], merchant.get("webhook_url", "")
        )
        self.book = Book()
        self.webhooks = Webhooks(desk, self.account)
        self._due: list[tuple[datetime, int, Subscription | Sale]] = []
        self._turn = count()
        desk.outbox.habit = Habit(retry_seconds=RETRY_SECONDS, content_with=frozenset({200}))
        desk.operations.add("rebill")

    def now(self) -> datetime:
        return self.desk.clock.now()

    def keep_card(
        self, card: Card, customer: Mapping[str, str], *, hours: int = FOREVER, uses: int = 1, original: str = ""
    ) -> Token:
        """A new payment token for a card."""
        token = Token(secrets.token_hex(16), card, dict(customer), self.now(), hours, uses, original=original)
        self.book.tokens.put(token.id, token)
        return token

    def token(self, token_id: str) -> Token | None:
        """A token that was made, or one of the magic ones."""
        if found := self.book.tokens.get(token_id):
            return found
        card = magic_card(token_id, self.account.salt, self.now())
        return Token(token_id, card, {"email": "fan@people.example"}, self.now()) if card else None

    def is_usable(self, token: Token) -> bool:
        lasts = token.hours >= FOREVER or self.now() < token.made_at + timedelta(hours=token.hours)
        return lasts and token.used < token.uses

    def charge(
        self,
        order: Order,
        token: Token,
        *,
        kind: str,
        threeds: str = "",
        ordered_decline: int = 0,
        names_wrong_amount: bool = False,
    ) -> Sale:
        """Take a first payment and open what follows from it."""
        at = self.now()
        decline = ordered_decline or decline_of(order.price, token.card, is_rebill=False)
        if not decline and token.card.behaviour.needs_threeds and threeds not in ("Y", "A"):
            decline = REFUSED_BY_ISSUER
        sale = Sale(
            id=self.book.number(),
            kind=kind,
            subscription_id="" if decline else self.book.number(),
            token=token.id,
            card=token.card,
            amount=order.price,
            told=order.price + 1 if names_wrong_amount else order.price,
            currency=order.currency,
            at=at,
            decline=decline,
            customer=token.customer,
            named=dict(order.named or {}),
            threeds=threeds,
        )
        self.book.add(sale)
        subscription = None
        if sale.is_approved:
            token.used += 1
            token.subscription_id = sale.subscription_id
            subscription = self._subscribe(sale, order)
            self.book.write("NEW", sale, sale.told, at)
            if token.card.behaviour.is_disputed:
                self._later(at + DISPUTED_AFTER, sale)
        self.webhooks.sold(sale, subscription)
        return sale

    def refund(self, sale: Sale, amount: Decimal | None, *, by: str, names_wrong_amount: bool = False) -> Refund:
        """Give back a part, or all that is left."""
        wanted = sale.left if amount is None else amount
        if not 0 < wanted <= sale.left:
            raise Refused(NOT_ELIGIBLE)
        refund = Refund(self.book.number(), wanted, self.now(), by)
        sale.refunds.append(refund)
        told = wanted + 1 if names_wrong_amount else wanted
        self.book.write("REFUND", sale, told, refund.at)
        self.webhooks.went_back("Refund", sale, told, refund.at, "Refunded by merchant" if by == "api" else by)
        return refund

    def void(self, sale: Sale) -> None:
        """Undo a sale of the last day, as if it had never been."""
        if sale.left != sale.amount or not sale.amount or self.now() >= sale.at + VOIDABLE_FOR:
            raise Refused(NOT_ELIGIBLE)
        sale.voided_at = self.now()
        self.book.write("VOID", sale, sale.amount, sale.voided_at)
        self.webhooks.went_back("Void", sale, sale.amount, sale.voided_at, "Voided by merchant")

    def charge_back(self, sale: Sale) -> None:
        """The card holder takes the whole sale back, even after a refund."""
        if not sale.is_approved or sale.voided_at or sale.charged_back_at:
            raise Refused(NOT_ELIGIBLE)
        at = sale.charged_back_at = self.now()
        self.book.write("CHARGEBACK", sale, sale.amount, at)
        self.webhooks.went_back("Chargeback", sale, sale.amount, at, f"Charged Back on {at:%m/%d/%Y}")

    def return_debit(self, sale: Sale) -> None:
        """The bank returns a debit."""
        if not sale.is_approved or sale.voided_at or sale.charged_back_at or sale.returned_at:
            raise Refused(NOT_ELIGIBLE)
        at = sale.returned_at = self.now()
        self.book.write("RETURN", sale, sale.amount, at)
        self.webhooks.went_back("Return", sale, sale.amount, at, "Insufficient funds")

    def cancel(self, subscription: Subscription, *, source: str) -> None:
        """No more rebills; what is paid for stays until it ends."""
        if subscription.cancelled_at or subscription.expired_at:
            raise Refused(NOT_ELIGIBLE)
        subscription.cancelled_at = self.now()
        reason = "Satisfied Customer(Moving on)"
        self.webhooks.ended("Cancellation", subscription, subscription.cancelled_at, reason=reason, source=source)

    def do_what_is_due(self) -> None:
        """Rebill, expire and dispute everything whose time has come, in the order of its time."""
        while self._due and self._due[0][0] <= self.now():
            due_at, _, thing = heapq.heappop(self._due)
            if isinstance(thing, Sale):
                if not thing.charged_back_at and not thing.voided_at:
                    self.charge_back(thing)
            elif not thing.expired_at:
                self._renew_or_end(thing, due_at)

    def _subscribe(self, sale: Sale, order: Order) -> Subscription:
        ends = sale.at + timedelta(days=order.initial_period) if order.initial_period else None
        subscription = Subscription(
            id=sale.subscription_id,
            first=sale,
            initial_period=order.initial_period,
            recurring_price=order.recurring_price,
            recurring_period=order.recurring_period,
            rebills=order.rebills,
            due_at=ends,
            sales=[sale],
        )
        self.book.subscriptions.put(subscription.id, subscription)
        if ends:
            self._later(ends, subscription)
        return subscription

    def _renew_or_end(self, subscription: Subscription, due_at: datetime) -> None:
        if not subscription.will_rebill:
            self._expire(subscription)
            return
        first, price = subscription.first, subscription.recurring_price
        number = self.book.number()
        fields = {"subscriptionId": subscription.id, "transactionId": number, "recurringPrice": str(price)}
        fault = self.desk.faults.take(self.desk.provider, "rebill", fields)
        ordered = fault.argument if fault and fault.kind == "decline" else ""
        sale = Sale(
            id=number,
            kind="Rebill",
            subscription_id=subscription.id,
            token=first.token,
            card=first.card,
            amount=price,
            told=price + 1 if fault and fault.kind == "wrong_amount" else price,
            currency=first.currency,
            at=self.now(),
            decline=int(ordered) if ordered.isdigit() else decline_of(price, first.card, is_rebill=True),
            customer=first.customer,
            named=first.named,
        )
        self.book.sales.put(sale.id, sale)
        subscription.sales.append(sale)
        if sale.is_approved:
            subscription.rebilled, subscription.failed = subscription.rebilled + 1, 0
            subscription.due_at = due_at + timedelta(days=subscription.recurring_period)
            self.book.write("REBILL", sale, sale.told, sale.at)
        else:
            subscription.failed += 1
            subscription.due_at = due_at + RETRY_EVERY if subscription.failed < REBILL_TRIES else None
        self.webhooks.renewed(sale, subscription, due_at)
        if subscription.due_at:
            self._later(subscription.due_at, subscription)
        else:
            self._expire(subscription)

    def _expire(self, subscription: Subscription) -> None:
        subscription.expired_at, subscription.due_at = self.now(), None
        self.book.write("EXPIRE", subscription.first, None, subscription.expired_at)
        self.webhooks.ended("Expiration", subscription, subscription.expired_at)

    def _later(self, at: datetime, thing: Subscription | Sale) -> None:
        heapq.heappush(self._due, (at, next(self._turn), thing))
