"""A world in which Sam pays Maya in coins: nodes, keys, rates, and a watcher that looks when told to."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from foundation import clock, nearby
from foundation.ids import uuid7
from foundation.money import Money
from ledger.selectors import find_account, get_balance
from ledger.types import AccountKey
from processors.crypto.models import CryptoInvoice, HdKey
from processors.crypto.selectors import get_crypto_invoice
from processors.crypto.services import add_key, record_rates, watch_once
from processors.crypto.setup import Setup, our_setup
from processors.crypto.types import InvoiceView, Looked
from processors.models import Attempt, MerchantAccount, Payment
from processors.payments.services import create_payment, grant_warrant, prepare_attempt, send_attempt
from processors.payments.types import PaymentView, Wish
from tests.cast import HOUSE, member, platform
from tests.gateway_world import GatewayWorld
from tests.processors.crypto.test_addresses import XPUB, ZPUB

RATES = {"BTC": Decimal("66666.67"), "ETH": Decimal("3500"), "USDC": Decimal("1")}
PRICE = Money(23_80, "USD")


class CoinWorld:
    def __init__(self, gateways: GatewayWorld, folder: Any) -> None:
        self.gateways, self.control = gateways, gateways.control
        self.folder = folder
        self.write_secrets()
        contracts = self.control.book("chain")["contracts"]
        MerchantAccount.objects.create(
            slug="onchain", provider="onchain", currencies=["USD"],
            settings={
                "btc_url": f"{gateways.base}/chain/btc", "eth_url": f"{gateways.base}/chain/eth",
                "usdc_contract": contracts["USDC"], "coins": ["BTC", "ETH", "USDC"],
            },
        )  # fmt: skip
        self.forget()
        at = clock.now()
        add_key(coin="BTC", account_key=ZPUB, network="main", by=HOUSE, at=at)
        add_key(coin="ETH", account_key=XPUB, network="main", by=HOUSE, at=at)
        # The chains remember what earlier stories paid; each story has addresses of its own.
        HdKey.objects.update(next_index=secrets.randbelow(2**30))
        self.rates()
        self.sam, self.maya = member("sam", "fan"), member("maya")
        self.look()

    def write_secrets(self, **changes: str) -> None:
        known = self.gateways.gateways
        node = {name: known["chain"][name] for name in ("btc_user", "btc_password")}
        bitpay = {name: known["bitpay"][name] for name in ("token", "private_key")}
        file = self.folder / f"{uuid7()}.json"
        file.write_text(json.dumps({"onchain": node | changes, "bitpay-main": bitpay}))
        settings.GATEWAYS_FILE = str(file)

    def forget(self) -> None:
        """Read accounts afresh."""
        nearby.forget_all()

    def rates(self, **changes: str) -> None:
        for coin, rate in (RATES | {coin: Decimal(rate) for coin, rate in changes.items()}).items():
            record_rates(coin=coin, rates={"USD": rate}, source="BitPay", at=clock.now())

    @property
    def setup(self) -> Setup:
        setup = our_setup()
        assert setup is not None
        return setup

    def wish(self, **changes: Any) -> Wish:
        told: dict[str, Any] = {
            "platform_id": platform().pk, "fan_id": self.sam.party_id, "creator_id": self.maya.party_id,
            "reference": str(uuid7()), "product": "subscription", "amount": PRICE, "method": "crypto", "coin": "BTC",
            **changes,
        }  # fmt: skip
        return Wish(**told)

    def prepare(self, **changes: Any) -> Attempt:
        at = clock.now()
        with transaction.atomic():
            payment = create_payment(wish=self.wish(**changes), by=HOUSE, at=at)
            warrant = grant_warrant(
                payment_id=payment.pk, verdict="allow", most=payment.amount, reasons=[], policy="tests", by=HOUSE,
                at=at, expires_at=at + timedelta(minutes=15),
            )  # fmt: skip
            return prepare_attempt(payment_id=payment.pk, warrant_id=warrant.pk, by=HOUSE, at=at)

    def ask(self, **changes: Any) -> PaymentView:
        """Sam wants to pay; what he gets is an address."""
        return send_attempt(attempt_id=self.prepare(**changes).pk, by=HOUSE)

    def order(self, name: str, **said: Any) -> dict[str, Any]:
        return self.control.ask(f"/_sandbox/chain/{name}", said)

    def pay(self, invoice: InvoiceView, amount: str = "", **more: Any) -> str:
        """Coins leave Sam's wallet; returns the transaction."""
        said = {"coin": invoice.coin, "address": invoice.address, "amount": amount or invoice.due, **more}
        return str(self.order("pay", **said)["txid"])

    def mine(self, chain: str = "btc", blocks: int = 1) -> None:
        self.order("mine", chain=chain, blocks=blocks)

    def look(self) -> list[Looked]:
        return watch_once(setup=self.setup)

    def mined(self, chain: str = "btc", blocks: int = 1) -> None:
        self.mine(chain, blocks)
        self.look()

    def later(self, minutes: int) -> None:
        clock.move_clock(ahead=timedelta(minutes=minutes))
        self.control.clock(minutes * 60)


def invoice_of(payment: PaymentView) -> InvoiceView:
    return get_crypto_invoice(payment.id)


def state_of(payment: PaymentView) -> tuple[str, str]:
    """Of the invoice and of the payment."""
    return invoice_of(payment).state, Payment.objects.get(pk=payment.id).state


def standing(key: AccountKey) -> int:
    account = find_account(key)
    return get_balance(account).posted.minor if account else 0


def due_at(payment: PaymentView) -> datetime | None:
    return CryptoInvoice.objects.get(payment_id=payment.id).due_at
