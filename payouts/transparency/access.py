from foundation.http.access import allow, clients, people
from foundation.identity.roles import Role
from foundation.identity.scopes import Scope

CREATORS = people(Role.CREATOR)
STAFF = people(
    Role.FINANCE, Role.APPROVER, Role.ADMIN, Role.AUDITOR, Role.COMPLIANCE, Role.LEGAL, Role.EXECUTIVE, Role.SUPPORT,
    Role.FRAUD_DETECTOR, Role.FRAUD_RESPONDER,
)  # fmt: skip
INSIDERS = people(
    Role.FINANCE, Role.APPROVER, Role.ADMIN, Role.AUDITOR, Role.COMPLIANCE, Role.LEGAL, Role.FRAUD_DETECTOR,
    Role.FRAUD_RESPONDER,
)  # fmt: skip
"""Who reads what checks found and staff wrote."""
PLATFORMS = clients(Scope.PAYOUTS_READ)

allow("api:payouts", GET=CREATORS | STAFF, POST=CREATORS)
allow("api:payout", GET=CREATORS | STAFF)
allow("api:payout-status", GET=CREATORS)
allow("api:payout-preview", POST=CREATORS)
allow("api:payout-cancel", POST=CREATORS)
allow("api:payout-method-choice", POST=CREATORS)
allow("api:freezes", GET=CREATORS | STAFF)
allow("api:creator-payouts", GET=PLATFORMS)
allow("api:creator-payout-status", GET=PLATFORMS)
