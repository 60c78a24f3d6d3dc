"""A person's own pages: who they are here, and how they like to see it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from dashboards.account.forms import AppearanceForm
from foundation.http.components import Column, Empty, Row, Table
from foundation.identity.selectors import list_memberships_held, list_roles_held
from foundation.identity.services import choose_time_zone

COOKIES = ("theme", "density", "keys")
YEAR = timedelta(days=365)


def profile(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    roles = [Row([held.role.label, held.since]) for held in list_roles_held(user.pk)]
    table = Table(
        "Your roles",
        [Column("Role"), Column("Since", end=True)],
        roles,
        Empty("No role yet", "Ask whoever manages access."),
    )
    places = [Row([m.platform, m.role.label, m.handle]) for m in list_memberships_held(user.party_id)]
    platforms = Table("Your platforms", [Column("Platform"), Column("You are"), Column("Name there")], places)
    return render(request, "account/profile.html", {"roles": table, "platforms": platforms if places else None})


def appearance(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    chosen = {name: request.COOKIES.get(f"fanz_{name}", "") for name in COOKIES}
    now = {"zone": user.preferences.get("zone", "UTC"), **{k: v for k, v in chosen.items() if v}}
    form = AppearanceForm(
        request.POST or None, initial={"theme": "system", "density": "comfortable", "keys": "on", **now}
    )
    if request.method != "POST" or not form.is_valid():
        return render(request, "account/appearance.html", {"form": form})
    choose_time_zone(user_id=user.pk, zone=form.cleaned_data["zone"])
    response = redirect("account:appearance")
    for name in COOKIES:
        response.set_cookie(
            f"fanz_{name}", form.cleaned_data[name], max_age=YEAR, samesite="Lax", secure=settings.IS_TLS
        )
    messages.success(request, "Saved. Every page now looks the way you chose.")
    return response
