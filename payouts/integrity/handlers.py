"""A refund or a dispute is in the creator's score at once."""

from __future__ import annotations

from uuid import UUID

from foundation import clock
from foundation.actors import system
from foundation.events.listening import News, on
from payouts.integrity.services import rescore
from processors.payments.selectors import get_payment

GROUP = "integrity"
LISTENER = system("integrity")


@on("txn.refund", "txn.dispute", group=GROUP)
def score_at_once(news: News) -> None:
    rescore([UUID(news.payload["creator_id"])], reason=news.type, at=clock.now())


@on("txn.dispute_closed", group=GROUP)
def score_when_over(news: News) -> None:
    payment = get_payment(UUID(news.payload["payment_id"]), LISTENER)
    rescore([payment.creator_id], reason=news.type, at=clock.now())
