from datetime import timedelta

import foundation.switches.faults  # noqa: F401  joins the batteries
from foundation import clock
from foundation.approvals.registry import approvable
from foundation.errors import Refusal
from foundation.identity.login.vetoes import may_veto_sign_in
from foundation.identity.models import User
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from foundation.switches import resuming
from foundation.switches.errors import PortalsPaused
from foundation.switches.registry import declare_switch
from foundation.switches.selectors import is_stopped
from foundation.switches.services import apply_resume, tell_expired_stops
from foundation.switches.states import Kind

LOGIN_PORTALS = declare_switch(
    "login.portals",
    Kind.KILL,
    title="Creators and fans sign in",
    consequence="Nobody new enters the portals; who is inside stays, staff is not touched.",
    scope="Starz and wallet, all platforms",
    fails="closed",
)


@may_veto_sign_in
def portals_closed(user: User) -> Refusal | None:
    return None if user.is_staff or not is_stopped(LOGIN_PORTALS.key) else PortalsPaused()


approvable(
    resuming.KIND,
    fields=resuming.FIELDS,
    describe=resuming.describe,
    recheck=resuming.recheck,
    apply=apply_resume,
)


@periodic("switches.sweep", every=timedelta(minutes=1), catches_up=False, in_one_transaction=False)
def sweep(_: Period) -> dict[str, int]:
    """Raise the alarm for stops that outlast their plan."""
    return {"alarms": tell_expired_stops(at=clock.now())}
