from foundation.http.access import EVERYONE, allow, people
from foundation.identity.roles import Role

PAYMENT_READERS = people(
    Role.FINANCE, Role.APPROVER, Role.AUDITOR, Role.COMPLIANCE, Role.ADMIN, Role.SUPPORT, Role.EXECUTIVE,
    Role.FRAUD_DETECTOR, Role.FRAUD_RESPONDER,
)  # fmt: skip
PAYMENT_EXPORTERS = people(Role.FINANCE, Role.AUDITOR)
PAYMENT_WORKERS = people(Role.FINANCE)
PAYMENT_ASKERS = people(Role.FINANCE, Role.SUPPORT, Role.ADMIN)
WIRE_READERS = people(Role.FINANCE, Role.AUDITOR, Role.ADMIN)
WIRE_WORKERS = people(Role.FINANCE, Role.ADMIN)

# Who calls proves it by what the call carries.
allow("webhooks:call", POST=EVERYONE)
