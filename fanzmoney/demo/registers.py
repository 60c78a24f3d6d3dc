from datetime import date, timedelta
from typing import Any

from django.conf import settings

import fanzmoney.demo.news_trials  # noqa: F401  joins the batteries
from fanzmoney.demo.history.days import days_written, write_next_day
from fanzmoney.demo.history.memory import remind
from fanzmoney.demo.payouts.live import ask_for_one
from fanzmoney.demo.payouts.rounds import has_begun, tell_more
from foundation import clock
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic

if settings.IS_DEMO:

    @periodic(
        "demo.history", every=timedelta(seconds=10), catches_up=False, in_one_transaction=False,
        lease=timedelta(minutes=2),
    )  # fmt: skip
    def history(_: Period) -> dict[str, Any]:
        """One more day of the past; between two of them the house is left to its work."""
        told = write_next_day()
        if told["day"]:
            remind(day=date.fromisoformat(told["day"]))
        return told

    @periodic(
        "demo.payouts", every=timedelta(seconds=15), catches_up=False, in_one_transaction=False,
        lease=timedelta(minutes=2),
    )  # fmt: skip
    def payouts(_: Period) -> dict[str, Any]:
        """A piece of the story of payouts; when it is told, creators go on asking."""
        at = clock.now()
        if not has_begun():
            return {}
        return tell_more(days_written=days_written(at), at=at) or ask_for_one(at=at)
