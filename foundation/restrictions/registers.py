from foundation.identity.login.vetoes import may_veto_sign_in
from foundation.identity.models import User
from foundation.restrictions.errors import REFUSALS
from foundation.restrictions.selectors import is_suspended_now


@may_veto_sign_in
def suspended(user: User) -> str:
    return REFUSALS["restrictions.suspended"][1] if is_suspended_now(user.party_id) else ""
