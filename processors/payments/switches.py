"""What can be stopped about payments, and the questions asked of it before anything leaves."""

from __future__ import annotations

from collections.abc import Container
from uuid import UUID

from foundation.switches.registry import declare_switch, switches
from foundation.switches.selectors import is_stopped, refuse_if_stopped
from foundation.switches.states import Kind
from processors.payments.directory import directory

PROVIDERS = {"ccbill": "CCBill", "bitpay": "BitPay", "onchain": "Our own addresses"}
PLATFORMS = (
    "boyfanz", "daddyfanz", "fanzcock", "pupfanz", "girlfanz", "transfanz", "taboofanz", "fanztube",
)  # fmt: skip

CHARGES = declare_switch(
    "payments.charge",
    Kind.KILL,
    title="Fans are charged",
    consequence="New payments are refused with 503 and nothing leaves; what is with a provider is followed to its end.",
    fails="closed",
)
REFUNDS = declare_switch(
    "payments.refund",
    Kind.KILL,
    title="Refunds leave",
    consequence="Refunds can be asked for and wait; none is sent to a provider.",
    fails="closed",
)
RENEWALS = declare_switch(
    "payments.renew",
    Kind.KILL,
    title="Subscriptions we bill are renewed",
    consequence="Due renewals wait; they are charged when this runs again.",
    fails="closed",
)


def _declare_parts() -> None:
    for provider, name in PROVIDERS.items():
        declare_switch(
            f"payments.provider.{provider}",
            Kind.KILL,
            title=f"Charges by {name}",
            consequence="New charges take another way where there is one; refunds and questions go on.",
            scope=name,
            fails="closed",
        )
    for slug in PLATFORMS:
        declare_switch(
            f"payments.platform.{slug}",
            Kind.KILL,
            title=f"Charges for {slug}",
            consequence="Nothing is charged for this platform; refunds go on.",
            scope=slug,
            fails="closed",
        )


_declare_parts()


def refuse_stopped_charge(platform_id: UUID) -> None:
    """Unavailable while charges, or those of this platform, are stopped."""
    refuse_if_stopped(CHARGES.key)
    key = f"payments.platform.{directory().slugs.get(platform_id, '')}"
    if key in switches:
        refuse_if_stopped(key)


def stopped_providers() -> Container[str]:
    return frozenset(provider for provider in PROVIDERS if is_stopped(f"payments.provider.{provider}"))
