from compliance.escalations.models import Escalation, EscalationAction
from compliance.sanctions.models import SanctionsClearance, SanctionsEntry, SanctionsList

__all__ = ["Escalation", "EscalationAction", "SanctionsClearance", "SanctionsEntry", "SanctionsList"]
