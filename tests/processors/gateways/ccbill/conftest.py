from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from foundation.ids import uuid7
from foundation.money import Money
from processors.gateways.ccbill import CCBill
from processors.gateways.ccbill.managing import reports
from processors.gateways.types import ChargeRequest, Merchant, Ref
from tests.gateway_world import GatewayWorld

ANYWHERE = ("0.0.0.0/0", "::/0")


def settings_of(base: str) -> dict[str, object]:
    """The account as it is reached in the sandbox."""
    at = f"{base}/ccbill"
    return {"api_url": at, "forms_url": at, "datalink_url": f"{at}/datalink", "source_ranges": ["127.0.0.0/8"]}


@dataclass(frozen=True)
class Played:
    """The adapter beside the played CCBill."""

    world: GatewayWorld
    merchant: Merchant
    gateway: CCBill

    def request(self, minor: int = 20_00, token: str = "", **more) -> ChargeRequest:
        token = token or f"testtokenapproved{uuid7().hex}"
        return ChargeRequest(reference=uuid7().hex, amount=Money(minor, "USD"), token=token, **more)

    def charge(self, minor: int = 20_00, token: str = "", **more):
        asked = self.request(minor, token, **more)
        return asked, self.gateway.charge(self.merchant, asked)

    def bought(self, minor: int = 20_00, token: str = "", **more) -> Ref:
        asked, outcome = self.charge(minor, token, **more)
        return ref(asked, outcome.provider_ref)

    def fault(self, operation: str, fault: str, times: int = 1) -> None:
        self.world.control.fault("ccbill", operation, fault, times)

    def sales(self, reference: str):
        """What really happened under this reference."""
        return self.world.control.ask(f"/_sandbox/ccbill/book.json?reference={reference}")["charges"]


def ref(asked: ChargeRequest, provider_ref: str = "", **more) -> Ref:
    return Ref(
        asked.reference, provider_ref, token=asked.token, amount=asked.amount, **{"sent_at": datetime.now(UTC), **more}
    )


@pytest.fixture
def played(gateways) -> Played:
    reports.forget()
    secrets = gateways.gateways["ccbill"]
    merchant = Merchant("ccbill-main", "ccbill", settings_of(gateways.base), secrets)
    gateways.control.ask("/_sandbox/ccbill/settings", {"report_minutes": 0})
    return Played(gateways, merchant, CCBill())
