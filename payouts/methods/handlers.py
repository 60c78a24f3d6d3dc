"""Who hears of destinations: their creator, here and by mail that nobody else reads."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from foundation import clock
from foundation.events.listening import News, on
from foundation.identity.selectors import accounts_of
from foundation.notifications.services import notify
from payouts.methods.mails import mail_code, mail_former_addresses
from payouts.methods.selectors import code_to_send, method_told_of

GROUP = "payout_methods"
MAILS = "payout_methods_mails"


@on("payout_method.code_wanted", group=GROUP)
def send_code(news: News) -> None:
    code = code_to_send(UUID(news.payload["code_id"]))
    if code is not None and code.expires_at > clock.now():
        mail_code(code)


@on("payout_method.proved", group=GROUP)
def tell_change(news: News) -> None:
    """A destination is in use: the creator hears it, so that a stranger's would be noticed."""
    notice = "payout_method.changed" if news.payload["is_change"] else "payout_method.first"
    _tell(news, notice, {"label": news.payload["label"], "from": _from(news)})


@on("payout_method.stopped", group=GROUP)
def tell_stopped(news: News) -> None:
    _tell(news, "payout_method.stopped", {"label": news.payload["label"], "reason": news.payload["reason"]})


@on("payout_method.replaced", group=GROUP)
def tell_removed(news: News) -> None:
    """One that another took the place of is told of by that other."""
    method = method_told_of(UUID(news.payload["method_id"]))
    if method is not None and news.payload["by_method_id"] is None and method.verified_at:
        _tell(news, "payout_method.removed", {"label": method.label})


@on("payout_method.added", group=MAILS)
def write_of_added(news: News) -> None:
    _write(news, f"{news.payload['label']} was added as a payout method. Nothing is paid there before it is proved.")


@on("payout_method.proved", group=MAILS)
def write_of_change(news: News) -> None:
    _write(news, f"{news.payload['label']} was proved as a payout method. Payouts may go there from {_from(news)}.")


@on("payout_method.replaced", group=MAILS)
def write_of_removed(news: News) -> None:
    method = method_told_of(UUID(news.payload["method_id"]))
    if method is not None and method.verified_at:
        _write(news, f"{method.label} is no longer a payout method of yours.")


def _tell(news: News, notice: str, facts: Mapping[str, object]) -> None:
    notify(
        recipients=accounts_of(UUID(news.payload["creator_id"])), notice=notice,
        dedupe=f"{news.type}:{news.aggregate_id}", facts=facts, at=clock.now(),
    )  # fmt: skip


def _write(news: News, what: str) -> None:
    method = method_told_of(UUID(news.payload["method_id"]))
    if method is not None:
        mail_former_addresses(method, what)


def _from(news: News) -> str:
    return str(news.payload["usable_from"])[:16].replace("T", " ") + " UTC"
