from datetime import timedelta

from compliance.packs import agreeing
from compliance.packs.services import build_waiting, remove_old
from foundation import clock
from foundation.approvals.registry import approvable
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic

approvable(
    agreeing.KIND,
    fields=agreeing.FIELDS,
    describe=agreeing.describe,
    recheck=agreeing.recheck,
    apply=agreeing.apply,
)


@periodic(
    "audit.packs", every=timedelta(seconds=15), catches_up=False, in_one_transaction=False, lease=timedelta(minutes=10)
)
def make_packs(_: Period) -> dict[str, int]:
    """What was agreed to is made; what is a week old is removed."""
    at = clock.now()
    return {**build_waiting(at=at), "removed": remove_old(at=at)}
