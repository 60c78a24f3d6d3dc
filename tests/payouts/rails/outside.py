"""Payouts on their way to the rails of the sandbox, and what the rails' own book says of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fanzmoney.demo.merchants import accounts, rail_accounts
from foundation import clock, nearby
from foundation.money import Money
from payouts.life.models import Payout, PayoutInstruction
from payouts.life.services import release_due, request_payout, run_payouts
from processors.payments.models import MerchantAccount
from tests.cast import HOUSE
from tests.gateway_world import GatewayWorld
from tests.payouts.scene import creator, fund, method_of, seen

START_HOURS = 200  # every escrow is over


@dataclass(frozen=True)
class Way:
    """What a payout by one rail needs, and what its end is called when the payee is refused."""

    rail: str
    currency: str
    details: dict[str, str]
    refused: str
    minor: int = 500_00


PAXUM = Way("paxum", "USD", {"email": "maya@example.com"}, "FAILED")
ACH = Way(
    "ach", "USD",
    {"name": "Maya Cole", "routing_number": "011401533", "account_number": "12345678", "account_type": "checking"},
    "RETURNED",
)  # fmt: skip
SEPA = Way("sepa", "EUR", {"name": "Maya Cole", "iban": "FR1420041010050500013M02606"}, "FAILED")
WIRE = Way(
    "wire", "USD",
    {"name": "Maya Cole", "account": "77001234", "bic": "CHASUS33", "town": "Austin", "country": "US"}, "FAILED",
)  # fmt: skip
EPAYSERVICE = Way("epayservice", "USD", {"account_number": "EC445566"}, "FAILED")
USDC = Way(
    "crypto", "USDC", {"coin": "USDC", "address": "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"}, "FAILED", 50_000_000
)
BTC = Way("crypto", "BTC", {"coin": "BTC", "address": "bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g"}, "FAILED", 500_000)
AT_ONCE, BANKS = (PAXUM, EPAYSERVICE), (ACH, SEPA, WIRE)
WAYS = (*AT_ONCE, *BANKS, USDC)
UPLOADS = {"paxum": "transfer", "epayservice": "pay"}


class Outside:
    def __init__(self, world: GatewayWorld) -> None:
        self.world, self.control = world, world.control
        self.hours = 0.0
        self.control.ask("/_sandbox/rails/forget", {})
        self.began = self.book_ends()
        ours = rail_accounts(world.base) | {"onchain": accounts(world.base)["onchain"]}
        for slug, account in ours.items():
            MerchantAccount.objects.create(slug=slug, **account)
        nearby.forget_all()

    def at(self, hours: float) -> None:
        """So many hours after the beginning, here and at every bank."""
        self.hours = hours
        clock.move_clock(ahead=timedelta(hours=hours))
        self.control.clock(hours * 3_600)

    def later(self, *, hours: float = 0, days: float = 0) -> None:
        self.at(self.hours + hours + 24 * days)

    def queued(self, way: Way) -> Payout:
        """A payout whose hours are over, to a destination of this rail that was proved."""
        creator_id = creator()
        fund(creator_id, 2 * way.minor, way.currency)
        method = method_of(creator_id, rail=way.rail, currency=way.currency, **way.details)
        payout = request_payout(
            creator_id=creator_id, amount=Money(way.minor, way.currency), method_id=method.pk, by=HOUSE, at=clock.now()
        )
        if self.hours < START_HOURS:
            self.at(START_HOURS)
        else:
            self.later(hours=START_HOURS)
        release_due(by=HOUSE)
        assert seen(payout).state == "QUEUED"
        return payout

    def run(self, rail: str) -> None:
        """One round, after the chains have grown."""
        if rail == "crypto":
            for chain in ("btc", "eth"):
                self.control.ask("/_sandbox/chain/mine", {"chain": chain, "blocks": 12})
        run_payouts(by=HOUSE, only=[rail])

    def run_until(self, payout: Payout, *states: str, days: float = 16) -> str:
        """Run once a day until it is in one of these states, or the days are over; returns where it is."""
        left = days
        while (state := str(seen(payout).state)) not in states and left > 0:
            self.run(payout.rail)
            if str(seen(payout).state) not in states:
                self.later(days=1)
                left -= 1
        return state

    def plan(self, rail: str, kind: str, **more: Any) -> None:
        self.control.ask("/_sandbox/rails/plans", {"rail": rail, "plan": kind, **more})

    def book(self, payout: Payout) -> list[dict[str, Any]]:
        """All that the rail ever took of this payout, under whichever reference."""
        found = []
        for reference in PayoutInstruction.objects.filter(payout=payout).values_list("reference", flat=True):
            found += self.control.ask(f"/_sandbox/rails/book?reference={reference}")["instructions"]
        return found

    def taken_since(self) -> list[dict[str, Any]]:
        """Everything the rails took since this story began."""
        return list(self.control.ask(f"/_sandbox/rails/book?after={self.began}")["instructions"])

    def book_ends(self) -> int:
        return int(self.control.ask("/_sandbox/rails/book?limit=1")["total"])

    def accepted_once(self, payout: Payout) -> dict[str, Any]:
        """I7, by the rail's own book: this payout was taken exactly once, for what we told it."""
        (taken,) = self.book(payout)
        row = seen(payout)
        assert (taken["amount_minor"], taken["currency"]) == (row.amount_minor - row.fee_minor, row.currency)
        twice = self.control.ask("/_sandbox/rails/book?limit=1")["twice"]
        assert taken["reference"] not in {one["reference"] for one in twice}
        return taken
