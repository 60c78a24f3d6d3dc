from datetime import timedelta

import foundation.requests.finding  # noqa: F401  joins what can be found
from foundation import clock
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from foundation.requests.forgetting import forget_old_lines


@periodic("requests.forget", every=timedelta(days=1), catches_up=False, in_one_transaction=False)
def forget(_: Period) -> int:
    return forget_old_lines(at=clock.now())
