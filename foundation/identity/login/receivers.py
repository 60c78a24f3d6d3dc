"""What follows when a person enters or leaves: the session's mark and the records."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, password_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from foundation import clock
from foundation.audit.services import record
from foundation.identity import sessions
from foundation.identity.actors import forget_actor, person, source_of
from foundation.identity.login.services import note_new_password
from foundation.identity.models import Membership, User
from foundation.reasons import Reason


@receiver(user_logged_in)
def on_entry(request: HttpRequest, user: User, **_: Any) -> None:
    at = clock.now()
    method = getattr(request, "proven_by", "")
    handed_in_as: Membership | None = getattr(request, "handed_in_as", None)
    with transaction.atomic():
        if request.session.session_key is None:  # somebody else was signed in here, and Django emptied their session
            request.session.cycle_key()
        _leave_behind(request, user)
        request.session_mark = sessions.begin_session(  # type: ignore[attr-defined]
            session_key=request.session.session_key or "",
            user=user,
            source=source_of(request),
            second_factor_at=at if method else None,
            at=at,
            handed_in_as=handed_in_as,
        )
        vouched: dict[str, Any] = {"handed_in_by": handed_in_as.platform_id} if handed_in_as else {}
        record("user.signed_in", by=person(user, request), subject=user, second_factor=method, **vouched)
    forget_actor(request)


def _leave_behind(request: HttpRequest, user: User) -> None:
    """Signing in again where one is signed in already begins a new session, not a second life of the old."""
    before = sessions.find_session(request.session.session_key or "", user.pk)
    if before is not None:
        request.session.cycle_key()
        by, at = person(user, request), clock.now()
        sessions.end_session(user_id=user.pk, session_id=before.pk, by=by, at=at, reason="signed in again")


@receiver(user_logged_out)
def on_exit(request: HttpRequest, user: User | None, **_: Any) -> None:
    mark = getattr(request, "session_mark", None)
    if user is not None and mark is not None:
        by, at = person(user, request), clock.now()
        sessions.end_session(user_id=user.pk, session_id=mark.pk, by=by, at=at, reason=Reason.REQUESTED)
        request.session_mark = None  # type: ignore[attr-defined]


@receiver(password_changed)
def on_password_changed(request: HttpRequest, user: User, **_: Any) -> None:
    """The session in hand got a new key; every other one ends."""
    mark = request.session_mark  # type: ignore[attr-defined]
    key = request.session.session_key or ""
    with transaction.atomic():
        sessions.rename_session(mark, key)
        note_new_password(user, how="changed", by=person(user, request), at=clock.now(), kept_session=key)


@receiver(password_reset)
def on_password_reset(request: HttpRequest, user: User, **_: Any) -> None:
    note_new_password(user, how="reset", by=person(user, request), at=clock.now())
