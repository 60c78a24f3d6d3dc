"""Mail about one's own account: links, and notices of what may not have been oneself."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string

from foundation import clock
from foundation.identity.models import User

log = logging.getLogger(__name__)

NOTICES = {
    "set_up": "A second factor was set up for your account.",
    "replaced": "The authenticator app of your account was replaced.",
    "removed": "The second factor of your account was removed.",
    "reset": "An admin reset the second factor of your account. Set up a new one when you next sign in.",
    "recovery_codes_made": "New recovery codes were made for your account. Earlier ones no longer work.",
    "recovery_code_used": "A recovery code of your account was used.",
    "password_changed": "The password of your account was changed.",
    "password_reset": "The password of your account was reset by a mailed link.",
    "email_changed": "The e-mail address of your account was changed.",
}


def send_notice(user: User, what: str, to: str = "") -> None:
    """Tell somebody what happened to their account, once it really did."""
    facts = {"name": str(user), "what": NOTICES[what], "at": clock.now()}
    _after_commit(to or user.email, NOTICES[what].rstrip("."), "account/email/notice.txt", facts)


def send_link(user: User, subject: str, template: str, path: str, to: str = "") -> None:
    facts = {"name": str(user), "link": settings.PUBLIC_URL + path}
    _after_commit(to or user.email, subject, f"account/email/{template}.txt", facts)


def _after_commit(to: str, subject: str, template: str, facts: Mapping[str, object]) -> None:
    def send() -> None:
        try:
            send_mail(subject, render_to_string(template, {**facts, "site": settings.PUBLIC_URL}), None, [to])
        except (OSError, SMTPException):
            log.exception("mail about an account could not be sent", extra={"template": template})

    transaction.on_commit(send)
