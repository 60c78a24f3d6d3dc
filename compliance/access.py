from foundation.http.access import allow, people, stepping_up
from foundation.identity.roles import Role

ESCALATION_READERS = people(Role.ADMIN, Role.COMPLIANCE, Role.LEGAL, Role.FINANCE)
ESCALATION_WRITERS = people(Role.ADMIN, Role.COMPLIANCE)

allow("api:escalations", GET=ESCALATION_READERS, POST=stepping_up(ESCALATION_WRITERS))
allow("api:escalation", GET=ESCALATION_READERS)
allow("api:escalation-actions", GET=ESCALATION_READERS, POST=stepping_up(ESCALATION_WRITERS))
allow("api:escalation-resolution", POST=stepping_up(ESCALATION_WRITERS))
