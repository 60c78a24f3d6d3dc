"""How many people, and which, a large amount takes: what holds, its history, and the form that asks for another."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from dashboards.asking import asked
from dashboards.ops.approvals import kind_words
from dashboards.shell import open_url
from foundation import clock
from foundation.approvals.amount_changes import HIGHER, KIND, MOST_PEOPLE
from foundation.approvals.amounts import all_bounds
from foundation.approvals.registry import approvables
from foundation.approvals.rules.amount_rules import AmountRule, in_force, who_in_words
from foundation.approvals.selectors import list_policies
from foundation.http.amounts import plain_amount
from foundation.http.components import Action, Badge, Column, Empty, Link, Row, Table
from foundation.http.forms import Words, read_amount
from foundation.identity.roles import Role
from foundation.money import REAL_CURRENCIES

HOLDS = Badge("Holds", "normal", "check")


class BoundForm(forms.Form):
    kind = forms.ChoiceField(label="Kind of change")
    currency = forms.ChoiceField(initial="USD")
    above = forms.CharField(
        max_length=30, widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="In the currency, like 10000 or 99.50. An amount of exactly this is not above it.",
    )  # fmt: skip
    people = forms.IntegerField(
        label="People it takes", min_value=0, max_value=MOST_PEOPLE, initial=2, help_text="0 lifts the bound."
    )
    roles = forms.MultipleChoiceField(
        label="Only these roles", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="None: the roles that decide the kind at any amount.",
    )  # fmt: skip
    reason = Words(
        max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"}), help_text="Whoever decides reads it."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = all_bounds()
        bounded, named = {rule.kind for rule in kept}, {rule.above.currency for rule in kept}
        carrying = {kind for kind, one in approvables.items() if one.has_amount}
        policies = [policy for policy in list_policies() if policy.kind in bounded | carrying]
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            ("", "Choose"),
            *((policy.kind, kind_words(policy.kind)) for policy in policies),
        ]
        self.fields["currency"].choices = [(one, one) for one in sorted({*REAL_CURRENCIES, *named})]  # type: ignore[attr-defined]
        roles = sorted({*HIGHER, *(role for policy in policies for role in policy.deciding_roles)})
        self.fields["roles"].choices = [(str(role), Role(role).label) for role in roles]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if {"above", "currency"} <= said.keys():
            try:
                said["bound"] = read_amount(said["above"], said["currency"])
            except forms.ValidationError as error:
                self.add_error("above", error)
        return said

    def payload(self) -> dict[str, Any]:
        said, bound = self.cleaned_data, self.cleaned_data["bound"]
        return {
            "kind": said["kind"], "currency": bound.currency, "above_minor": bound.minor, "people": said["people"],
            "roles": sorted(said["roles"]), "active_from": "",
        }  # fmt: skip


def bounds(request: HttpRequest) -> HttpResponse:
    found, at = all_bounds(), clock.now()
    held = [rule for kind in sorted({rule.kind for rule in found}) for rule in in_force(found, kind, at)]
    ask_url = open_url("ops:ask_amount_bound", request)
    context = {
        "held": _table("In force", held, ask_url or ""),
        "history": _table("Every version", found, "", {rule.version for rule in held}),
        "ask_url": ask_url,
        "crumbs": [("Approvals", reverse("ops:approvals")), ("Large amounts", "")],
    }
    return render(request, "ops/amount_bounds.html", context)


def ask(request: HttpRequest) -> HttpResponse:
    form = BoundForm(request.POST or None, initial=request.GET.dict() | {"roles": request.GET.getlist("roles")})
    if number := asked(request, form, KIND):
        messages.success(request, "Asked. The bound changes as soon as somebody else agrees.")
        return redirect("ops:approval", approval_id=number)
    crumbs = [("Approvals", reverse("ops:approvals")), ("Large amounts", reverse("ops:amount_bounds")), ("Ask", "")]
    return render(request, "ops/ask_amount_bound.html", {"form": form, "crumbs": crumbs})


def _table(caption: str, rules: list[AmountRule], ask_url: str, held: set[int] | None = None) -> Table:
    rows = [
        Row(
            [
                Link(kind_words(rule.kind), "", f"version {rule.version}"),
                rule.above,
                who_in_words(rule.people, rule.roles),
                rule.active_from,
                *([] if held is None else [HOLDS if rule.version in held else Badge("Not now")]),
            ],
            actions=[Action("Change", href=f"{ask_url}?{_as_query(rule)}", about=rule.kind)] if ask_url else [],
        )
        for rule in rules
    ]  # fmt: skip
    columns = [Column("Kind"), Column("Above", end=True), Column("Takes"), Column("From", tight=True)]
    if held is not None:
        columns.append(Column("Now", tight=True))
    empty = Empty("No bounds", "Every amount takes as many people as its kind says.")
    return Table(caption, columns, rows, empty, keys=True)


def _as_query(rule: AmountRule) -> str:
    bound: dict[str, Any] = {"kind": rule.kind, "currency": rule.above.currency, "above": plain_amount(rule.above)}
    return urlencode({**bound, "people": rule.people, "roles": sorted(rule.roles)}, doseq=True)
