from datetime import timedelta

from foundation import clock
from foundation.errors import Forbidden, Refusal
from foundation.identity.login.vetoes import may_veto_sign_in
from foundation.identity.models import User
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from foundation.restrictions.errors import REFUSALS
from foundation.restrictions.selectors import is_suspended_now
from foundation.restrictions.services import end_run_out


@may_veto_sign_in
def suspended(user: User) -> Refusal | None:
    if not is_suspended_now(user.party_id):
        return None
    return Forbidden("auth.sign_in_vetoed", REFUSALS["restrictions.suspended"][1])


@periodic("restrictions.sweep", every=timedelta(minutes=1), catches_up=False)
def sweep(_: Period) -> dict[str, int]:
    """End restrictions whose time is over."""
    return {"ended": end_run_out(at=clock.now())}
