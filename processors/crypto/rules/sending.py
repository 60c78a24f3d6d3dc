"""Whether a number of coins that a person sent back can be right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

FEE_PAID_IN: Final = {"BTC": "BTC", "ETH": "ETH", "USDC": "ETH"}
"""The coin in which a network takes its fee."""
SLACK_PERCENT: Final = 10


def is_likely(units: int, due: Sequence[int]) -> bool:
    """Between what it is worth at the rates there are, and a tenth beyond: a slip of the point is not."""
    return min(due) * (100 - SLACK_PERCENT) <= units * 100 <= max(due) * (100 + SLACK_PERCENT)
