"""A person is called to what nobody could apply."""

from __future__ import annotations

from foundation import clock
from foundation.events.listening import News, on
from foundation.identity.roles import Role
from foundation.identity.selectors import people_with
from foundation.notifications.services import notify


@on("txn.told_given_up", group="payments")
def call_a_person(news: News) -> None:
    notify(
        recipients=people_with(Role.FINANCE, Role.ADMIN),
        notice="webhook.given_up",
        dedupe=f"webhook.given_up:{news.id}",
        facts=news.payload,
        at=clock.now(),
    )
