"""Signing in somebody who chose their password a moment ago."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from foundation.errors import Refusal
from foundation.identity.login.handoffs import HandedIn
from foundation.identity.models import User


def enter_by_password(request: HttpRequest, user: User) -> HttpResponse:
    """Begin a session, or lead to the second step where one is due; a door that is shut sends to the login page."""
    entry = Login(user=user, email=user.email, redirect_url="/")
    try:
        answer: HttpResponse = perform_password_login(request, {"email": user.email}, entry)
    except Refusal:
        return redirect("account_login")
    return answer


def enter_handed_in(request: HttpRequest, entering: HandedIn) -> HttpResponse:
    """Begin a session on a platform's word; a session the same person opened by themselves is worth more, and stays."""
    mark = getattr(request, "session_mark", None)
    if mark is None or mark.user_id != entering.user.pk or mark.handed_in_as_id:
        logout(request)
        request.handed_in_as = entering.member  # type: ignore[attr-defined]
        login(request, entering.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect(entering.path)
