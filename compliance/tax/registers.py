from datetime import timedelta

from compliance.tax.services import expire_profiles
from foundation import clock
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic


@periodic("tax.profiles", every=timedelta(days=1), catches_up=False)
def profiles(_: Period) -> dict[str, int]:
    """Mark the parties whose form ran out."""
    return {"expired": expire_profiles(today=clock.now().date())}
