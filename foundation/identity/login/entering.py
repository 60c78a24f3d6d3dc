"""Signing in somebody who chose their password a moment ago."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from foundation.errors import Refusal
from foundation.identity.models import User


def enter_by_password(request: HttpRequest, user: User) -> HttpResponse:
    """Begin a session, or lead to the second step where one is due; a door that is shut sends to the login page."""
    login = Login(user=user, email=user.email, redirect_url="/")
    try:
        answer: HttpResponse = perform_password_login(request, {"email": user.email}, login)
    except Refusal:
        return redirect("account_login")
    return answer
