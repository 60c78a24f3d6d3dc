"""Asking that somebody be given a role: the form, and the request a second person decides."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from foundation import clock
from foundation.approvals.services import request_approval
from foundation.errors import Refusal
from foundation.http.forms import Words
from foundation.identity.actors import actor_of
from foundation.identity.roles import STAFF_ROLES, Role
from foundation.identity.selectors import find_user


class RoleForm(forms.Form):
    email = forms.EmailField(label="Whose e-mail address", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(
        choices=[("", "Choose"), *((str(role), role.label) for role in Role if role in STAFF_ROLES)]
    )
    reason = Words(
        max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"}), help_text="Whoever decides reads it."
    )


def ask(request: HttpRequest) -> HttpResponse:
    form = RoleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        user_id = find_user(said["email"])
        if user_id is None:
            form.add_error("email", "Nobody has an account with this address.")
        else:
            try:
                asked = request_approval(
                    kind="role.grant", payload={"user_id": str(user_id), "role": said["role"]}, reason=said["reason"],
                    by=actor_of(request), at=clock.now(),
                )  # fmt: skip
            except Refusal as refusal:
                form.add_error(None, refusal.detail)
            else:
                messages.success(request, "Asked. It happens as soon as somebody else agrees.")
                return redirect("ops:approval", approval_id=asked.pk)
    crumbs = [("Approvals", reverse("ops:approvals")), ("Ask for a role", "")]
    return render(request, "ops/ask_role.html", {"form": form, "crumbs": crumbs})
