"""Paying a creator at once: asked with a reason, agreed to by a second person, every check held."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboards.ops.payouts.filters import CURRENCIES
from dashboards.ops.payouts.listing import payout_table
from dashboards.ops.payouts.words import what_to_do
from foundation import clock
from foundation.errors import Refusal
from foundation.http.components import Empty
from foundation.http.forms import Words, parse_amount
from foundation.identity.actors import actor_of
from foundation.money import Money
from payouts.life.models import Payout
from payouts.life.services import ask_emergency
from payouts.operations.lists import PayoutQuery, available_to, creators_called, search_payouts
from payouts.transparency.access import INSIDERS

NOBODY = "No creator is called so. Paste the number, or what a platform calls them."
MANY = "Several creators are called so. Paste the number of the right one: {numbers}."


class EmergencyForm(forms.Form):
    creator = Words(
        max_length=120, help_text="Their number, or what a platform calls them.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "spellcheck": "false"}),
    )  # fmt: skip
    currency = forms.ChoiceField(choices=[(c, c) for c in CURRENCIES])
    amount = forms.CharField(max_length=24, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    reason = Words(
        max_length=500, help_text="Whoever agrees reads it. Say why it cannot wait.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def clean_creator(self) -> UUID:
        found = creators_called(self.cleaned_data["creator"])
        if not found:
            raise forms.ValidationError(NOBODY)
        if len(found) > 1:
            raise forms.ValidationError(MANY.format(numbers=", ".join(map(str, found[:3]))))
        return found[0]

    def clean(self) -> dict[str, Any]:
        """At most what is available to them."""
        said = super().clean() or {}
        if {"creator", "currency", "amount"} <= said.keys():
            free = available_to(said["creator"], said["currency"])
            try:
                said["amount"] = parse_amount(said["amount"], free)
            except forms.ValidationError as error:
                self.add_error("amount", error)
        return said


def emergency(request: HttpRequest) -> HttpResponse:
    form = EmergencyForm(request.POST or None, initial={"creator": request.GET.get("creator", "")})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        amount: Money = said["amount"]
        try:
            asked = ask_emergency(
                creator_id=said["creator"], amount=amount, reason=said["reason"], by=actor_of(request), at=clock.now()
            )
            messages.success(request, "Asked. Nothing moves until a second person agrees.")
            return redirect("ops:approval", approval_id=asked.pk)
        except Refusal as refused:
            form.add_error(None, f"{refused.detail} {what_to_do(refused.code)} Nothing was asked for.")
    lately = search_payouts(PayoutQuery(origin=Payout.Origin.EMERGENCY), limit=10)
    context = {
        "form": form,
        "table": payout_table(
            lately, caption="Emergencies lately", sees_inside=INSIDERS.admits(actor_of(request)),
            empty=Empty("No emergency payout was ever made", icon="check"),
        ),
        "crumbs": [("Payouts", reverse("ops:payouts")), ("Emergency", "")],
    }  # fmt: skip
    return render(request, "ops/payouts/emergency.html", context, status=409 if form.non_field_errors() else 200)
