"""When what is available and paid, and the plan by which payouts ask for themselves."""

from __future__ import annotations

import calendar as names
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboards.starz.payouts.pages import me
from foundation import clock
from foundation.errors import Invalid
from foundation.http.amounts import amount_text, plain_amount
from foundation.http.components import Action, Badge, Column, Empty, Link, Row, Table
from foundation.http.forms import parse_amount
from foundation.identity.actors import actor_of
from foundation.money import Money
from payouts.life.models import PayoutSchedule
from payouts.schedules.services import set_schedule
from payouts.transparency.agenda import Entry, Plan, What, agenda_of, plans_of
from payouts.transparency.selectors import payouts_of, shown

Kind = PayoutSchedule.Kind
LARGEST = 10**12
KINDS = {
    What.SETTLES: Badge("Available", "normal", "check"), What.LEAVES: Badge("Wait ends", "neutral", "clock"),
    What.ARRIVES: Badge("Arrives", "normal", "money"), What.SCHEDULE: Badge("Your plan", "review", "switch"),
    What.CLOSED: Badge("Closed", "delayed", "pause"),
}  # fmt: skip
DAYS = list(enumerate(names.day_name))


class PlanForm(forms.Form):
    kind = forms.ChoiceField(label="When", choices=Kind.choices)
    weekday = forms.TypedChoiceField(label="On", choices=DAYS, coerce=int)
    threshold = forms.CharField(
        label="From", max_length=24, required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )

    def __init__(self, data: Any, *, plan: Plan) -> None:
        self.plan = plan
        initial = {
            "kind": plan.kind, "weekday": plan.weekday,
            "threshold": plain_amount(plan.threshold) if plan.threshold else "",
        }  # fmt: skip
        super().__init__(data, initial=initial, prefix=plan.currency)
        self.fields["threshold"].label = f"From this amount in {plan.currency} on"

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("kind") == Kind.THRESHOLD:
            if not said.get("threshold"):
                self.add_error("threshold", "Say from which amount on.")
            else:
                said["threshold"] = parse_amount(said["threshold"], Money(LARGEST, self.plan.currency))
        else:
            said["threshold"] = None
        return said


def calendar(request: HttpRequest) -> HttpResponse:
    creator_id, at = me(request), clock.now()
    plans = plans_of(creator_id, at=at)
    currency = request.POST.get("currency", "")
    bound = [(plan, PlanForm(request.POST if plan.currency == currency else None, plan=plan)) for plan in plans]
    if request.method == "POST":
        form = next((form for plan, form in bound if plan.currency == currency), None)
        if form is None:
            raise Invalid("request.invalid", "There is no such currency here.")
        if form.is_valid():
            set_schedule(creator_id=creator_id, currency=currency, by=actor_of(request), at=at, **form.cleaned_data)
            messages.success(request, "Your plan holds from now on.")
            return redirect("starz:calendar")
    running = shown(creator_id, payouts_of(creator_id, is_running=True)[:100], at=at)
    plans_said = [(plan, form, _said(plan)) for plan, form in bound]
    context = {"table": _table(agenda_of(creator_id, running, at=at)), "plans": plans_said}
    return render(request, "starz/calendar.html", context, status=422 if request.method == "POST" else 200)


def _said(plan: Plan) -> str:
    """A plan in a few words."""
    if plan.kind == Kind.WEEKLY:
        return f"every {names.day_name[plan.weekday]}"
    if plan.threshold:
        return f"from {amount_text(plan.threshold, page_currency=plan.currency)} on"
    return "only when you ask"


def _table(entries: list[Entry]) -> Table:
    rows = [
        Row([f"{one.on:%a, %-d %b}", KINDS[one.what], _title(one), _amount(one)])
        for one in entries
    ]  # fmt: skip
    columns = [
        Column("Day", tight=True), Column("Kind", tight=True), Column("What"), Column("Amount", end=True),
    ]  # fmt: skip
    empty = Empty(
        "Nothing in the next thirty days", "Sales, payouts and your plan appear here with their days.", "clock",
        Action("Ask for a payout", href=reverse("starz:payouts")),
    )  # fmt: skip
    return Table("The next thirty days", columns, rows, empty)


def _title(one: Entry) -> Link:
    href = reverse("starz:payout", args=[one.payout_id]) if one.payout_id else ""
    return Link(one.title, href, one.detail)


def _amount(one: Entry) -> Any:
    return Link(f"~{plain_amount(one.amount)} {one.amount.currency}") if one.amount and one.is_estimate else one.amount
