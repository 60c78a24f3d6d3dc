"""The programs of a platform: their ids, what they may do, and new secrets."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from dashboards.developers.door import my_platform
from foundation import clock
from foundation.errors import Forbidden, Invalid, NotFound, Refusal
from foundation.http.components import Action, Ago, Badge, Column, Empty, Id, Link, Row, Table
from foundation.http.forms import Words
from foundation.identity.actors import actor_of
from foundation.identity.models import ApiClient
from foundation.identity.scopes import Scope
from foundation.identity.selectors import clients_of, platform_slug
from foundation.identity.services import FreshSecret, create_client, revoke_client, rotate_secret

# Deciding for the house is not given away by oneself.
OFFERED = [(scope.value, f"{scope.value}: {scope.label}") for scope in Scope if not scope.startswith("approvals:")]


class KeyForm(forms.Form):
    name = Words(max_length=80, help_text="What the program is for; it stands in every record of what it does.")
    scopes = forms.MultipleChoiceField(
        label="What it may do", choices=OFFERED, widget=forms.CheckboxSelectMultiple, help_text="As little as it needs."
    )


@sensitive_variables("made")
def keys(request: HttpRequest) -> HttpResponse:
    platform_id, form = my_platform(request), KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_client(
                platform=platform_slug(platform_id), name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"], by=actor_of(request), at=clock.now(),
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error("name", refusal.detail)
        else:
            return _shown(request, made)
    clients = clients_of(platform_id)
    columns = [Column("Program"), Column("Client id"), Column("State", tight=True), Column("Last used", tight=True)]
    empty = Empty("No program yet", "Make one below; its secret is shown once.", icon="key")
    context = {
        "table": Table("Programs", columns, [_row(one) for one in clients], empty),
        "form": form,
        "is_open": not clients or bool(form.errors),
    }
    return render(request, "developers/keys.html", context, status=422 if form.errors else 200)


@sensitive_variables("made")
def act(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """A new secret, or the end of this program."""
    client = next((one for one in clients_of(my_platform(request)) if one.pk == client_id), None)
    if client is None:
        raise NotFound("identity.no_client", "There is no such program.")
    who: dict[str, Any] = {"client_id": client_id, "by": actor_of(request), "at": clock.now()}
    do = request.POST.get("do", "")
    if do == "rotate":
        if _decides(client):
            raise Forbidden("identity.not_yours", "It decides for the house: an admin gives it a new secret.")
        made = rotate_secret(**who)
        return _shown(request, made)
    if do != "revoke":
        raise Invalid("request.invalid", "Say what to do with it.")
    revoke_client(**who)
    messages.success(request, "It gets no more tokens; those it holds end within five minutes.")
    return redirect("developers:keys")


def _shown(request: HttpRequest, made: FreshSecret) -> HttpResponse:
    crumbs = [("Keys", reverse("developers:keys")), ("Secret", "")]
    context = {"made": made, "base": settings.PUBLIC_URL, "crumbs": crumbs}
    return render(request, "developers/key_secret.html", context)


def _decides(client: ApiClient) -> bool:
    return any(scope.startswith("approvals:") for scope in client.scopes)


def _row(one: ApiClient) -> Row:
    url = reverse("developers:key", args=[one.pk])
    is_active = one.active_until is None or one.active_until > clock.now()
    acts = [Action("Revoke", post=url, about=one.name, danger=True, values={"do": "revoke"})]
    if not _decides(one):
        acts.insert(0, Action("New secret", post=url, about=f"for {one.name}", values={"do": "rotate"}))
    return Row(
        [
            Link(one.name, "", ", ".join(one.scopes)), Id(str(one.pk), f"…{str(one.pk)[-12:]}"),
            Badge("Active", "normal", "check") if is_active else Badge("Revoked", "neutral", "x"),
            Ago(one.last_used_at) if one.last_used_at else None,
        ],
        actions=acts if is_active else [],
    )  # fmt: skip
