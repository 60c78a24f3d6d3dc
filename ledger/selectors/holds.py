from __future__ import annotations

from uuid import UUID

from foundation.errors import NotFound
from foundation.money import Money
from ledger.models import Hold
from ledger.types import HoldInfo, HoldState


def get_hold(hold_id: UUID) -> HoldInfo:
    """One hold with the reasons it still stands for; NotFound."""
    found = Hold.objects.prefetch_related("reasons").filter(pk=hold_id).first()
    if found is None:
        raise NotFound("ledger.no_hold", "There is no such hold.", hold_id=hold_id)
    return _info(found)


def list_open_holds(account_id: int) -> list[HoldInfo]:
    """What is reserved on an account at this moment, oldest first."""
    pending = Hold.objects.filter(account_id=account_id, state=HoldState.PENDING).order_by("placed_at", "id")
    return [_info(hold) for hold in pending.prefetch_related("reasons")]


def _info(row: Hold) -> HoldInfo:
    return HoldInfo(
        id=row.pk,
        account_id=row.account_id,
        credit_account_id=row.credit_account,
        amount=Money(row.amount, row.currency),
        captured=Money(row.captured, row.currency),
        released=Money(row.released, row.currency),
        state=HoldState(row.state),
        placed_at=row.placed_at,
        expires_at=row.expires_at,
        reasons=tuple(reason.reason for reason in row.reasons.all() if reason.lifted_at is None),
    )
