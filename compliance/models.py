from compliance.escalations.models import Escalation, EscalationAction
from compliance.sanctions.models import SanctionsClearance, SanctionsEntry, SanctionsList
from compliance.tax.models import TaxDocument, TaxProfile, TaxWithheld

__all__ = [
    "Escalation", "EscalationAction", "SanctionsClearance", "SanctionsEntry", "SanctionsList", "TaxDocument",
    "TaxProfile", "TaxWithheld",
]  # fmt: skip
