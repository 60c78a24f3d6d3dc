"""Money that is taken back from a creator comes from the newest payout that has not left, before it becomes a debt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from foundation.actors import system
from foundation.errors import Conflict
from foundation.money import Money
from ledger.selectors import get_balances, list_accounts
from payouts.life.models import Payout
from payouts.life.services import cancel_payout
from payouts.life.states import CANCELLABLE

BY = system("clawback")
FREE = ("available", "pending", "reserve")


def make_room(creator_id: UUID, currency: str, wanted: Callable[[], Money], why: str, at: datetime) -> None:
    """Cancel as many payouts as it takes, the newest first; what they do not cover becomes a debt."""
    waiting = Payout.objects.filter(creator_id=creator_id, currency=currency, state__in=CANCELLABLE)
    newest_first = list(waiting.order_by("-requested_at", "-pk").values_list("pk", flat=True))
    for payout_id in newest_first:
        # Asked each time: what came back for a lost dispute is held for it and wanted no more.
        if free_of(creator_id, currency) >= wanted():
            return
        try:
            cancel_payout(payout_id=payout_id, reason=why, by=BY, at=at)
        except Conflict:
            continue


def free_of(creator_id: UUID, currency: str) -> Money:
    """What can be taken from a creator now, outside of payouts."""
    accounts = [one.id for one in list_accounts(party_id=creator_id, kind="creator")
                if one.key.currency == currency and one.key.purpose in FREE]  # fmt: skip
    left = [one.posted - one.held for one in get_balances(accounts).values()]
    return sum((max(one, Money.zero(currency)) for one in left), Money.zero(currency))
