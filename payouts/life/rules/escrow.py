"""How long a payout waits before it may leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal

# PACK 440, "Escrow Period Calculation": (score at least, hours held).
HOURS_BY_SCORE = ((800, 12), (700, 24), (600, 48), (500, 72), (400, 120), (0, 168))
ROWS = tuple(hours for _, hours in HOURS_BY_SCORE)
LONGEST = ROWS[-1]
STANDARD = 24
"""The document's base period, for creators whom the risk-adjusted table has not reached yet."""
# PACK 440, "Refund Ratio Spike": above this share one row longer, and another for each further step.
REFUNDS_BORNE, REFUNDS_STEP = Decimal("0.30"), Decimal("0.10")
MANY_REFUNDS = "many_refunds"


@dataclass(frozen=True, slots=True)
class Hours:
    """How long, how long by the score alone, and what the creator is warned of."""

    hours: int
    base: int
    warning: str = ""


def hours(score: int, refund_ratio: Decimal) -> Hours:
    """Trusted creators wait half a day, the riskiest a week; many refunds make it longer, never more than a week."""
    if not 0 <= score <= 1000:
        raise ValueError(f"a score is 0 to 1000, not {score}")
    row = next(index for index, (at_least, _) in enumerate(HOURS_BY_SCORE) if score >= at_least)
    longer = rows_longer(refund_ratio)
    return Hours(ROWS[min(row + longer, len(ROWS) - 1)], ROWS[row], MANY_REFUNDS if longer else "")


def over_at(begins_at: datetime, hours: int) -> datetime:
    return begins_at + timedelta(hours=hours)


def rows_longer(refund_ratio: Decimal) -> int:
    """One row for each ten points begun above thirty in a hundred."""
    if refund_ratio <= REFUNDS_BORNE:
        return 0
    return int(((refund_ratio - REFUNDS_BORNE) / REFUNDS_STEP).to_integral_value(ROUND_CEILING))
