"""What can be measured of a creator and of one payout, by name; rules look at nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from foundation.money import Money
from payouts.integrity.rules.inputs import WORTH, Inputs

Measures = Mapping[str, Decimal]
COMPONENTS = (
    "revenue_source_diversity", "refund_ratio", "chargeback_exposure", "payer_concentration", "account_age",
    "transaction_velocity",
)  # fmt: skip
OF_PAYOUT = frozenset({"payout_dollars"})
NAMES = frozenset({"score", "refund_percent", "chargebacks_7d", "age_days", *COMPONENTS, *OF_PAYOUT})


def of_creator(score: int, components: Mapping[str, str], known: Inputs) -> dict[str, Decimal]:
    """A creator's measures: the score and its parts, and the plain figures behind them."""
    refunded = Decimal(100 * known.refunded) / known.sales if known.sales else Decimal(0)
    return {
        "score": Decimal(score),
        **{name: Decimal(components[name]) for name in COMPONENTS if name in components},
        "refund_percent": refunded.quantize(Decimal("0.1")),
        "chargebacks_7d": Decimal(known.disputes_now),
        "age_days": Decimal(known.age_days),
    }


def of_payout(amount: Money) -> dict[str, Decimal]:
    """An amount in whole dollars, by the table that weighs currencies; one that is not listed counts as large."""
    worth = WORTH.get(amount.currency)
    dollars = Decimal(amount.minor * worth) / 100_000_000 if worth else Decimal(1_000_000)
    return {"payout_dollars": dollars.quantize(Decimal("0.01"))}
