"""What was available to a creator, month by month, as a table and as files that begin at once."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from foundation import clock
from foundation.audit.services import record
from foundation.errors import Invalid, Refusal
from foundation.http.components import Action, Column, Row, Table
from foundation.http.forms import Day
from foundation.http.tables import download
from foundation.identity.actors import actor_of, party_of
from ledger.exports import Format
from payouts.statements.rules.periods import Period, last_months, months_from, period
from payouts.statements.selectors import Month, Purse, export_period, list_purses


class DaysForm(forms.Form):
    """Any days, a year of them at most."""

    currency = forms.ChoiceField()
    since = Day(label="From")
    until = Day(label="To, included", help_text="A year at most; days are UTC")

    def __init__(self, currencies: list[str], data: Any = None, *, days: Period) -> None:
        super().__init__(data, initial={"since": days.first, "until": days.last})
        self.fields["currency"] = forms.ChoiceField(choices=[(c, c) for c in currencies])

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if "since" in said and "until" in said:
            try:
                said["days"] = period(said["since"], said["until"])
            except Refusal as refusal:
                self.add_error("until", refusal.detail)
        return said


def listing(request: HttpRequest) -> HttpResponse:
    today = clock.now().date()
    purses = list_purses(_me(request), until=last_months(today, 1).until)
    context = {
        "cards": [(purse, _table(purse)) for purse in purses],
        "form": DaysForm([purse.currency for purse in purses], days=last_months(today, 12)),
        "forms": [str(Format.PDF), str(Format.CSV)],
    }
    return render(request, "starz/statements.html", context)


def taken(request: HttpRequest) -> HttpResponseBase:
    """The file itself: it begins at once."""
    creator_id, today = _me(request), clock.now().date()
    purses = [purse.currency for purse in list_purses(creator_id, until=last_months(today, 1).until)]
    form = DaysForm(purses, request.GET, days=last_months(today, 12))
    kind = request.GET.get("form", "")
    if kind not in list(Format):
        raise Invalid("request.invalid", "Statements come as csv, jsonl or pdf.")
    if form.is_valid():
        said = form.cleaned_data
        try:
            file = export_period(creator_id, said["currency"], said["days"], form=Format(kind))
        except Invalid as refusal:
            form.add_error(None, refusal.detail)
        else:
            facts = {"currency": said["currency"], "since": said["since"], "until": said["until"], "form": kind}
            record("statement.taken", by=actor_of(request), subject=("identity.party", str(creator_id)), **facts)
            return download(file.parts, content_type=file.content_type, filename=file.name)
    context = {"form": form, "forms": [str(Format.PDF), str(Format.CSV)], "crumbs": _crumbs()}
    return render(request, "starz/statement_days.html", context, status=400)


def _table(purse: Purse) -> Table:
    rows = [_row(purse.currency, month) for month in purse.months]
    columns = [
        Column("Month (UTC)", tight=True), Column("Movements", end=True), Column("Came in", end=True),
        Column("Went out", end=True), Column("Closing balance", end=True),
    ]  # fmt: skip
    return Table(f"Months in {purse.currency}", columns, rows)


def _row(currency: str, month: Month) -> Row:
    name = month.month.strftime("%B %Y")
    files = [
        Action(form.upper(), _url(currency, month.month, form), about=name, icon="download")
        for form in (Format.PDF, Format.CSV)
    ]
    return Row([name, month.movements, month.credits, -month.debits, month.closing], files)


def _url(currency: str, month: date, form: Format) -> str:
    days = months_from(month)
    asked = {"currency": currency, "since": days.first, "until": days.last, "form": str(form)}
    return f"{reverse('starz:statement_file')}?{urlencode(asked)}"


def _crumbs() -> list[tuple[str, str]]:
    return [("Statements", reverse("starz:statements")), ("Some days", "")]


def _me(request: HttpRequest) -> UUID:
    return party_of(actor_of(request))
