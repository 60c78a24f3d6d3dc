from foundation.identity.models.access import ApiClient, Invitation, LoginGuard, RoleGrant, SessionMark, User
from foundation.identity.models.handoffs import Handoff, HandoffUse
from foundation.identity.models.passkeys import Passkey, PasskeyChallenge
from foundation.identity.models.people import Membership, Party, PersonalRecord, PersonalWord
from foundation.identity.models.platforms import Cluster, Platform

__all__ = [
    "ApiClient",
    "Cluster",
    "Handoff",
    "HandoffUse",
    "Invitation",
    "LoginGuard",
    "Membership",
    "Party",
    "Passkey",
    "PasskeyChallenge",
    "PersonalRecord",
    "PersonalWord",
    "Platform",
    "RoleGrant",
    "SessionMark",
    "User",
]
