from datetime import timedelta

from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from processors.facts.services import fold_all


@periodic(
    "facts.fold", every=timedelta(minutes=1), catches_up=False, in_one_transaction=False, lease=timedelta(minutes=5)
)
def fold(_: Period) -> dict[str, int]:
    """Take what changed into the sums of sales."""
    return {"changes": fold_all()}
