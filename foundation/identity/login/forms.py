"""allauth's forms, with our limits."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account_forms
from allauth.account.internal.flows.login import perform_password_login
from allauth.core import context
from allauth.mfa.base.internal.flows import post_authentication
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from foundation.errors import TooMany
from foundation.identity.actors import address_of, person
from foundation.identity.login import guards
from foundation.identity.login.links import PasswordLinks
from foundation.identity.login.passwords import is_password_of
from foundation.identity.login.second_factor import prove_by_code
from foundation.identity.login.services import ask_for_password_reset
from foundation.identity.models import User

WRONG_CODE = "That code is wrong, or it was used before. Wait for the next one."


def too_many(refusal: TooMany) -> ValidationError:
    minutes = -(-int(refusal.facts["retry_after"]) // 60)
    return ValidationError(f"Too many tries. You can try again in {minutes} min.", code="too_many")


class LoginForm(account_forms.LoginForm):
    """An address and a password; the answer is the same for known and unknown addresses, also when closed."""

    refused: TooMany | None = None

    def clean(self) -> Any:
        try:
            return super().clean()
        except TooMany as refusal:
            self.refused = refusal
            raise too_many(refusal) from None

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        self._login.redirect_url = redirect_url
        answer: HttpResponse = perform_password_login(request, self.user_credentials(), self._login)
        return answer


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code",
        max_length=20,
        help_text="From your authenticator app, or one of your recovery codes",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )
    refused: TooMany | None = None


class AuthenticateForm(CodeForm):
    """The second step of signing in."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        try:
            authenticator = prove_by_code(self.user, code, by=person(self.user, context.request))
        except TooMany as refusal:
            self.refused = refusal
            raise too_many(refusal) from None
        if authenticator is None:
            raise ValidationError(WRONG_CODE, code="incorrect_code")
        self.authenticator = authenticator
        return code

    def save(self) -> None:
        context.request.proven_by = str(self.authenticator.type)
        post_authentication(context.request, self.authenticator)


class ResetPasswordForm(account_forms.ResetPasswordForm):
    """Asks for a link; says the same whether or not anybody has this address."""

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        return email

    def save(self, request: HttpRequest, **_: Any) -> str:
        email: str = self.cleaned_data["email"]
        network = guards.network_of(address_of(request))
        ask_for_password_reset(email=email, network=network)
        return email


class UserTokenForm(account_forms.UserTokenForm):
    token_generator = PasswordLinks()


class ChangePasswordForm(account_forms.ChangePasswordForm):
    """The old password is asked for too, a few times at most."""

    def clean_oldpassword(self) -> str:
        password: str = self.cleaned_data["oldpassword"]
        request = context.request
        try:
            right = is_password_of(self.user, password, mark=request.session_mark, request=request)
        except TooMany as refusal:
            raise too_many(refusal) from None
        if not right:
            raise ValidationError("That is not your present password.", code="incorrect_password")
        return password
