"""Whether a password is right, asked in one place only, where tries are counted first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from foundation.actors import ANONYMOUS
from foundation.identity.actors import address_of, person, source_of
from foundation.identity.login import guards
from foundation.identity.login.locks import FAILURES, note_failure, tell_of_lock
from foundation.identity.models import SessionMark, User
from foundation.rows import find


class GuardedBackend(AuthenticationBackend):
    """Checks a password only while the address, the house and the account have tries left (else TooMany)."""

    def authenticate(self, request: HttpRequest | None, email: str = "", password: str = "", **_: Any) -> User | None:
        if request is None or not email or not password:
            return None
        account, network = guards.account_of(email), guards.network_of(address_of(request))
        guards.take(guards.ADDRESS, network)
        guards.take(guards.EVERYBODY, "")
        locked_until = guards.take(guards.PASSWORD, account)
        user: User | None = super().authenticate(request, email=email, password=password)
        self.unstash_authenticated_user()  # to the outside, the right password of a closed account is a wrong one
        if user is None:
            FAILURES.labels("password").inc()
            if locked_until:
                known = User.objects.filter(email=email.strip().lower()).first()
                tell_of_lock(
                    known, what="password", until=locked_until, by=replace(ANONYMOUS, source=source_of(request))
                )
            return None
        guards.give_back(guards.ADDRESS, network)
        guards.give_back(guards.EVERYBODY, "")
        guards.forget(guards.PASSWORD, account)
        return user

    def get_user(self, user_id: Any) -> User | None:
        user = find(User, "id = %s", user_id)
        return user if user is not None and self.user_can_authenticate(user) else None


def is_password_of(user: User, password: str, *, mark: SessionMark, request: HttpRequest) -> bool:
    """Proof inside a live session, counted so that nobody outside can use up the tries of a session of one's own."""
    who = guards.whose_proofs(mark)
    locked_until = guards.take(guards.PROOF, who)
    if user.check_password(password):
        guards.forget(guards.PROOF, who)
        return True
    FAILURES.labels("proof").inc()
    note_failure("user.proof_failed", user=user, by=person(user, request), method="password")
    if locked_until and mark.handed_in_as_id:
        tell_of_lock(user, what="handed_in", until=locked_until, by=person(user, request))
    return False
