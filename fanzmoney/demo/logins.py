"""What a newcomer needs to look around: who there is, and today's code."""

from __future__ import annotations

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from fanzmoney.demo.people import TOTP_SECRET, email_of
from foundation import clock
from foundation.identity.models import User
from foundation.identity.roles import Role

CODE_SECONDS = 30


def demo_logins() -> list[dict[str, str]]:
    known = set(User.objects.filter(is_demo=True).values_list("email", flat=True))
    return [{"role": str(role), "email": email_of(role)} for role in Role if email_of(role) in known]


def present_code() -> tuple[str, int]:
    """The six digits an authenticator app would show now, and for how many seconds."""
    counter, spent = divmod(int(clock.now().timestamp()), CODE_SECONDS)
    return format_hotp_value(hotp_value(TOTP_SECRET, counter)), CODE_SECONDS - spent
