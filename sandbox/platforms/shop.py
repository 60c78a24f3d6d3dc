"""Fans who buy: by card, with coins, every month; some cards are refused, and some things are given back."""

from __future__ import annotations

import json
import logging
import random
import urllib.error
import urllib.request
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

log = logging.getLogger("sandbox.platforms")

FANS, CREATORS = 40, 10  # whom the demo's platforms told of, fan f00001 to f00040
PRICES = (4_99, 5_00, 7_50, 9_99, 9_99, 12_00, 14_99, 14_99, 19_99, 24_99, 29_50, 39_99, 49_99, 75_00, 120_00)
CURRENCIES, WEIGHTS = ("USD", "EUR", "GBP"), (8, 2, 1)
PRODUCTS = ("ppv", "tip", "media", "call", "merchandise")
COINS = ("", "BTC", "ETH", "USDC")
CARD = {"cardNum": "4111111111111111", "expMonth": "12", "expYear": "2031", "cvv2": "123"}
REFUSALS = ("24", "24", "31", "31", "29", "32", "36", "35")
REASONS = ("The fan asked for it", "Content was not delivered", "Charged twice")
PATIENCE_SECONDS = 5
KEPT = 200


@dataclass(frozen=True)
class Bought:
    """What may be given back."""

    platform: str
    id: str
    amount_minor: int
    currency: str


class Shop:
    """What the platforms' fans do next, and what their cards and wallets do at the providers."""

    def __init__(self, here: str, chance: random.Random) -> None:
        self.here, self.chance = here, chance
        self.bought: deque[Bought] = deque(maxlen=KEPT)
        self.owed: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def next_order(self, platform: str) -> tuple[str, dict[str, Any]]:
        """An address of the API and what is asked of it."""
        kinds = ("card", "coins", "subscription", "refund")
        kind = self.chance.choices(kinds, (74, 14, 6, 6))[0]
        if kind == "refund":
            mine = [one for one in self.bought if one.platform == platform]
            if mine:
                return "/api/v1/refunds", self._refund(self.chance.choice(mine))
        if kind == "coins":
            coin = self.chance.choice(COINS)
            return "/api/v1/payments", self._sale() | {"method": "crypto"} | ({"coin": coin} if coin else {})
        if kind == "subscription":
            order = self._sale() | {"token": self._token(), "period_days": 30}
            del order["product"]
            return "/api/v1/subscriptions", order
        return "/api/v1/payments", self._sale() | {"method": "card", "token": self._token()}

    def note(self, platform: str, path: str, answer: dict[str, Any]) -> str:
        """Remember what was bought and what is owed; returns what became of it, in words."""
        paid = answer.get("payment", answer) if path.endswith("subscriptions") else answer
        amount = paid.get("amount") or {}
        shown = f"{amount.get('amount_minor', 0) / 100:.2f} {amount.get('currency', '')}"  # for eyes only
        if path.endswith("/refunds"):
            return f"refund {shown} {answer.get('state') or answer.get('code', '')}"
        if paid.get("state") == "CAPTURED":
            self.bought.append(Bought(platform, paid["id"], amount["amount_minor"], amount["currency"]))
        elif paid.get("state") == "REQUIRES_ACTION" and paid.get("next_action"):
            self.owed.append(paid["next_action"])
        said = paid.get("state") or answer.get("code", "")
        return " ".join(filter(None, (shown, str(said), str(paid.get("decline_code") or ""))))

    def pay_what_is_owed(self) -> None:
        """One fan sends coins; one in eight forgets."""
        if not self.owed:
            return
        todo = self.owed.popleft()
        if self.chance.random() < 0.125:
            return
        if invoice := parse_qs(urlsplit(str(todo.get("url", ""))).query).get("id"):
            self._order("/_sandbox/bitpay/invoices", {"invoice": invoice[0], "do": "pay"})
        elif fields := todo.get("fields"):
            wanted = {name: fields[name] for name in ("coin", "address", "amount") if name in fields}
            if len(wanted) == 3:
                self._order("/_sandbox/chain/pay", wanted)

    def _sale(self) -> dict[str, Any]:
        number = self.chance.randint(1, FANS)
        return {
            "reference": f"live-{uuid4().hex[:16]}",
            "fan": f"f{number:05d}",
            "creator": f"c{self.chance.randint(1, CREATORS):05d}",
            "product": self.chance.choice(PRODUCTS),
            "amount_minor": self.chance.choice(PRICES),
            "currency": self.chance.choices(CURRENCIES, WEIGHTS)[0],
            "device": f"phone-{number}",
        }

    def _token(self) -> str:
        """A card typed into the provider's field; one in ten is refused there."""
        if self.chance.random() < 0.1:
            return f"testtokendecline{self.chance.choice(REFUSALS)}x{uuid4().hex[:8]}"
        made = self._order("/ccbill/widget/tokens", CARD)
        return str(made.get("paymentTokenId") or f"testtokenapproved{uuid4().hex[:8]}")

    def _refund(self, one: Bought) -> dict[str, Any]:
        self.bought.remove(one)
        part = one.amount_minor if self.chance.random() < 0.6 else max(1, one.amount_minor // 2)
        return {
            "payment_id": one.id, "amount_minor": part, "currency": one.currency,
            "reason": self.chance.choice(REASONS),
        }  # fmt: skip

    def _order(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask a provider played in this very process, from outside as everybody does."""
        request = urllib.request.Request(  # noqa: S310 - our own address
            self.here + path, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as reply:  # noqa: S310
                return dict(json.load(reply))
        except (OSError, ValueError) as error:
            log.warning("%s: %s", path, error)
            return {}
