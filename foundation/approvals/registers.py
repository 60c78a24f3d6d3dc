from datetime import timedelta

import foundation.approvals.faults
import foundation.approvals.finding  # noqa: F401  joins the batteries, and what can be found
from foundation import clock
from foundation.approvals import amount_changes, role_grants
from foundation.approvals.registry import approvable
from foundation.approvals.services import expire_run_out, tell_late
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic

approvable(
    role_grants.KIND,
    fields=role_grants.FIELDS,
    describe=role_grants.describe,
    recheck=role_grants.recheck,
    apply=role_grants.apply,
)


approvable(
    amount_changes.KIND,
    fields=amount_changes.FIELDS,
    describe=amount_changes.describe,
    recheck=amount_changes.recheck,
    apply=amount_changes.apply,
)


@periodic("approvals.sweep", every=timedelta(minutes=1), catches_up=False)
def sweep(_: Period) -> dict[str, int]:
    """Close what ran out of time and speak of what is late."""
    at = clock.now()
    return {"expired": expire_run_out(at=at), "late": tell_late(at=at)}
