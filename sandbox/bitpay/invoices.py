"""Invoices: what was asked, what was paid, and the life in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.bitpay import money
from sandbox.bitpay.errors import INVOICE, BitPayError, wrong
from sandbox.bitpay.money import COINS, FIAT

LIFETIME = timedelta(minutes=15)
CONFIRMATIONS = {"high": 0, "medium": 1, "low": 6}
COMPLETE_AFTER = 6
PASSED_ON = (
    "orderId",
    "itemDesc",
    "itemCode",
    "posData",
    "notificationURL",
    "redirectURL",
    "closeURL",
    "fullNotifications",
    "extendedNotifications",
    "autoRedirect",
    "physical",
    "notificationEmail",
    "itemizedDetails",
)
NOTICED = (
    "id",
    "url",
    "status",
    "price",
    "currency",
    "invoiceTime",
    "expirationTime",
    "currentTime",
    "exceptionStatus",
    "paymentSubtotals",
    "paymentTotals",
    "transactionCurrency",
    "amountPaid",
    "exchangeRates",
    "orderId",
    "posData",
)
BUYER_FIELDS = {
    "name": "buyerName",
    "address1": "buyerAddress1",
    "address2": "buyerAddress2",
    "locality": "buyerCity",
    "region": "buyerState",
    "postalCode": "buyerZip",
    "country": "buyerCountry",
    "phone": "buyerPhone",
    "notify": "buyerNotify",
    "email": "buyerEmail",
}
LEAST, MOST = Decimal("0.01"), Decimal("1000000")


@dataclass(frozen=True)
class Received:
    """One payment to an invoice, in the coin's smallest units."""

    txid: str
    units: int
    at: datetime
    is_late: bool


@dataclass
class Invoice:
    id: str
    token: str
    guid: str
    price: Decimal
    currency: str
    asked: Mapping[str, Any]
    page: str
    made_at: datetime
    status: str = "new"
    exception: str | bool = False
    coin: str = ""
    confirmations: int = 0
    is_cancelled: bool = False
    buyer_email: str = ""
    refund_address: str = ""
    received: list[Received] = field(default_factory=list)
    history: list[tuple[datetime, str]] = field(default_factory=list)

    @property
    def expires_at(self) -> datetime:
        return self.made_at + LIFETIME

    @property
    def coins(self) -> list[str]:
        return list(self.asked.get("paymentCurrencies") or COINS)

    @property
    def speed(self) -> str:
        return str(self.asked.get("transactionSpeed") or "medium")

    @property
    def paid_units(self) -> int:
        return sum(one.units for one in self.received)

    def due(self, coin: str) -> int:
        """The smallest units that pay it in full."""
        return money.units_for(self.price, self.currency, coin)

    @property
    def surplus(self) -> Decimal:
        """Coins above the price, or below it as a negative amount; nothing before somebody paid."""
        difference = self.paid_units - self.due(self.coin) if self.coin else 0
        return Decimal(difference).scaleb(-COINS[self.coin][0]) if self.coin else Decimal(0)

    @property
    def is_paid(self) -> bool:
        return self.status in ("paid", "confirmed", "complete")

    def as_json(self, now: datetime) -> dict[str, Any]:
        """The invoice as the merchant is shown it."""
        totals = {coin: self.due(coin) for coin in COINS}
        shown = {coin: money.display(coin, total) for coin, total in totals.items()}
        surplus = self.surplus
        answer: dict[str, Any] = {
            "url": self.page,
            **{name: self.asked[name] for name in PASSED_ON if name in self.asked},
            "transactionSpeed": self.speed,
            "status": self.status,
            "price": plain(self.price),
            "currency": self.currency,
            "invoiceTime": millis(self.made_at),
            "expirationTime": millis(self.expires_at),
            "currentTime": millis(now),
            "guid": self.guid,
            "id": self.id,
            "lowFeeDetected": False,
            "amountPaid": self.paid_units,
            "displayAmountPaid": money.display(self.coin, self.paid_units) if self.coin else "0",
            "exceptionStatus": self.exception,
            "targetConfirmations": COMPLETE_AFTER,
            "transactions": [self._transaction(one) for one in self.received],
            "buyer": self.asked.get("buyer", {}),
            "refundAddresses": self._refund_addresses(),
            "refundAddressRequestPending": False,
            "buyerProvidedEmail": self.buyer_email,
            "buyerProvidedInfo": {"selectedTransactionCurrency": self.coin} if self.coin else {},
            "paymentSubtotals": totals,
            "paymentTotals": totals,
            "paymentDisplayTotals": shown,
            "paymentDisplaySubTotals": shown,
            "exchangeRates": {coin: money.rates_of(coin) for coin in COINS},
            "supportedTransactionCurrencies": {coin: {"enabled": coin in self.coins} for coin in COINS},
            "minerFees": {coin: {"satoshisPerByte": 0, "totalFee": 0, "fiatAmount": 0} for coin in COINS},
            "shopper": {},
            "jsonPayProRequired": False,
            "bitpayIdRequired": False,
            "isCancelled": self.is_cancelled,
            "paymentCodes": {coin: {"BIP73": self.page} for coin in self.coins},
            "universalCodes": {"paymentString": self.page},
            "token": self.token,
        }
        if self.coin:
            answer["transactionCurrency"] = self.coin
        if self.exception == "paidOver":
            answer["overpaidAmount"] = plain(surplus)
        elif self.exception == "paidPartial":
            answer["underpaidAmount"] = plain(-surplus)
        return answer

    def as_notice(self, now: datetime) -> dict[str, Any]:
        """The invoice as an unasked notice shows it."""
        whole = self.as_json(now)
        notice = {name: whole[name] for name in NOTICED if name in whole}
        buyer = self.asked.get("buyer") or {}
        return {**notice, "buyerFields": {BUYER_FIELDS[name]: buyer[name] for name in BUYER_FIELDS if name in buyer}}

    def _transaction(self, one: Received) -> dict[str, Any]:
        return {
            "amount": one.units,
            "confirmations": self.confirmations,
            "time": iso(one.at),
            "receivedTime": iso(one.at),
            "txid": one.txid,
            "exRates": {self.coin: 1, **money.rates_of(self.coin)},
            "outputIndex": 0,
        }

    def _refund_addresses(self) -> list[dict[str, Any]]:
        if not self.refund_address:
            return []
        given = {"type": "buyerSupplied", "date": iso(self.received[-1].at), "email": self.buyer_email or None}
        return [{self.refund_address: given}]


def asked_in(body: Mapping[str, Any]) -> tuple[Decimal, str, str]:
    """Price, currency and guid of a new invoice; raises BitPayError for what BitPay would not take."""
    for name in ("price", "currency"):
        if name not in body:
            raise BitPayError(INVOICE, "03", f"Missing params: {name}")
    currency = body["currency"]
    if currency not in FIAT and currency not in COINS:
        raise wrong(INVOICE, "currency")
    price = money.amount_in(body["price"], currency, INVOICE, "price")
    if price < LEAST:
        raise BitPayError(INVOICE, "10", "Invoice price is below the minimum threshold")
    if price > MOST:
        raise BitPayError(INVOICE, "11", "Invoice price is above the maximum threshold")
    if body.get("transactionSpeed") not in (None, *CONFIRMATIONS):
        raise wrong(INVOICE, "transactionSpeed")
    coins = body.get("paymentCurrencies")
    if coins is not None and (not isinstance(coins, list) or not coins or not set(map(str, coins)) <= set(COINS)):
        raise wrong(INVOICE, "paymentCurrencies")
    if not isinstance(body.get("buyer", {}), dict):
        raise wrong(INVOICE, "buyer")
    for name in ("orderId", "posData", "notificationURL", "redirectURL", "guid"):
        if not isinstance(body.get(name, ""), str | None):
            raise wrong(INVOICE, name)
    return price, currency, str(body.get("guid") or "")


def plain(amount: Decimal) -> Decimal:
    """An amount without idle zeros."""
    short = amount.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


def millis(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
