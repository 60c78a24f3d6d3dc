"""Reserved money: it stays in the account, and the floor itself keeps it there.

Lock order is hold, then balance: in a larger transaction, touch holds before posting.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from psycopg.types.numeric import Int8

from foundation.money import Money
from ledger.calls import call
from ledger.services.posting import post_one
from ledger.types import Posted, Posting, Reserved

PLACE = """
SELECT * FROM ledger_place_hold(%s::uuid, %s, %s, %s::text, %s::bigint, %s::timestamptz, %s::text, %s::boolean)
"""
RAISE = "SELECT * FROM ledger_raise_hold(%s::uuid, %s::uuid, %s, %s::text, %s::boolean)"


def place_hold(
    *,
    id: UUID,
    account_id: int,
    amount: Money,
    credit_account_id: int | None = None,
    expires_at: datetime | None = None,
    reason: str = "",
    at_most: bool = False,
) -> Reserved:
    """Reserve money, or with `at_most` as much of it as there is. A freeze is a hold with a reason and without an end.

    Refused: InsufficientBalance, AccountClosed, OtherCurrency, and Conflict for an account without a floor.
    """
    values = (
        id, Int8(account_id), Int8(amount.minor), amount.currency, credit_account_id, expires_at, reason, at_most,
    )  # fmt: skip
    is_new, reserved = call(PLACE, values)[0]
    return Reserved(is_new, Money(reserved, amount.currency))


def raise_hold(*, id: UUID, hold_id: UUID, amount: Money, reason: str = "", at_most: bool = False) -> Reserved:
    """Reserve more under the same hold, for a further reason or for money that came later.

    A voided hold without an end stands again. Refused: HoldSettled, InsufficientBalance.
    """
    is_new, reserved = call(RAISE, (id, hold_id, Int8(amount.minor), reason, at_most))[0]
    return Reserved(is_new, Money(reserved, amount.currency))


def capture_hold(*, hold_id: UUID, posting: Posting, is_rest_kept: bool = False) -> Posted:
    """Post what was reserved, or a part of it; the rest is given back unless `is_rest_kept`.

    Refused besides what `post` refuses: HoldSettled (also when its time is over), HoldExceeded.
    """
    return post_one(posting, hold_id=hold_id, is_rest_kept=is_rest_kept)


def void_hold(hold_id: UUID) -> bool:
    """Give back what is still held; False when that had been done. HoldSettled when it was captured or has expired."""
    is_voided: bool = call("SELECT ledger_void_hold(%s::uuid)", [hold_id])[0][0]
    return is_voided


def lift_hold_reason(*, hold_id: UUID, reason: str) -> bool:
    """One reason less; the last one lifted voids the hold, and only then the answer is True."""
    is_voided: bool = call("SELECT ledger_lift_reason(%s::uuid, %s::text)", [hold_id, reason])[0][0]
    return is_voided


def expire_holds(*, limit: int = 500) -> list[UUID]:
    """End the holds whose time is over by the database's clock; safe to run by many workers at once."""
    return [row[0] for row in call("SELECT * FROM ledger_expire_holds(%s::integer)", [limit])]
