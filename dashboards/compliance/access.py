from compliance.access import ESCALATION_READERS, ESCALATION_WRITERS
from dashboards.homes.views import residents
from foundation.http.access import allow, people, stepping_up
from foundation.identity.roles import Role

allow("compliance:home", GET=residents("compliance:home"))
AUDIT_READERS = people(Role.AUDITOR, Role.COMPLIANCE, Role.LEGAL, Role.ADMIN)
allow("compliance:audit", GET=AUDIT_READERS)
allow("compliance:audit_chain", GET=AUDIT_READERS)
allow("compliance:audit_record", GET=AUDIT_READERS)
allow("compliance:audit_pack", GET=AUDIT_READERS)
allow("compliance:audit_packs", GET=AUDIT_READERS)
_ASK_FOR_PACKS = people(Role.AUDITOR, Role.COMPLIANCE, Role.LEGAL)
allow("compliance:ask_audit_pack", GET=_ASK_FOR_PACKS, POST=_ASK_FOR_PACKS)
allow("compliance:signed_pack", GET=AUDIT_READERS, POST=stepping_up(_ASK_FOR_PACKS))
allow("compliance:audit_export", GET=AUDIT_READERS)
allow("compliance:escalations", GET=ESCALATION_READERS)
allow("compliance:escalation_documents", POST=ESCALATION_WRITERS)
allow("compliance:document", GET=ESCALATION_READERS)
allow("compliance:escalation", GET=ESCALATION_READERS, POST=stepping_up(ESCALATION_WRITERS))
TAX_READERS = people(Role.COMPLIANCE, Role.FINANCE, Role.LEGAL, Role.AUDITOR, Role.ADMIN)
TAX_TAKERS = people(Role.COMPLIANCE, Role.FINANCE)
allow("compliance:tax", GET=TAX_READERS)
allow("compliance:tax_file", GET=people(Role.COMPLIANCE, Role.FINANCE, Role.AUDITOR))
allow("compliance:tax_document", POST=stepping_up(TAX_TAKERS))
