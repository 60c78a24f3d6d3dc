"""The webhooks of CCBill: which fields each event has, and how they are written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from sandbox.ccbill.book import Sale, Subscription
from sandbox.ccbill.outcomes import text_of
from sandbox.ccbill.values import CURRENCIES, code_text, day, in_dollars, moment
from sandbox.control import Desk

Fields = dict[str, Any]
RETRY_SECONDS = (300, 900, 3_600, 10_800, 21_600, 43_200, 86_400)  # assumed: the schedule is not published


@dataclass
class Account:
    """What CCBill knows of its merchant."""

    number: str
    subaccount: str
    salt: str
    webhook_url: str
    webhook_format: str = "json"


class Webhooks:
    """Tells the merchant what happened."""

    def __init__(self, desk: Desk, account: Account) -> None:
        self.desk, self.account = desk, account

    def sold(self, sale: Sale, subscription: Subscription | None) -> None:
        """A first charge was approved or declined: NewSale from a form, UpSale by a token."""
        fields = self._of_sale(sale) | self._of_customer(sale)
        if subscription:
            fields |= self._of_subscription(sale, subscription)
        else:
            fields |= {"failureCode": f"BE-{sale.decline}", "failureReason": text_of(sale.decline)}
        if sale.kind == "NewSale":
            fields["dynamicPricingValidationDigest"] = self._digest(sale)
        else:
            fields |= {
                "originalSubscriptionId": fields["subscriptionId"],
                "originalClientAccnum": self.account.number,
                "originalClientSubacc": self.account.subaccount,
                "source": "API",
            }
        fields |= {f"X-{name}": value for name, value in sale.named.items()}
        self._send(f"{sale.kind}{'Success' if sale.is_approved else 'Failure'}", fields, sale.at)

    def renewed(self, sale: Sale, subscription: Subscription, due_at: datetime) -> None:
        """A rebill was approved, or declined and will be tried again."""
        fields = self._of_sale(sale) | {"renewalDate": day(due_at), "nextRenewalDate": day(subscription.due_at)}
        if sale.is_approved:
            fields |= {
                "billedAmount": self._money(sale.told),
                "accountingAmount": self._money(in_dollars(sale.told, sale.currency)),
            }
        else:
            again = subscription.due_at
            fields |= {
                "failureCode": f"BE-{sale.decline}",
                "failureReason": text_of(sale.decline),
                "nextRetryDate": day(again),
                "nextRenewalDate": "",
            }
        self._send(f"Renewal{'Success' if sale.is_approved else 'Failure'}", fields, sale.at)

    def went_back(self, event: str, sale: Sale, amount: Decimal, at: datetime, reason: str) -> None:
        """Refund, Void, Chargeback or Return of one sale."""
        fields = self._of_card(sale) | {
            "transactionId": sale.id,
            "subscriptionId": sale.subscription_id,
            "amount": self._money(amount),
            "accountingAmount": self._money(in_dollars(amount, sale.currency)),
            "reason": reason,
            **self._currency("currency", sale.currency),
            **self._currency("accountingCurrency", 840),
        }
        self._send(event, fields, at)

    def ended(self, event: str, subscription: Subscription, at: datetime, **more: str) -> None:
        """Cancellation or Expiration."""
        self._send(event, {"subscriptionId": subscription.id, **more}, at)

    def _of_sale(self, sale: Sale) -> Fields:
        return self._of_card(sale) | {
            "transactionId": sale.id,
            "subscriptionId": sale.subscription_id if sale.is_approved or sale.kind == "Rebill" else "",
            **self._currency("billedCurrency", sale.currency),
            **self._currency("accountingCurrency", 840),
        }

    def _of_subscription(self, sale: Sale, subscription: Subscription) -> Fields:
        dollars = [in_dollars(price, sale.currency) for price in (sale.told, subscription.recurring_price)]
        return {
            "billedInitialPrice": self._money(sale.told),
            "billedRecurringPrice": self._money(subscription.recurring_price),
            "accountingInitialPrice": self._money(dollars[0]),
            "accountingRecurringPrice": self._money(dollars[1]),
            "subscriptionInitialPrice": self._money(sale.told),
            "subscriptionRecurringPrice": self._money(subscription.recurring_price),
            **self._currency("subscriptionCurrency", sale.currency),
            "initialPeriod": subscription.initial_period,
            "recurringPeriod": subscription.recurring_period,
            "rebills": subscription.rebills,
            "nextRenewalDate": day(subscription.due_at) if subscription.will_rebill else "",
            "dynamicPricing": True,
            "threeDSecure": sale.threeds or "NOT_APPLICABLE",
            "avsResponse": "Y",
            "cvv2Response": "M",
        }

    def _of_customer(self, sale: Sale) -> Fields:
        asked = ("email", "username", "ipAddress", "country", "postalCode", "flexId")
        names = {"customerFname": "firstName", "customerLname": "lastName", "zipcode": "postalCode"}
        known = {names.get(name, name): value for name, value in sale.customer.items()}
        return {name: value for name, value in known.items() if name in (*asked, "firstName", "lastName")}

    def _of_card(self, sale: Sale) -> Fields:
        card = sale.card
        return {
            "paymentType": "CREDIT",
            "cardType": card.brand,
            "bin": card.bin,
            "last4": card.last4,
            "expDate": card.expiry,
            "prePaid": 0,
            "paymentAccount": card.account,
        }

    def _currency(self, name: str, code: int) -> Fields:
        return {name: CURRENCIES[code][0], f"{name}Code": code_text(code)}

    def _money(self, amount: Decimal) -> str:
        return f"{amount:.2f}"

    def _digest(self, sale: Sale) -> str:
        proof = f"{sale.subscription_id}1" if sale.is_approved else f"{sale.id}0"
        salt = "somebody else's" if self.desk.outbox.switches.wrong_signature else self.account.salt
        return hashlib.md5(f"{proof}{salt}".encode()).hexdigest()  # noqa: S324 - the provider's own proof

    def _send(self, event: str, fields: Fields, at: datetime) -> None:
        told = {
            "eventType": event,
            "clientAccnum": self.account.number,
            "clientSubacc": self.account.subaccount,
            "timestamp": moment(at),
            **fields,
        }
        writers: dict[str, tuple[str, Callable[[Fields], str]]] = {
            "json": ("application/json", json.dumps),
            "form": ("application/x-www-form-urlencoded", lambda given: urlencode(_as_form(given))),
        }
        content_type, write = writers[self.account.webhook_format]
        query = {name: str(told[name]) for name in ("clientAccnum", "clientSubacc", "eventType")}
        self.desk.outbox.send(event, self.account.webhook_url, content_type, write(told).encode(), query=query)


def _as_form(fields: Fields) -> dict[str, Any]:
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in fields.items()}
