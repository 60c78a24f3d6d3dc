from dataclasses import asdict
from datetime import timedelta

from foundation import clock
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from payouts.integrity.services import rescore_all


@periodic(
    "integrity.rescore", every=timedelta(hours=1), catches_up=False, in_one_transaction=False,
    lease=timedelta(minutes=10),
)  # fmt: skip
def hourly(_: Period) -> dict[str, int]:
    """Score every creator."""
    return asdict(rescore_all(reason="the hour", at=clock.now()))
