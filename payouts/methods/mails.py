"""The mail that carries a code."""

from __future__ import annotations

from smtplib import SMTPException

from django.core.mail import send_mail

from foundation.errors import Unavailable
from foundation.identity.models import User
from foundation.identity.personal import read_personal
from payouts.methods.models import PayoutMethodCode
from payouts.methods.rules.cooling import CODE_LASTS
from payouts.methods.selectors import code_of

BODY = """{code} proves the payout method {label}.

It holds for {minutes} minutes and works once. If you did not add a payout method, change your password and tell us:
nothing is paid there without this code.
"""


def mail_code(code: PayoutMethodCode) -> bool:
    """Send the digits to where the creator signs in, or to the address their platform told us; False without either."""
    creator_id = code.method.creator_id
    known = list(User.objects.filter(party_id=creator_id, is_active=True).values_list("email", flat=True))
    address = read_personal([creator_id]).get(creator_id, {}).get("email", "")
    people = known or ([address] if address else [])
    minutes = int(CODE_LASTS.total_seconds()) // 60
    body = BODY.format(code=code_of(code.pk), label=code.method.label, minutes=minutes)
    try:
        for person in people:
            send_mail("Your code for a payout method", body, None, [person])
    except (OSError, SMTPException) as error:
        raise Unavailable("mail.unavailable", "Mail cannot be sent at this moment. Try again later.") from error
    return bool(people)
