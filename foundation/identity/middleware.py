"""A session is good only while its mark says so."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from foundation import clock
from foundation.identity import sessions
from foundation.identity.actors import user_of
from foundation.reasons import Reason

UNATTENDED = "X-Unattended"  # sent with what a page asks for by itself: an open page keeps no session awake


class LiveSessionMiddleware:
    """Puts the session's mark on the request; a session that was ended, or that rested or lived too long, is none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.session_mark = None  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            self._look_at(request)
        return self.get_response(request)

    def _look_at(self, request: HttpRequest) -> None:
        user, at = user_of(request), clock.now()
        mark = sessions.find_session(request.session.session_key or "", user.pk)
        if mark is not None and sessions.is_over(mark, is_staff=user.is_staff, at=at):
            sessions.end_session(user_id=user.pk, session_id=mark.pk, by=sessions.SWEEPER, at=at, reason=Reason.EXPIRED)
            mark = None
        if mark is None:
            request.session.flush()
            request.user = AnonymousUser()
            return
        if UNATTENDED not in request.headers:
            sessions.touch_session(mark, at=at)
        request.session_mark = mark  # type: ignore[attr-defined]
