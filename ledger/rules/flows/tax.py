"""Tax is handed on to the authority of its jurisdiction."""

from __future__ import annotations

from uuid import UUID

from foundation.money import Money
from ledger import chart
from ledger.rules.legs import Leg, Legs


def pay_over(jurisdiction: str, rail: str, collected: dict[UUID | None, Money]) -> Legs:
    """What sales collected goes to the authority in one payment; each platform's part leaves its own account.

    `collected` names the parts by platform, None for tax that is no platform's.
    """
    return tuple(
        Leg(
            "tax.paid_over",
            chart.account("tax", "payable", amount.currency, platform=platform, source=jurisdiction),
            chart.bank("cash", rail, amount.currency),
            amount,
        )
        for platform, amount in sorted(collected.items(), key=lambda part: str(part[0]))
    )
