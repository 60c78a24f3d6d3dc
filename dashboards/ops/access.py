import dashboards.ops.payments.access
import dashboards.ops.payouts.access  # noqa: F401  and so do payouts
from dashboards.homes.views import residents
from foundation.http.access import ANY_STAFF, allow, people, stepping_up
from foundation.identity.roles import Role
from ledger.access import BOOK_READERS
from trust.access import LIMIT_ASKERS, LIMIT_READERS

allow("ops:home", GET=residents("ops:home"))
# Who sees and decides which request is asked again for each: by its policy, and by who has a part in it.
allow("ops:approvals", GET=ANY_STAFF)
allow("ops:approval", GET=ANY_STAFF, POST=stepping_up(ANY_STAFF))
allow("ops:approvals_several", GET=ANY_STAFF, POST=stepping_up(ANY_STAFF))
allow("ops:amount_bounds", GET=ANY_STAFF)
_ASK_FOR_BOUNDS = people(Role.FINANCE, Role.COMPLIANCE, Role.EXECUTIVE)
allow("ops:ask_amount_bound", GET=_ASK_FOR_BOUNDS, POST=_ASK_FOR_BOUNDS)
allow("ops:health", GET=people(Role.ADMIN, Role.AUDITOR))
allow("ops:backup_handbook", GET=people(Role.ADMIN, Role.AUDITOR))
allow("ops:news", GET=people(Role.ADMIN, Role.AUDITOR))
allow("ops:replay_letter", POST=stepping_up(people(Role.ADMIN)))
_ASK_FOR_ROLES = people(Role.ADMIN, Role.COMPLIANCE, Role.EXECUTIVE)
allow("ops:ask_role", GET=_ASK_FOR_ROLES, POST=_ASK_FOR_ROLES)

for _page in ("ledger", "ledger_accounts", "ledger_account", "ledger_statement", "ledger_entry", "trial_balance"):
    allow(f"ops:{_page}", GET=BOOK_READERS)
allow("ops:trial_balance_file", GET=BOOK_READERS)
allow("ops:ageing", GET=BOOK_READERS)
allow("ops:reconciliation", GET=BOOK_READERS)
allow("ops:reconciliation_break", GET=BOOK_READERS, POST=stepping_up(people(Role.FINANCE)))

allow("ops:trust_limits", GET=LIMIT_READERS)
allow("ops:ask_trust_limit", GET=LIMIT_ASKERS, POST=LIMIT_ASKERS)

allow("ops:splits", GET=BOOK_READERS)
_ASK_FOR_SPLITS = people(Role.FINANCE, Role.EXECUTIVE)
allow("ops:ask_split", GET=_ASK_FOR_SPLITS, POST=_ASK_FOR_SPLITS)
