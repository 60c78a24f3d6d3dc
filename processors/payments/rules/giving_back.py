"""How much may be given back, and by what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from foundation.money import Money
from processors.payments.states import TAKEN, PaymentState

# From here on two people agree. One hundred dollars, and round amounts near it.
LARGE_FROM: Final[dict[str, int]] = {
    "USD": 100_00, "EUR": 100_00, "GBP": 100_00, "CAD": 150_00, "AUD": 150_00, "JPY": 15_000,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taken:
    """A payment's money, as it stands under its lock."""

    state: PaymentState
    captured: Money
    refunds: Money
    disputed: Money

    @property
    def left(self) -> Money:
        return max(self.captured - self.refunds - self.disputed, Money.zero(self.captured.currency))

    @property
    def is_paid_back_twice(self) -> bool:
        return self.refunds + self.disputed > self.captured


def why_not_refund(taken: Taken, amount: Money) -> str:
    """The code of what keeps this amount from being refunded, or nothing."""
    if taken.state is PaymentState.UNKNOWN:
        return "payments.unknown"
    if taken.state not in TAKEN:
        return "payments.not_taken"
    if amount.currency != taken.captured.currency or amount.minor <= 0:
        return "payments.bad_amount"
    if amount > taken.left:
        return "payments.disputed" if amount <= taken.captured - taken.refunds else "payments.too_much"
    return ""


def why_not_void(taken: Taken, captured_at: datetime | None, settles_after_days: int, at: datetime) -> str:
    """The code of what keeps the whole charge from being taken back before it settles, or nothing."""
    if taken.state is PaymentState.UNKNOWN:
        return "payments.unknown"
    is_whole = taken.state is PaymentState.CAPTURED and not taken.refunds and not taken.disputed
    if not is_whole or captured_at is None or at >= captured_at + timedelta(days=settles_after_days):
        return "payments.not_voidable"
    return ""


def is_large(amount: Money) -> bool:
    """Whether a second person has to agree; a currency without a limit always asks."""
    return amount.minor >= LARGE_FROM.get(amount.currency, 0)
