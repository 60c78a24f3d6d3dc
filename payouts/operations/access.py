from foundation.http.access import people
from foundation.identity.roles import Role

PAYOUT_READERS = people(
    Role.FINANCE, Role.APPROVER, Role.ADMIN, Role.AUDITOR, Role.COMPLIANCE, Role.LEGAL, Role.EXECUTIVE, Role.SUPPORT,
    Role.FRAUD_DETECTOR, Role.FRAUD_RESPONDER,
)  # fmt: skip
PAYOUT_EXPORTERS = people(Role.FINANCE, Role.AUDITOR, Role.ADMIN)
PAYOUT_WORKERS = people(Role.FINANCE, Role.APPROVER, Role.ADMIN)
HOLD_WORKERS = people(Role.FINANCE, Role.APPROVER, Role.ADMIN, Role.COMPLIANCE, Role.FRAUD_RESPONDER)
RETURN_ASKERS = people(Role.FINANCE, Role.ADMIN)
EMERGENCY_ASKERS = people(Role.FINANCE, Role.ADMIN, Role.COMPLIANCE)
QUESTION_ANSWERERS = people(Role.SUPPORT, Role.FINANCE)
