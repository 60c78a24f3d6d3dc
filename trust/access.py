from foundation.http.access import people
from foundation.identity.roles import Role

LIMIT_ASKERS = people(Role.FINANCE, Role.COMPLIANCE, Role.FRAUD_DETECTOR, Role.EXECUTIVE)
LIMIT_READERS = LIMIT_ASKERS | people(Role.APPROVER, Role.AUDITOR, Role.ADMIN, Role.FRAUD_RESPONDER)
