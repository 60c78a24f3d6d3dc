"""Mail about one's own account: links, and notices of what may not have been oneself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from smtplib import SMTPException
from uuid import UUID

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from foundation import clock
from foundation.errors import Unavailable
from foundation.identity.login.links import ADDRESS_LINK, INVITATION_LINK, RESET_LINK, seal_letter
from foundation.identity.models import Invitation, User
from foundation.identity.personal import read_personal
from foundation.identity.services.invitations import link_token

NOTICES = {
    "set_up": "An authenticator app was set up for your account.",
    "replaced": "The authenticator app of your account was replaced.",
    "removed": "The authenticator app of your account was removed.",
    "key_added": "A passkey was added to your account.",
    "key_removed": "A passkey of your account was removed.",
    "key_blocked": "A passkey of your account was blocked: its count went back, so it may have been copied. Remove it.",
    "reset": "An admin reset the second factor of your account. Set up a new one when you next sign in.",
    "recovery_codes_made": "New recovery codes were made for your account. Earlier ones no longer work.",
    "recovery_code_used": "A recovery code of your account was used.",
    "password_changed": "The password of your account was changed.",
    "password_reset": "The password of your account was reset by a mailed link.",
    "email_changed": "The e-mail address of your account was changed.",
    "password_locked": "Too many wrong passwords were given for your account. Sign-in is closed for half an hour.",
    "second_factor_locked": "Your password was given, and then too many wrong codes. If it was not you, change it.",
    "handed_in_locked": "Your platform sent somebody in as you, who then gave too many wrong passwords or codes.",
}
_LIKE_AN_ADDRESS = re.compile(r"[:/\\@]|\w\.\w")
SUBJECTS = {"invitation": "Welcome to FanzMoneyDash", "password_reset": "Choose a new password"}


def mail_notice(user_id: UUID, what: str) -> None:
    """Tell somebody what happened to their account."""
    _tell(User.objects.get(pk=user_id).email, what, user_id)


def mail_former_address(user: User, former: str) -> None:
    _tell(former, "email_changed", user.pk)


def mail_password_link(user_id: UUID, template: str) -> None:
    """The secret of the link is made here and stands nowhere else."""
    user = User.objects.get(pk=user_id)
    link = RESET_LINK if user.has_usable_password() else INVITATION_LINK
    whose = {"uidb36": user_pk_to_url_str(user), "key": link.make_token(user)}
    url = settings.PUBLIC_URL + reverse("account_reset_password_from_key", kwargs=whose)
    _send(user.email, SUBJECTS[template], template, {"name": str(user), "link": url})


def mail_member_invitation(invitation_id: UUID) -> None:
    """The link into a portal, to the sealed address; one that was used, replaced or erased meanwhile is not sent."""
    invitation = Invitation.objects.select_related("membership__platform").get(pk=invitation_id)
    membership = invitation.membership
    person = read_personal([membership.party_id]).get(membership.party_id, {})
    if invitation.accepted_at or invitation.expires_at <= clock.now() or not person.get("email"):
        return
    facts = {
        "name": membership.handle or person.get("name", ""),
        "platform": membership.platform.name,
        "role": membership.role,
        "until": invitation.expires_at,
        "link": f"{settings.PUBLIC_URL}/invite/{link_token(invitation_id)}",
    }
    _send(person["email"], f"Your {membership.role} portal", "member_invitation", facts)


def mail_address_link(user: User, address: str) -> None:
    letter = seal_letter(user.pk, address, ADDRESS_LINK.make_token(user, extra=address))
    url = settings.PUBLIC_URL + reverse("account:new_address", args=[letter])
    _send(address, "Confirm your new address", "new_address", {"name": str(user), "link": url})


def _tell(to: str, what: str, user_id: UUID) -> None:
    facts = {"name": str(User.objects.get(pk=user_id)), "what": NOTICES[what], "at": clock.now()}
    _send(to, NOTICES[what].partition(".")[0], "notice", facts)


def _greeted(name: str) -> str:
    """The name in one line; nothing of one that could be read as an address, since others chose it."""
    return "" if _LIKE_AN_ADDRESS.search(name) else " ".join(name.split())


def _send(to: str, subject: str, template: str, facts: Mapping[str, object]) -> None:
    said = {**facts, "name": _greeted(str(facts["name"])), "site": settings.PUBLIC_URL}
    body = render_to_string(f"account/email/{template}.txt", said)
    try:
        send_mail(subject, body, None, [to])
    except (OSError, SMTPException) as error:
        raise Unavailable("mail.unavailable", "Mail cannot be sent at this moment. Try again later.") from error
