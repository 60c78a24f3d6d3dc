"""The six components of the integrity score (PACK 440): whole numbers in, tenths of a point (0 to 1000) out.

Shares are counted in hundredths of a percent. Bad news counts at once; what few sales cannot tell stays near the
middle until there are enough of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Final

from payouts.integrity.rules.inputs import RECENT_DAYS, WINDOW_DAYS, Inputs

Curve = tuple[tuple[int, int], ...]
WHOLE, BEST = 10_000, 1000
ENOUGH_SALES = 20
UNKNOWN = 450
"""Where a creator stands of whom nothing is known yet."""

AGE: Final[Curve] = ((0, 0), (30, 500), (90, 750), (365, 1000))
REFUNDS: Final[Curve] = ((0, 1000), (500, 900), (1000, 750), (2000, 550), (3000, 400), (5000, 100), (6000, 0))
DISPUTES_IN_7_DAYS: Final[Curve] = ((0, 1000), (1, 850), (2, 700), (3, 550), (4, 400), (5, 250), (6, 150), (8, 0))
DISPUTE_RATE: Final[Curve] = ((0, 1000), (50, 800), (100, 500), (200, 200), (300, 0))
LARGEST_PAYER: Final[Curve] = ((0, 1000), (1000, 1000), (3000, 700), (5000, 400), (8000, 100), (10_000, 0))
SPREAD: Final[Curve] = ((0, 400), (2000, 600), (5000, 900), (6667, 1000))
"""Of one product 0; of two equal ones half; of six equal ones five sixths."""
BURST: Final[Curve] = ((0, 1000), (20_000, 1000), (50_000, 500), (100_000, 0))
"""How many times an ordinary week the last seven days were."""
LEAST_SALES_OF_A_RATE = 100
LEAST_DAYS_OF_A_WEEKLY_MEAN = 14


def at(curve: Curve, x: int) -> int:
    """The height of a curve, straight between its points and level outside of them."""
    if x <= curve[0][0]:
        return curve[0][1]
    for (x0, y0), (x1, y1) in itertools.pairwise(curve):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) // (x1 - x0)
    return curve[-1][1]


def revenue_source_diversity(known: Inputs) -> int:
    if not known.value:
        return UNKNOWN
    together = sum((value * WHOLE // known.value) ** 2 for _, value in known.by_product)
    return _as_far_as_known(at(SPREAD, WHOLE - together // WHOLE), known.sales)


def refund_ratio(known: Inputs) -> int:
    """By number or by value, whichever is worse."""
    by_number = known.refunded * WHOLE // known.sales if known.sales else 0
    by_value = known.refunded_value * WHOLE // known.value if known.value else 0
    return min(at(REFUNDS, max(by_number, by_value)), _earned(known.sales))


def chargeback_exposure(known: Inputs) -> int:
    """By number in a week or by rate, whichever is worse. One dispute among few sales is not a rate yet."""
    return min(*_disputed(known), _earned(known.sales))


def is_disputed_by_rate(known: Inputs) -> bool:
    """Whether the rate of disputes is worse than their number in a week."""
    by_number, by_rate = _disputed(known)
    return by_rate < by_number


def _disputed(known: Inputs) -> tuple[int, int]:
    rate = known.disputes * WHOLE // max(known.sales, LEAST_SALES_OF_A_RATE)
    return at(DISPUTES_IN_7_DAYS, known.disputes_now), at(DISPUTE_RATE, rate)


def payer_concentration(known: Inputs) -> int:
    if not known.paid_by_all:
        return UNKNOWN
    return _as_far_as_known(at(LARGEST_PAYER, known.paid_by_one * WHOLE // known.paid_by_all), known.sales)


def account_age(known: Inputs) -> int:
    """Age alone proves little: half of it counts until something was sold."""
    by_age = at(AGE, known.age_days)
    return by_age if known.sales else min(by_age, 500)


def transaction_velocity(known: Inputs) -> int:
    if not known.sales or known.age_days < LEAST_DAYS_OF_A_WEEKLY_MEAN:
        return UNKNOWN
    days = min(known.age_days, WINDOW_DAYS)
    times = known.recent * WHOLE * days // (known.sales * RECENT_DAYS)
    return _as_far_as_known(at(BURST, times), known.sales)


def _earned(sales: int) -> int:
    """How good nothing bad may be, with so few sales to tell by."""
    return UNKNOWN + (BEST - UNKNOWN) * min(sales, ENOUGH_SALES) // ENOUGH_SALES


def _as_far_as_known(found: int, sales: int) -> int:
    return UNKNOWN + (found - UNKNOWN) * min(sales, ENOUGH_SALES) // ENOUGH_SALES


# PACK 440, "Revenue Integrity Scoring Algorithm": weights in percent.
COMPONENTS: Final[Mapping[str, tuple[int, Callable[[Inputs], int]]]] = {
    "revenue_source_diversity": (15, revenue_source_diversity),
    "refund_ratio": (25, refund_ratio),
    "chargeback_exposure": (30, chargeback_exposure),
    "payer_concentration": (15, payer_concentration),
    "account_age": (10, account_age),
    "transaction_velocity": (5, transaction_velocity),
}
