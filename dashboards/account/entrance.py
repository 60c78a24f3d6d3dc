"""The doors: signing in, the second step, links from mails."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import LoginView, PasswordChangeView, PasswordResetView
from allauth.mfa.base.views import AuthenticateView
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from dashboards.account.asking import WRONG_KEY, ways_to_prove
from foundation import clock
from foundation.errors import TooMany
from foundation.identity.actors import actor_of, person, user_of
from foundation.identity.login.forms import AuthenticateForm, too_many
from foundation.identity.login.passkeys import Occasion, OnlyTouched, Purpose, prove_by_passkey
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
    """The second step: a code in the form, or what a key answered."""

    def _build_forms(self) -> AuthenticateForm:
        given = self.request.POST if "code" in self.request.POST else None
        self.auth_form, self.webauthn_form = AuthenticateForm(user=self.stage.login.user, data=given), None
        return self.auth_form

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "answer" not in request.POST:
            answer: HttpResponse = super().post(request, *args, **kwargs)
            return answer
        user = self.stage.login.user
        try:
            key = prove_by_passkey(self._occasion(), answer=request.POST["answer"], by=person(user, request))
        except TooMany as refusal:
            messages.error(request, too_many(refusal).message)
            return _say_too_many(self.get(request), refusal)
        except OnlyTouched as refusal:
            messages.error(request, refusal.detail)
            return cast(HttpResponse, self.get(request))
        if key is None:
            messages.error(request, WRONG_KEY)
            refused: HttpResponse = self.get(request)
            return refused
        request.proven_by = "passkey"  # type: ignore[attr-defined]
        record_authentication(request, user, "mfa", type="webauthn", id=str(key.pk))
        entered: HttpResponse = self.stage.exit()
        return entered

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | ways_to_prove(self._occasion())

    def _occasion(self) -> Occasion:
        return Occasion(self.stage.login.user, Purpose.SIGN_IN, self.request.session.session_key or "")

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
