"""What payments hear, and whom they tell: the fan how a check ended, finance what does not add up."""

from __future__ import annotations

from uuid import UUID

from foundation import clock
from foundation.actors import system
from foundation.approvals.states import State
from foundation.events.listening import News, on
from foundation.identity.roles import Role
from foundation.identity.selectors import accounts_of, people_with
from foundation.notifications.services import notify
from processors.payments.selectors import get_payment, payment_under_approval, refund_under_approval
from processors.payments.services import cancel_reviewed, reject_refund
from processors.payments.services.refunding import LARGE
from processors.payments.services.reviewing import REVIEW

GROUP = "payments"
LISTENER = system("payments")
IN_WORDS = {
    State.REJECTED: "a person refused it",
    State.WITHDRAWN: "the request was taken back",
    State.FAILED: "it was no longer possible",
    State.EXPIRED: "nobody decided in time",
}


@on("approval.decided", "approval.expired", group=GROUP)
def stop_waiting(news: News) -> None:
    kind, approval_id = news.payload["kind"], UUID(news.payload["approval_id"])
    reason = IN_WORDS.get(State(news.payload.get("outcome", State.EXPIRED)))
    if reason is None or kind not in (REVIEW, LARGE):
        return
    if kind == REVIEW and (payment_id := payment_under_approval(approval_id)):
        cancel_reviewed(payment_id=payment_id, reason=reason, by=LISTENER, at=clock.now())
    elif kind == LARGE and (refund_id := refund_under_approval(approval_id)):
        reject_refund(refund_id=refund_id, reason=reason, by=LISTENER, at=clock.now())


@on("txn.reviewed", group=GROUP)
def tell_fan(news: News) -> None:
    """A payment that was looked at is charged or not: the fan hears which."""
    payment = get_payment(UUID(news.payload["payment_id"]), LISTENER)
    outcome = "charged" if news.payload["outcome"] == "charge" else "not_charged"
    notify(
        recipients=accounts_of(payment.fan_id),
        notice=f"payment.{outcome}",
        dedupe=f"payment.reviewed:{payment.id}:{outcome}",
        facts={"amount": payment.amount, "description": payment.description or payment.product},
        at=clock.now(),
    )


@on("txn.alarm", group=GROUP)
def call_finance(news: News) -> None:
    """Something about a payment does not add up: whoever looks after money hears of it."""
    notify(
        recipients=people_with(Role.FINANCE),
        notice="payment.alarm",
        dedupe=f"txn.alarm:{news.id}",
        facts={"payment_id": news.payload["payment_id"], "detail": news.payload["detail"]},
        at=clock.now(),
    )
