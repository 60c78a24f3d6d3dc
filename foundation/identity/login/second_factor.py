"""Second factors: one-time and recovery codes that open once, wrong answers that are counted, the last one kept."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, TypeVar

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.utils.crypto import constant_time_compare

from foundation import clock
from foundation.actors import Actor
from foundation.audit.services import record
from foundation.errors import Conflict
from foundation.events import publish
from foundation.identity.events import SecondFactorChanged
from foundation.identity.keys import open_secret, seal_secret
from foundation.identity.login import guards
from foundation.identity.login.locks import FAILURES, note_failure, tell_of_lock
from foundation.identity.models import Passkey, User

PERIOD_SECONDS = 30
DRIFT = settings.MFA_TOTP_TOLERANCE
Proof = TypeVar("Proof")
TOTP_TYPE, RECOVERY_TYPE = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES

# A step is spent by whoever raises the mark; the same code, or an older one, finds it raised already.
_SPEND_STEP = """
UPDATE mfa_authenticator SET data = jsonb_set(data, '{spent_step}', to_jsonb(%(step)s::bigint)), last_used_at = %(at)s
WHERE id = %(id)s AND coalesce((data ->> 'spent_step')::bigint, 0) < %(step)s RETURNING id
"""


class MfaAdapter(DefaultMFAAdapter):
    """Secrets of authenticators are sealed at rest; staff cannot be without a second factor."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(seal_secret("second-factor", text.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return open_secret("second-factor", base64.b64decode(encrypted_text)).decode()

    def build_totp_svg(self, url: str) -> str:
        """The picture alone, to stand inside a page."""
        picture: str = super().build_totp_svg(url)
        return picture[picture.index("<svg") :]

    def is_mfa_enabled(self, user: User | AnonymousUser, types: object = None) -> bool:
        return has_second_factor(user)


def has_app(user: User | AnonymousUser) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type=TOTP_TYPE).exists()


def has_second_factor(user: User | AnonymousUser) -> bool:
    """An app or a key; a key that is blocked still keeps a password alone from opening."""
    return has_app(user) or Passkey.objects.filter(user=user.pk).exists()


def recovery_codes_left(user: User) -> int:
    codes = Authenticator.objects.filter(user_id=user.pk, type=RECOVERY_TYPE).first()
    return len(RecoveryCodes(codes).get_unused_codes()) if codes else 0


def matching_step(secret: str, code: str) -> int | None:
    """The time step whose code this is, at most one step early or late."""
    present = int(clock.now().timestamp()) // PERIOD_SECONDS
    steps = range(present - DRIFT, present + DRIFT + 1)
    return next(
        (step for step in steps if constant_time_compare(format_hotp_value(hotp_value(secret, step)), code)), None
    )


def spend_code(user: User, code: str, *, by: Actor) -> Authenticator | None:
    """The authenticator this code belongs to, if the code was still good; now it is spent."""
    digits = "".join(code.split()).replace("-", "")
    for authenticator in Authenticator.objects.filter(user_id=user.pk, type=TOTP_TYPE):
        step = matching_step(decrypt(authenticator.data["secret"]), digits)
        if step is not None and _spend_step(authenticator, step):
            return authenticator
    for authenticator in Authenticator.objects.filter(user_id=user.pk, type=RECOVERY_TYPE):
        with transaction.atomic():
            if RecoveryCodes(authenticator).validate_code(digits):
                note_change(user, "recovery_code_used", by=by)
                return authenticator
    return None


def _spend_step(authenticator: Authenticator, step: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_SPEND_STEP, {"id": authenticator.pk, "step": step, "at": clock.now()})
        return cursor.fetchone() is not None


def prove_by_code(
    user: User, code: str, *, by: Actor, limit: guards.Limit = guards.CODE, who: str = ""
) -> Authenticator | None:
    """Spend a code while tries are left (else TooMany)."""
    return counted(lambda: spend_code(user, code, by=by), user=user, method="code", by=by, limit=limit, who=who)


def counted(
    tried: Callable[[], Proof | None], *, user: User, method: str, by: Actor, limit: guards.Limit, who: str
) -> Proof | None:
    """Try while tries are left (else TooMany): counted per person, inside a session against that session."""
    who = who or str(user.pk)
    locked_until = guards.take(limit, who)
    proof = tried()
    if proof is None:
        FAILURES.labels(limit.name).inc()
        note_failure("user.proof_failed", user=user, by=by, method=method)
        if locked_until and limit is guards.CODE:
            tell_of_lock(user, what="second_factor", until=locked_until, by=by)
        elif locked_until and who.startswith(guards.HANDED_IN):
            tell_of_lock(user, what="handed_in", until=locked_until, by=by)
        return None
    guards.forget(limit, who)
    return proof


def set_up_totp(user: User, secret: str, step: int, *, by: Actor) -> None:
    """From now on this secret makes the person's codes; one they had before is gone."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        replaced, _ = Authenticator.objects.filter(user_id=user.pk, type=TOTP_TYPE).delete()
        authenticator = TOTP.activate(user, secret).instance
        _spend_step(authenticator, step)
        note_change(user, "replaced" if replaced else "set_up", by=by)


def make_recovery_codes(user: User, *, by: Actor) -> list[str]:
    """Fresh recovery codes, shown this once; earlier ones open nothing any more."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        Authenticator.objects.filter(user_id=user.pk, type=RECOVERY_TYPE).delete()
        codes: list[str] = RecoveryCodes.activate(user).get_unused_codes()
        note_change(user, "recovery_codes_made", by=by)
    return codes


def remove_totp(user: User, *, by: Actor) -> None:
    """Take the app away. Refuses staff their last factor."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if Authenticator.objects.filter(user_id=user.pk, type=TOTP_TYPE).delete()[0]:
            settle_removal(user, "removed", by=by)


def remove_second_factor(user: User, *, by: Actor) -> None:
    """Take everything away, for somebody who lost it."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        Authenticator.objects.filter(user_id=user.pk).delete()
        Passkey.objects.filter(user_id=user.pk).delete()
        note_change(user, "reset", by=by)


def settle_removal(user: User, change: str, *, by: Actor, **facts: Any) -> None:
    """One factor is gone: refuse it to whoever needs another that works; recovery codes go with the last."""
    working = Passkey.objects.filter(user_id=user.pk, blocked_at=None)
    if user.is_staff:
        working = working.filter(has_verified=True)
    if user.needs_second_factor and not has_app(user) and not working.exists():
        raise Conflict("identity.staff_need_second_factor", "You cannot be without a second factor. Add another.")
    if not has_second_factor(user):
        Authenticator.objects.filter(user_id=user.pk).delete()
    note_change(user, change, by=by, **facts)


def note_change(user: User, change: str, *, by: Actor, **facts: Any) -> None:
    record("user.second_factor_changed", by=by, subject=user, change=change, **facts)
    publish(SecondFactorChanged(user.pk, change), key=user)
