"""One's passkeys: added by a device in hand, named, removed."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from dashboards.account.proof import next_page, refuse_password_alone, settle_factors
from foundation.errors import Refusal, StepUpRequired
from foundation.http.forms import Words
from foundation.identity import sessions
from foundation.identity.actors import actor_of, user_of
from foundation.identity.login import passkeys, second_factor
from foundation.identity.login.passkeys import Occasion, Purpose

MOST_OF_AN_ANSWER = 16_000


class NameForm(forms.Form):
    name = Words(max_length=60, help_text="How you will know it again, like “Blue key” or “My phone”")


class AddForm(NameForm):
    answer = forms.CharField(
        max_length=MOST_OF_AN_ANSWER,
        widget=forms.HiddenInput,
        error_messages={"required": "The device gave no answer. Ask for it once more."},
    )


def listed(request: HttpRequest) -> HttpResponse:
    keys = passkeys.list_passkeys(user_of(request))
    return render(request, "account/keys.html", {"keys": keys, "most": passkeys.MOST_KEYS})


def add(request: HttpRequest) -> HttpResponse:
    """The page holds what the device is asked; what it answers comes back in the form."""
    refuse_password_alone(request)
    if not sessions.has_stepped_up(actor_of(request)):
        raise StepUpRequired()
    user, had_one = user_of(request), second_factor.has_second_factor(user_of(request))
    occasion = Occasion(user, Purpose.ADD, request.session.session_key or "")
    form = AddForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            passkeys.add_passkey(occasion, by=actor_of(request), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.detail)
        else:
            settle_factors(request, proven_by="passkey")
            if had_one:
                messages.success(request, "Your passkey was added. Everywhere else you were signed out.")
                return redirect("account:keys")
            codes = second_factor.make_recovery_codes(user, by=actor_of(request))
            return render(request, "mfa/recovery_codes.html", {"codes": codes, "next": next_page(request)})
    context = {
        "form": form,
        "passkey_options": passkeys.ask_to_add(occasion),
        "may_leave": had_one or not user.needs_second_factor,
        "next": next_page(request),
    }
    return render(request, "account/key_add.html", context)


def rename(request: HttpRequest, passkey_id: UUID) -> HttpResponse:
    key, form = passkeys.get_passkey(user=user_of(request), passkey_id=passkey_id), NameForm(request.POST)
    if form.is_valid():
        name = form.cleaned_data["name"]
        passkeys.rename_passkey(user=user_of(request), passkey_id=key.pk, name=name, by=actor_of(request))
    else:
        messages.error(request, f"Not renamed. {form.errors['name'][0]}")
    return redirect("account:keys")


def remove(request: HttpRequest, passkey_id: UUID) -> HttpResponse:
    refuse_password_alone(request)
    passkeys.remove_passkey(user=user_of(request), passkey_id=passkey_id, by=actor_of(request))
    settle_factors(request)
    messages.success(request, "Your passkey was removed. Everywhere else you were signed out.")
    return redirect("account:keys")
