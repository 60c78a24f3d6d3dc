from dataclasses import asdict
from datetime import timedelta

from foundation import clock
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from payouts.earnings.services import settle_day


@periodic("earnings.settle", every=timedelta(days=1), in_one_transaction=False, lease=timedelta(minutes=30))
def daily(period: Period) -> dict[str, int]:
    """What is ripe on the day that begins when this period ends becomes available; missed days are made up for."""
    return asdict(settle_day(day=period.end.date(), at=clock.now()))
