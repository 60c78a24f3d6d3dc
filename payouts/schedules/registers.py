from datetime import timedelta

from foundation import clock
from foundation.actors import system
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from payouts.schedules.making_room import make_room
from payouts.schedules.services import run_schedules
from processors.payments import seams

JOB = system("payout schedules")

seams.making_room.add("payouts", make_room)


@periodic(
    "payouts.schedules", every=timedelta(days=1), catches_up=False, in_one_transaction=False,
    lease=timedelta(minutes=30),
)  # fmt: skip
def daily(period: Period) -> dict[str, int]:
    """Ask for the payouts that creators wish to have without asking."""
    return run_schedules(day=period.end.date(), by=JOB, at=clock.now())
