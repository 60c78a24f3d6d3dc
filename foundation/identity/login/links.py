"""Links in mails: good for a while, and only until what they are for has happened."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.utils.crypto import constant_time_compare, salted_hmac

from foundation import clock
from foundation.errors import NotFound
from foundation.identity.keys import open_secret, seal_secret
from foundation.identity.models import User

LINK_GONE = "This link was used or is too old."


@dataclass(frozen=True, slots=True)
class Link:
    """Bound to the person's present password, address and last sign-in, so that using it makes it void."""

    purpose: str
    lasts: timedelta

    def make_token(self, user: User, extra: str = "") -> str:
        return self._token(user, int(clock.now().timestamp()), extra)

    def check_token(self, user: User | None, token: str, extra: str = "") -> bool:
        stamp, _, _ = token.partition("-")
        if user is None or not user.is_active or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
            return False
        age = clock.now().timestamp() - int(stamp)
        return constant_time_compare(self._token(user, int(stamp), extra), token) and age < self.lasts.total_seconds()

    def _token(self, user: User, at: int, extra: str) -> str:
        state = "\x1f".join([str(user.pk), user.password, user.email, str(user.last_login), str(at), extra])
        return f"{at}-{salted_hmac('link:' + self.purpose, state, algorithm='sha256').hexdigest()[:48]}"


RESET_LINK = Link("reset", timedelta(hours=1))
INVITATION_LINK = Link("invitation", timedelta(hours=72))
ADDRESS_LINK = Link("address", timedelta(hours=1))


class PasswordLinks:
    """Asked by the page that takes a new password: an invitation counts only while there is none."""

    def check_token(self, user: User | None, token: str) -> bool:
        if user is not None and not user.has_usable_password():
            return INVITATION_LINK.check_token(user, token)
        return RESET_LINK.check_token(user, token)


def seal_letter(user_id: UUID, email: str, token: str) -> str:
    """All a link has to carry, unreadable on its way: addresses do not belong into URLs."""
    sealed = seal_secret("letter", f"{user_id}\x1f{email}\x1f{token}".encode())
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def open_letter(letter: str) -> tuple[UUID, str, str]:
    """What seal_letter was given; NotFound for anything else."""
    try:
        sealed = base64.urlsafe_b64decode(letter + "=" * (-len(letter) % 4))
        user_id, email, token = open_secret("letter", sealed).decode().split("\x1f")
    except (InvalidTag, ValueError, binascii.Error):
        raise NotFound("identity.link_gone", LINK_GONE) from None
    return UUID(user_id), email, token
