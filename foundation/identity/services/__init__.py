from foundation.identity.services.checks import CheckResult, note_kyc
from foundation.identity.services.clients import (
    FreshSecret,
    authenticate_client,
    create_client,
    revoke_client,
    rotate_secret,
)
from foundation.identity.services.erasures import Forgotten, complete_the_list, forget_again
from foundation.identity.services.invitations import accept_invitation, invite_member
from foundation.identity.services.members import MemberIn, MemberOut, upsert_members
from foundation.identity.services.platforms import add_platform
from foundation.identity.services.roles import end_role, grant_role

__all__ = [
    "CheckResult",
    "Forgotten",
    "FreshSecret",
    "MemberIn",
    "MemberOut",
    "accept_invitation",
    "add_platform",
    "authenticate_client",
    "complete_the_list",
    "create_client",
    "end_role",
    "forget_again",
    "grant_role",
    "invite_member",
    "note_kyc",
    "revoke_client",
    "rotate_secret",
    "upsert_members",
]
