"""One's own account: who one is here, how pages look, where one is signed in."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from foundation import clock
from foundation.http.forms import Words
from foundation.identity import sessions as live
from foundation.identity.actors import actor_of, mark_of, user_of
from foundation.identity.login import second_factor
from foundation.identity.login.passkeys import list_passkeys
from foundation.identity.login.services import ask_for_new_address, change_profile
from foundation.reasons import Reason

ZONES = [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones()) if "/" in zone or zone == "UTC"]


class ProfileForm(forms.Form):
    name = Words(max_length=120)
    zone = forms.ChoiceField(choices=ZONES, label="Time zone", help_text="Sums are always by UTC day")


class AddressForm(forms.Form):
    email = forms.EmailField(label="New address", widget=forms.EmailInput(attrs={"autocomplete": "email"}))


def home(request: HttpRequest) -> HttpResponse:
    return redirect("account:profile")


def profile(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    now = {"name": user.name, "zone": user.preferences.get("zone", "UTC")}
    form = ProfileForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        change_profile(user=user, by=actor_of(request), at=clock.now(), **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("account:profile")
    return render(request, "account/profile.html", {"form": form})


def address(request: HttpRequest) -> HttpResponse:
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        ask_for_new_address(
            user=user_of(request), email=form.cleaned_data["email"], by=actor_of(request), at=clock.now()
        )
        messages.success(request, "A link is on its way to the new address. Nothing changes before you open it.")
        return redirect("account:profile")
    return render(request, "account/address.html", {"form": form})


def appearance(request: HttpRequest) -> HttpResponse:
    """Theme and density live in the browser; this page only holds the switches."""
    return render(request, "account/appearance.html")


def sessions(request: HttpRequest) -> HttpResponse:
    found = live.list_sessions(user_of(request).pk)
    mine = mark_of(request).pk
    return render(request, "account/sessions.html", {"sessions": found, "present_id": mine})


def end_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    by, at = actor_of(request), clock.now()
    live.end_session(user_id=user_of(request).pk, session_id=session_id, by=by, at=at, reason=Reason.REQUESTED)
    return redirect("account:sessions")


def end_other_sessions(request: HttpRequest) -> HttpResponse:
    live.end_sessions(
        user_id=user_of(request).pk,
        by=actor_of(request),
        at=clock.now(),
        reason=Reason.REQUESTED,
        but=request.session.session_key or "",
    )
    messages.success(request, "You are signed in here only.")
    return redirect("account:sessions")


def security(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    context = {
        "has_app": second_factor.has_app(user),
        "has_second_factor": second_factor.has_second_factor(user),
        "passkeys": list_passkeys(user),
        "recovery_codes_left": second_factor.recovery_codes_left(user),
        "needs_second_factor": user.needs_second_factor,
    }
    return render(request, "account/security.html", context)
