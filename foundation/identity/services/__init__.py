from foundation.identity.services.checks import CheckResult, note_kyc
from foundation.identity.services.clients import (
    FreshSecret,
    authenticate_client,
    create_client,
    revoke_client,
    rotate_secret,
)
from foundation.identity.services.invitations import accept_invitation, invite_member
from foundation.identity.services.members import MemberIn, MemberOut, upsert_members
from foundation.identity.services.platforms import add_platform
from foundation.identity.services.roles import end_role, grant_role

__all__ = [
    "CheckResult",
    "FreshSecret",
    "MemberIn",
    "MemberOut",
    "accept_invitation",
    "add_platform",
    "authenticate_client",
    "create_client",
    "end_role",
    "grant_role",
    "invite_member",
    "note_kyc",
    "revoke_client",
    "rotate_secret",
    "upsert_members",
]
