"""The limits by which charges and refunds are judged, what they stopped, and the form that asks for another."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboards.asking import asked
from dashboards.shell import open_url
from foundation import clock
from foundation.approvals.selectors import pending_by_subject
from foundation.http.amounts import plain_amount
from foundation.http.components import Action, Ago, Badge, Column, Empty, Id, Link, Row, Table
from foundation.http.forms import Words, read_amount
from foundation.identity.selectors import platform_names
from foundation.money import REAL_CURRENCIES, Money
from trust.changes import KIND
from trust.selectors import list_limits, list_looked_at
from trust.types import MOST_WINDOW, NO_BOUND, Act, Limit, Subject, Verdict
from trust.words import limit_in_words, window_in_words

BADGES = {
    Verdict.REVIEW: Badge("A person looks", "review", "search"),
    Verdict.REFUSE: Badge("Refused", "frozen", "stop"),
}
SENTENCES = {
    "limit.count": "Too many at a time",
    "limit.amount": "Too much money",
    "limit.none_for_currency": "No limit was agreed in this currency",
    "fan.suspended": "The fan is suspended",
    "creator.suspended": "The creator is suspended",
    "creator.shadowed": "The creator's sales are not counted for now",
    "fan.strict_limits": "The fan is under strict limits",
}


class LimitForm(forms.Form):
    name = forms.SlugField(max_length=60, help_text="A new name makes a new limit; a known one gets its next version.")
    act = forms.ChoiceField(label="What", choices=Act.choices)
    subject = forms.ChoiceField(label="Counted for", choices=Subject.choices)
    platform = forms.ChoiceField(required=False)
    window_seconds = forms.IntegerField(
        label="Window in seconds", min_value=0, max_value=int(MOST_WINDOW.total_seconds()),
        help_text="3600 is an hour, 86400 a day. 0 looks at one amount alone.",
    )  # fmt: skip
    most_count = forms.IntegerField(label="At most so many", required=False, min_value=0, max_value=2**31 - 1)
    currency = forms.ChoiceField(required=False)
    most = forms.CharField(
        label="At most so much", required=False, max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="In the currency, like 500 or 99.50. Neither a count nor an amount lifts the limit.",
    )  # fmt: skip
    verdict = forms.ChoiceField(
        label="What is beyond it", choices=[(str(v), v.label) for v in (Verdict.REVIEW, Verdict.REFUSE)]
    )
    is_strict = forms.BooleanField(label="Only for fans under strict limits", required=False)
    reason = Words(
        max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"}), help_text="Whoever decides reads it."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(str(id), name) for id, name in platform_names().items()]
        bounded = {limit.currency for limit in list_limits(at=clock.now()) if limit.currency}
        currencies = [(one, one) for one in sorted({*REAL_CURRENCIES, *bounded})]
        self.fields["currency"].choices = [("", "Counts alone"), *currencies]  # type: ignore[attr-defined]
        self.fields["platform"].choices = [("", "Every platform"), *names]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        said["most_minor"] = None
        if said.get("most") and "currency" in said:
            try:
                if not said["currency"]:
                    raise forms.ValidationError("An amount is bounded in one currency.")
                said["most_minor"] = read_amount(said["most"], said["currency"]).minor
            except forms.ValidationError as error:
                self.add_error("most", error)
        return said

    def payload(self) -> dict[str, Any]:
        said = self.cleaned_data
        bounds = {name: NO_BOUND if said[name] is None else said[name] for name in ("most_count", "most_minor")}
        kept = {name: said[name] for name in ("name", "act", "subject", "currency", "window_seconds", "verdict")}
        return {**kept, **bounds, "platform_id": said["platform"], "is_strict": said["is_strict"], "active_from": ""}


def limits(request: HttpRequest) -> HttpResponse:
    at, names = clock.now(), platform_names()
    ask_url = open_url("ops:ask_trust_limit", request)
    asked, found = pending_by_subject("trust.trustlimit"), list_limits(at=at)
    cards = [
        (act.label, _limits_table(act.label, [one for one in found if one.act == act], names, ask_url, asked))
        for act in Act
    ]
    context = {"cards": cards, "decisions": _decisions_table(), "ask_url": ask_url}
    return render(request, "ops/trust_limits.html", context)


def ask(request: HttpRequest) -> HttpResponse:
    form = LimitForm(request.POST or None, initial=_known(request.GET.get("name", "")))
    if number := asked(request, form, KIND):
        messages.success(request, "Asked. The limit changes as soon as somebody else agrees.")
        return redirect("ops:approval", approval_id=number)
    crumbs = [("Limits", reverse("ops:trust_limits")), ("Ask for a change", "")]
    return render(request, "ops/ask_trust_limit.html", {"form": form, "crumbs": crumbs})


def _known(name: str) -> dict[str, Any]:
    """The fields of the limit of this name as it stands; nothing for a name nobody used."""
    found = next((limit for limit in list_limits(at=clock.now()) if limit.name == name), None)
    if found is None:
        return {}
    return {
        "name": found.name, "act": found.act, "subject": found.subject, "platform": found.platform_id or "",
        "window_seconds": found.window_seconds, "most_count": found.most_count, "currency": found.currency,
        "most": plain_amount(found.most) if found.most else "", "verdict": found.verdict, "is_strict": found.is_strict,
    }  # fmt: skip


def _limits_table(caption: str, found: list[Limit], names: Any, ask_url: str | None, asked: dict[str, Any]) -> Table:
    rows = [
        Row(
            [
                Link(limit.name, "", limit_in_words(limit, names)),
                window_in_words(limit.window) or "one alone",
                limit.most if limit.most is not None else f"{limit.most_count:,}",
                BADGES[limit.verdict],
                limit.version,
            ],
            actions=_actions(limit, ask_url, asked),
        )
        for limit in found
    ]
    columns = [
        Column("Limit"), Column("Window", tight=True), Column("At most", end=True), Column("Beyond it", tight=True),
        Column("Version", end=True, quiet=True),
    ]  # fmt: skip
    return Table(caption, columns, rows, Empty("Nothing is bounded"), keys=True)


def _actions(limit: Limit, ask_url: str | None, asked: dict[str, Any]) -> list[Action]:
    if limit.name in asked:
        url = reverse("ops:approval", args=[asked[limit.name]])
        return [Action("Waits", href=url, about=f"for a second person: {limit.name}")]
    change = f"{ask_url}?{urlencode({'name': limit.name})}"
    return [Action("Change", href=change, about=limit.name)] if ask_url else []


def _decisions_table() -> Table:
    rows = [
        Row([
            Ago(row.at),
            row.platform.name,
            Money(row.amount_minor, row.currency),
            BADGES[Verdict(row.verdict)],
            "; ".join(SENTENCES.get(reason["code"], reason["code"]) for reason in row.reasons),
            Id(str(row.payment_id), str(row.payment_id)[:8]),
        ])
        for row in list_looked_at()
    ]  # fmt: skip
    columns = [
        Column("When", tight=True), Column("Platform"), Column("Amount", end=True), Column("Decision", tight=True),
        Column("Why"), Column("Payment", tight=True),
    ]  # fmt: skip
    return Table("Stopped or looked at", columns, rows, Empty("Every charge and refund went straight through"))
