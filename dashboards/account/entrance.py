"""The doors: signing in, the second step, links from mails."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView, PasswordChangeView, PasswordResetView
from allauth.mfa.base.views import AuthenticateView
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from foundation import clock
from foundation.errors import TooMany
from foundation.identity.actors import actor_of, user_of
from foundation.identity.login.services import take_new_address


def _say_too_many(response: HttpResponse, refused: TooMany | None) -> HttpResponse:
    if refused is not None:
        response.status_code = refused.status
        response.headers["Retry-After"] = str(refused.facts["retry_after"])
    return response


class Login(LoginView):  # type: ignore[misc]
    def form_invalid(self, form: Any) -> HttpResponse:
        return _say_too_many(super().form_invalid(form), form.refused)


class Challenge(AuthenticateView):  # type: ignore[misc]
    def form_invalid(self, form: Any) -> HttpResponse:
        return _say_too_many(super().form_invalid(form), form.refused)


class PasswordReset(PasswordResetView):  # type: ignore[misc]
    def form_valid(self, form: Any) -> HttpResponse:
        """Past the limit nothing is sent and the same is said: the limit itself would tell who exists."""
        try:
            form.save(self.request)
        except TooMany as refusal:
            if refusal.code == "auth.too_many.reset_address":
                raise
        return redirect(self.get_success_url())


class PasswordChange(PasswordChangeView):  # type: ignore[misc]
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who never chose a password has none to give: a link leads to their first."""
        if not user_of(request).has_usable_password():
            messages.info(request, "You have no password here yet. Ask for a link, and it lets you choose one.")
            return redirect("account_reset_password")
        answer: HttpResponse = super().dispatch(request, *args, **kwargs)
        return answer


login, challenge, password_reset = Login.as_view(), Challenge.as_view(), PasswordReset.as_view()
password_change = PasswordChange.as_view()


@require_http_methods(["GET", "POST"])
def new_address(request: HttpRequest, letter: str) -> HttpResponse:
    """Opening the link shows a button; only the button changes the address (mail scanners open links too)."""
    if request.method == "GET":
        return render(request, "account/new_address.html", {"letter": letter})
    take_new_address(letter=letter, by=actor_of(request), at=clock.now())
    logout(request)
    return redirect("account_login")
