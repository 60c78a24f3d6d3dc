"""A payment with content gives access to it; money that went back takes it away."""

from __future__ import annotations

from uuid import UUID

from foundation.events import News, on
from products.content.services import end_paid_access, give_paid_access, renew_paid_access

GROUP = "content"


@on("txn.capture", group=GROUP)
def paid(news: News) -> None:
    if news.payload.get("content_id", news.id) is None:  # what was told before it stood in the news is looked up
        return
    give_paid_access(payment_id=UUID(news.payload["payment_id"]), at=news.at)


@on("txn.refund", group=GROUP)
def refunded(news: News) -> None:
    end_paid_access(payment_id=UUID(news.payload["payment_id"]), because="refunded", at=news.at)


@on("txn.dispute", group=GROUP)
def disputed(news: News) -> None:
    end_paid_access(payment_id=UUID(news.payload["payment_id"]), because="disputed", at=news.at)


@on("txn.capture_undone", group=GROUP)
def undone(news: News) -> None:
    end_paid_access(payment_id=UUID(news.payload["payment_id"]), because="undone", at=news.at)


@on("txn.dispute_closed", group=GROUP)
def dispute_closed(news: News) -> None:
    renew_paid_access(payment_id=UUID(news.payload["payment_id"]))
