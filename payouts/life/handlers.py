"""What payouts hear, and whom they tell: creators how theirs go, finance what does not add up."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from foundation import clock
from foundation.actors import system
from foundation.approvals.states import State
from foundation.events.listening import News, on
from foundation.identity.roles import Role
from foundation.identity.selectors import accounts_of, people_with
from foundation.money import Money
from foundation.notifications.services import notify
from payouts.life.selectors import get_payout, payout_asked_about
from payouts.life.services import cancel_payout
from payouts.life.services.approving import RELEASE, withdraw_stale
from payouts.life.states import PayoutState
from payouts.methods.states import Rail

GROUP = "payouts"
LISTENER = system("payouts")
SAYS = {
    "payout.sent": "payout.sent", "payout.paid": "payout.paid", "payout.extended": "payout.later",
    "payout.failed": "payout.given_back", "payout.returned": "payout.given_back",
    "payout.cancelled": "payout.cancelled",
}  # fmt: skip
WHY = {"payout.failed": "{rail} could not pay it.", "payout.returned": "Your bank sent it back."}


@on("approval.decided", group=GROUP)
def give_up_refused(news: News) -> None:
    """People refused to let a large payout go: the creator has the money again; of a frozen one it stays frozen."""
    if news.payload["kind"] != RELEASE or State(news.payload["outcome"]) is not State.REJECTED:
        return
    payout_id = payout_asked_about(UUID(news.payload["approval_id"]))
    if payout_id and get_payout(payout_id).state == PayoutState.IN_ESCROW:
        cancel_payout(payout_id=payout_id, reason="people did not agree to it", by=LISTENER, at=clock.now())


@on("payout.rerouted", group=GROUP)
def ask_no_more_about_the_old(news: News) -> None:
    withdraw_stale(payout_id=UUID(news.payload["payout_id"]), at=clock.now())


@on(*SAYS, group=GROUP)
def tell_creator(news: News) -> None:
    payout = get_payout(UUID(news.payload["payout_id"]))
    rail = str(Rail(payout.rail).label)
    notify(
        recipients=accounts_of(payout.creator_id),
        notice=SAYS[news.type],
        dedupe=f"{news.type}:{news.id}",
        facts={
            "payout_id": payout.id,
            "amount": Money(news.payload.get("amount_minor", payout.amount.minor), payout.amount.currency),
            "rail": rail,
            "why": WHY.get(news.type, "").format(rail=rail),
            "until": _in_words(news.payload.get("planned_release_at", "")),
        },
        at=clock.now(),
    )


def _in_words(at: str) -> str:
    return f"{datetime.fromisoformat(at):%A, %-d %B %Y, %H:%M} UTC" if at else ""


@on("payout.alarm", group=GROUP)
def call_finance(news: News) -> None:
    """Something does not add up: whoever looks after money hears of it."""
    payout_id = news.payload["payout_id"]
    notify(
        recipients=people_with(Role.FINANCE),
        notice="payout.alarm",
        dedupe=f"payout.alarm:{news.id}",
        facts={"payout": f"/{payout_id}" if payout_id else "", "detail": news.payload["detail"]},
        at=clock.now(),
    )
