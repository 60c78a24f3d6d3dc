from foundation.identity.models.access import ApiClient, Invitation, LoginGuard, RoleGrant, SessionMark, User
from foundation.identity.models.people import Membership, Party, PersonalRecord, PersonalWord
from foundation.identity.models.platforms import Cluster, Platform

__all__ = [
    "ApiClient",
    "Cluster",
    "Invitation",
    "LoginGuard",
    "Membership",
    "Party",
    "PersonalRecord",
    "PersonalWord",
    "Platform",
    "RoleGrant",
    "SessionMark",
    "User",
]
