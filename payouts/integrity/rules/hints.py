"""What a creator can do for a better tier: the parts that cost most, as names of sentences without numbers of ours."""

from __future__ import annotations

from typing import Final

from payouts.integrity.rules.curves import BEST, COMPONENTS
from payouts.integrity.rules.scoring import Judged

WORTH_SAYING = 10
"""Points of the score that a part has to cost."""
HINTS: Final = {
    "revenue_source_diversity": "sell_more_than_one_thing",
    "refund_ratio": "fewer_refunds",
    "chargeback_exposure": "fewer_disputes",
    "payer_concentration": "more_buyers",
    "account_age": "time_on_the_platform",
    "transaction_velocity": "steady_sales",
}


def hints(judged: Judged) -> tuple[str, ...]:
    """The parts that cost most first; nothing when all is well."""
    cost = {name: weight * (BEST - judged.components[name]) // 100 for name, (weight, _) in COMPONENTS.items()}
    named = [name for name in sorted(cost, key=lambda name: -cost[name]) if cost[name] >= WORTH_SAYING]
    return tuple(HINTS[name] for name in named)
