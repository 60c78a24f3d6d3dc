"""Proving again to be oneself, and keeping the means to do so."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters

from dashboards.account.asking import WRONG_KEY, ways_to_prove
from foundation import clock
from foundation.errors import Conflict, StepUpRequired, TooMany
from foundation.http.middleware import SecondFactorRequired
from foundation.identity import sessions
from foundation.identity.actors import actor_of, forget_actor, mark_of, user_of
from foundation.identity.login import guards, second_factor
from foundation.identity.login.forms import WRONG_CODE, CodeForm, too_many
from foundation.identity.login.passkeys import Occasion, OnlyTouched, Purpose, prove_by_passkey
from foundation.identity.login.passwords import is_password_of

CANDIDATE = "totp_candidate"


class PasswordForm(forms.Form):
    password = forms.CharField(
        max_length=1024, widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True})
    )


def next_page(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else "/"


def refuse_password_alone(request: HttpRequest) -> None:
    """Who has a second factor changes their factors only in a session that it opened."""
    if second_factor.has_second_factor(user_of(request)) and not mark_of(request).second_factor_at:
        raise SecondFactorRequired()


def settle_factors(request: HttpRequest, *, proven_by: str = "") -> None:
    """After a change of factors this session gets a new key, and every other one ends."""
    by, at = actor_of(request), clock.now()
    request.session.cycle_key()
    present = request.session.session_key or ""
    sessions.rename_session(mark_of(request), present)
    if proven_by:
        sessions.step_up(mark_of(request), by=by, method=proven_by, at=at)
    sessions.end_sessions(user_id=user_of(request).pk, by=by, at=at, reason="second factor changed", but=present)
    forget_actor(request)


@sensitive_post_parameters("password", "code")
def confirm(request: HttpRequest) -> HttpResponse:
    """Step up: a code or key for who has a second factor, the password for the others; then back to where they were."""
    user = user_of(request)
    by_factor = second_factor.has_second_factor(user)
    unsent = request.POST.get("unsent") or request.GET.get("unsent")
    occasion = Occasion(user, Purpose.CONFIRM, request.session.session_key or "")
    is_by_key = "answer" in request.POST
    given = None if is_by_key else request.POST or None
    form: Any = (CodeForm if by_factor else PasswordForm)(given)
    status = 200
    if request.method == "POST" and (is_by_key or form.is_valid()):
        try:
            method = _prove_by_key(request, occasion) if is_by_key else _prove(request, form.cleaned_data, by_factor)
        except TooMany as refusal:
            messages.error(request, too_many(refusal).message)
            status = refusal.status
        except OnlyTouched as refusal:
            messages.error(request, refusal.detail)
        else:
            if method:
                sessions.step_up(mark_of(request), by=actor_of(request), method=method, at=clock.now())
                forget_actor(request)
                if unsent:
                    messages.warning(request, "It is you. What you sent is not done yet: look at it and send it again.")
                return redirect(next_page(request))
            if is_by_key:
                messages.error(request, WRONG_KEY)
            else:
                form.add_error(
                    "code" if by_factor else "password", WRONG_CODE if by_factor else "That is not your password."
                )
    context = {"form": form, "by_factor": by_factor, "next": next_page(request), "unsent": unsent}
    context["handed_in"] = actor_of(request).handed_in_by is not None
    return render(request, "account/confirm.html", context | ways_to_prove(occasion), status=status)


def _prove(request: HttpRequest, given: dict[str, str], by_code: bool) -> str:
    """How the person proved to be themselves; empty when they did not. Counted as `whose_proofs` says."""
    mark = mark_of(request)
    if not by_code:
        return "password" if is_password_of(user_of(request), given["password"], mark=mark, request=request) else ""
    authenticator = second_factor.prove_by_code(
        user_of(request), given["code"], by=actor_of(request), limit=guards.PROOF, who=guards.whose_proofs(mark)
    )
    return str(authenticator.type) if authenticator else ""


def _prove_by_key(request: HttpRequest, occasion: Occasion) -> str:
    who = guards.whose_proofs(mark_of(request))
    key = prove_by_passkey(occasion, answer=request.POST["answer"], by=actor_of(request), limit=guards.PROOF, who=who)
    return "passkey" if key else ""


@sensitive_post_parameters("code")
def totp(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app, or replace the one there is; a password alone never replaces one."""
    refuse_password_alone(request)
    had_one, had_any = second_factor.has_app(user_of(request)), second_factor.has_second_factor(user_of(request))
    if not sessions.has_stepped_up(actor_of(request)):
        raise StepUpRequired()
    form = CodeForm(request.POST or None)
    form.fields["code"].help_text = "The six digits the app shows now"
    adapter, sealed = get_adapter(), request.session.get(CANDIDATE)
    if request.method == "POST" and sealed:
        secret = adapter.decrypt(sealed)
        step = _matching_step(request, form, secret) if form.is_valid() else None
        if step is not None:
            return _set_up(request, secret, step, had_one=had_one, had_any=had_any)
    else:
        secret = generate_totp_secret()
        request.session[CANDIDATE] = adapter.encrypt(secret)
    picture = adapter.build_totp_svg(adapter.build_totp_url(user_of(request), secret))
    context = {
        "form": form,
        "secret": secret,
        "totp_svg": picture,
        "had_one": had_one,
        "may_leave": had_any or not user_of(request).needs_second_factor,
        "next": next_page(request),
    }
    return render(request, "mfa/totp.html", context)


def _matching_step(request: HttpRequest, form: CodeForm, secret: str) -> int | None:
    who = guards.whose_proofs(mark_of(request))
    try:
        guards.take(guards.PROOF, who)
    except TooMany as refusal:
        form.add_error(None, too_many(refusal))
        return None
    step = second_factor.matching_step(secret, form.cleaned_data["code"].replace(" ", ""))
    if step is None:
        form.add_error("code", ValidationError(WRONG_CODE))
    else:
        guards.forget(guards.PROOF, who)
    return step


def _set_up(request: HttpRequest, secret: str, step: int, *, had_one: bool, had_any: bool) -> HttpResponse:
    user = user_of(request)
    second_factor.set_up_totp(user, secret, step, by=actor_of(request))
    del request.session[CANDIDATE]
    settle_factors(request, proven_by="totp")
    if had_any:
        messages.success(request, f"Your authenticator app was {'replaced' if had_one else 'set up'}.")
        return redirect("account:security")
    codes = second_factor.make_recovery_codes(user, by=actor_of(request))
    return render(request, "mfa/recovery_codes.html", {"codes": codes, "next": next_page(request)})


def remove_totp(request: HttpRequest) -> HttpResponse:
    refuse_password_alone(request)
    second_factor.remove_totp(user_of(request), by=actor_of(request))
    settle_factors(request)
    messages.success(request, "Your authenticator app was removed. Everywhere else you were signed out.")
    return redirect("account:security")


def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Fresh codes, shown in this answer and never again."""
    if not second_factor.has_second_factor(user_of(request)):
        raise Conflict("identity.no_second_factor", "Set up an app or a passkey first.")
    codes = second_factor.make_recovery_codes(user_of(request), by=actor_of(request))
    return render(request, "mfa/recovery_codes.html", {"codes": codes, "next": "/account/security"})
