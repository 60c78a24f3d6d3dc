"""A person said no, or nobody decided in time: what waited for them does not wait any longer."""

from __future__ import annotations

from uuid import UUID

from foundation import clock
from foundation.actors import system
from foundation.approvals.states import State
from foundation.events.listening import News, on
from processors.payments.selectors import payment_under_approval, refund_under_approval
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
