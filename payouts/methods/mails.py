"""Mails about destinations: the one with a code, and the one to addresses that a thief of the login would not have."""

from __future__ import annotations

from smtplib import SMTPException
from uuid import UUID

from django.core.mail import send_mail

from foundation.errors import Unavailable
from foundation.identity.models import User
from foundation.identity.personal import read_personal
from payouts.methods.models import PayoutMethod, PayoutMethodCode
from payouts.methods.rules.cooling import CODE_LASTS
from payouts.methods.selectors import code_of, open_details

BODY = """{code} proves the payout method {label}.

It holds for {minutes} minutes and works once. If you did not add a payout method, change your password and tell us:
nothing is paid there without this code.
"""
CHANGED = """{what}

You get this at an address we knew before, so that nobody can change where you are paid to without your knowledge.
If it was you, nothing is needed. If it was not, sign in, open Settings, Payout methods, press "This was not me", and
change your password.
"""


def mail_code(code: PayoutMethodCode) -> bool:
    """Send the digits to where the creator signs in, or to the address their platform told us; False without either."""
    creator_id = code.method.creator_id
    people = _logins(creator_id) or _told(creator_id)
    minutes = int(CODE_LASTS.total_seconds()) // 60
    body = BODY.format(code=code_of(code.pk), label=code.method.label, minutes=minutes)
    _send(people, "Your code for a payout method", body)
    return bool(people)


def mail_former_addresses(method: PayoutMethod, what: str) -> int:
    """Tell of a change where the login's own address does not reach: what the platform told us, and the address that
    belongs to the destination replaced or taken away. Returns how many were written to."""
    known = {*_told(method.creator_id), *_of_destinations(method)} - set(_logins(method.creator_id))
    _send(sorted(known), "Your payout methods were changed", CHANGED.format(what=what))
    return len(known)


def _logins(creator_id: UUID) -> list[str]:
    found = User.objects.filter(party_id=creator_id, is_active=True).values_list("email", flat=True)
    return [email.lower() for email in found]


def _told(creator_id: UUID) -> list[str]:
    address = read_personal([creator_id]).get(creator_id, {}).get("email", "")
    return [address.lower()] if address else []


def _of_destinations(method: PayoutMethod) -> set[str]:
    former = [row for row in (method, method.replaces) if row is not None and row.verified_at]
    opened = open_details(row for row in former if row is method.replaces or row.state in ("REPLACED", "DISABLED"))
    return {details["email"].lower() for details in opened.values() if "email" in details}


def _send(people: list[str], subject: str, body: str) -> None:
    try:
        for person in people:
            send_mail(subject, body, None, [person])
    except (OSError, SMTPException) as error:
        raise Unavailable("mail.unavailable", "Mail cannot be sent at this moment. Try again later.") from error
