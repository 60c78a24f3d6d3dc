"""Who hears of destinations: their creator, by mail that nobody else reads."""

from __future__ import annotations

from uuid import UUID

from foundation import clock
from foundation.events.listening import News, on
from foundation.identity.selectors import accounts_of
from foundation.notifications.services import notify
from payouts.methods.mails import mail_code
from payouts.methods.selectors import code_to_send

GROUP = "payout_methods"


@on("payout_method.code_wanted", group=GROUP)
def send_code(news: News) -> None:
    code = code_to_send(UUID(news.payload["code_id"]))
    if code is not None and code.expires_at > clock.now():
        mail_code(code)


@on("payout_method.proved", group=GROUP)
def tell_change(news: News) -> None:
    """A destination is in use: the creator hears it, so that a stranger's would be noticed."""
    at = clock.now()
    notify(
        recipients=accounts_of(UUID(news.payload["creator_id"])),
        notice="payout_method.changed" if news.payload["is_change"] else "payout_method.first",
        dedupe=f"payout_method.proved:{news.aggregate_id}",
        facts={"label": news.payload["label"], "from": news.payload["usable_from"][:16].replace("T", " ") + " UTC"},
        at=at,
    )


@on("payout_method.stopped", group=GROUP)
def tell_stopped(news: News) -> None:
    notify(
        recipients=accounts_of(UUID(news.payload["creator_id"])),
        notice="payout_method.stopped",
        dedupe=f"payout_method.stopped:{news.aggregate_id}",
        facts={"label": news.payload["label"], "reason": news.payload["reason"]},
        at=clock.now(),
    )
