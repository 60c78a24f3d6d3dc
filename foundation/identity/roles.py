"""Who works here and who is served here. Conflicts of duty are refused at use, not at grant."""

from django.db.models import TextChoices


class Role(TextChoices):
    EXECUTIVE = "executive", "Executive"
    FINANCE = "finance", "Finance"
    APPROVER = "approver", "Approver"
    MODERATOR = "moderator", "Moderator"
    FRAUD_DETECTOR = "fraud_detector", "Fraud detector"
    FRAUD_RESPONDER = "fraud_responder", "Fraud responder"
    APPEALS_REVIEWER = "appeals_reviewer", "Appeals reviewer"
    COMPLIANCE = "compliance", "Compliance"
    LEGAL = "legal", "Legal"
    SUPPORT = "support", "Support"
    AUDITOR = "auditor", "Auditor"
    ADMIN = "admin", "Admin"
    CREATOR = "creator", "Creator"
    FAN = "fan", "Fan"
    DEVELOPER = "developer", "Platform developer"


PORTAL_ROLES = frozenset({Role.CREATOR.value, Role.FAN.value})
OUTSIDE_ROLES = PORTAL_ROLES | {Role.DEVELOPER.value}
STAFF_ROLES = frozenset(role.value for role in Role) - OUTSIDE_ROLES
PROVEN_TWICE = STAFF_ROLES | {Role.DEVELOPER.value}
"""Whoever moves other people's money, or makes programs that do, has a second factor."""
PEOPLE_READERS = frozenset(role.value for role in (Role.ADMIN, Role.COMPLIANCE, Role.SUPPORT, Role.LEGAL, Role.AUDITOR))
"""Who may look people up, on any platform; each look is written down."""


class Verification(TextChoices):
    NONE = "NONE", "Not verified"
    EMAIL = "EMAIL", "E-mail address"
    PHONE = "PHONE", "Phone number"
    PAYMENT = "PAYMENT", "Payment instrument"
    ID = "ID", "Identity document"
