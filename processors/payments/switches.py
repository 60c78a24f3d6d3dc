"""What can be stopped about payments, and the questions asked of it before anything leaves."""

from __future__ import annotations

from collections.abc import Container
from uuid import UUID

from foundation.switches.registry import declare_switch, switches
from foundation.switches.selectors import is_stopped, refuse_if_stopped
from foundation.switches.states import Kind
from processors.payments.directory import directory

PROVIDERS = {"ccbill": "CCBill", "bitpay": "BitPay", "onchain": "Our own addresses"}
_OF_PLATFORM = "payments.platform."

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


for _provider, _name in PROVIDERS.items():
    declare_switch(
        f"payments.provider.{_provider}",
        Kind.KILL,
        title=f"Charges by {_name}",
        consequence="New charges take another way where there is one; refunds and questions go on.",
        scope=_name,
        fails="closed",
    )


def _of_every_platform() -> None:
    """Platforms are added while the house runs; each can be stopped as soon as it is there."""
    known = switches.declared()
    for slug in directory().slugs.values():
        if f"{_OF_PLATFORM}{slug}" not in known:
            declare_switch(
                f"{_OF_PLATFORM}{slug}",
                Kind.KILL,
                title=f"Charges for {slug}",
                consequence="Nothing is charged for this platform; refunds go on.",
                scope=slug,
                fails="closed",
            )


switches.grow_by(_of_every_platform)


def refuse_stopped_charge(platform_id: UUID) -> None:
    """Unavailable while charges, or those of this platform, are stopped."""
    refuse_if_stopped(CHARGES.key)
    if slug := directory().slugs.get(platform_id):
        refuse_if_stopped(f"{_OF_PLATFORM}{slug}")


def stopped_providers() -> Container[str]:
    return frozenset(provider for provider in PROVIDERS if is_stopped(f"payments.provider.{provider}"))


def refuse_stopped_provider(provider: str) -> None:
    """Unavailable while nothing new goes to this provider, whenever the way was chosen."""
    if provider in PROVIDERS:
        refuse_if_stopped(f"payments.provider.{provider}")
