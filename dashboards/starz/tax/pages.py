"""The pages of tax papers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from compliance.tax.papers import document_paper
from compliance.tax.rules.withholding import withheld
from compliance.tax.rules.years import YEARS, rules_of
from compliance.tax.selectors import current_profile, figures_of, get_document, list_documents
from compliance.tax.services import open_profile, sign_profile
from compliance.tax.states import Form, Standing
from compliance.tax.types import DocumentView
from dashboards.starz.tax.forms import TITLES, ProfileForm
from foundation import clock
from foundation.errors import Invalid, StepUpRequired
from foundation.http.components import Action, Badge, Column, Empty, Row, Table
from foundation.http.tables import download
from foundation.identity import sessions
from foundation.identity.actors import actor_of, party_of
from foundation.money import Money

BADGES = {
    Standing.MISSING: Badge("No form yet", "delayed", "warn"),
    Standing.VALID: Badge("In force", "normal", "check"),
    Standing.NO_NUMBER: Badge("Number missing", "delayed", "warn"),
    Standing.EXPIRED: Badge("Ran out", "frozen", "stop"),
}
HUNDRED = Money(100_00, "USD")


@dataclass(frozen=True, slots=True)
class Meter:
    """How far the year is on the way to a bound."""

    title: str
    reached: Money
    least: Money
    note: str

    @property
    def done(self) -> int:
        return min(max(self.reached.minor, 0), self.least.minor)


def overview(request: HttpRequest) -> HttpResponse:
    """What was signed, what it means for the next payout, how far the year is, documents."""
    today, party_id = clock.now().date(), _me(request)
    profile, year = current_profile(party_id), min(today.year, max(YEARS))
    figures, rules = figures_of(party_id, year), rules_of(year)
    kept = withheld(HUNDRED, profile, today)
    context = {
        "profile": profile, "badge": BADGES[profile.standing(today) if profile else Standing.MISSING], "year": year,
        "standing": profile.standing(today) if profile else Standing.MISSING, "kept": kept, "figures": figures,
        "meters": [
            Meter("1099-NEC: what became available to you", figures.received, Money(rules.nec_least, "USD"),
                  "From this amount on a form is made for you and the IRS."),
            Meter("1099-K: your sales before fees", figures.gross, Money(rules.k_gross_over, "USD"),
                  f"And {figures.sales} of {rules.k_count_over} sales: both have to be passed."),
        ],
        "sources": rules.sources, "quarters": _quarters(figures.quarters),
        "documents": _documents(list_documents(party_id)), "forms": list(TITLES.items()),
    }  # fmt: skip
    return render(request, "starz/tax.html", context)


@sensitive_post_parameters()
def sign(request: HttpRequest) -> HttpResponse:
    """Fill in and sign a form. Who they are is asked before anything is typed."""
    if not sessions.has_stepped_up(actor_of(request)):
        raise StepUpRequired()
    asked = request.GET.get("form", "")
    crumbs = [("Tax", reverse("starz:tax")), ("Sign", "")]
    if asked not in Form.values:
        return render(request, "starz/tax_choose.html", {"forms": list(TITLES.items()), "crumbs": crumbs})
    kind, party_id = Form(asked), _me(request)
    form = ProfileForm(kind, request.POST or None)
    if request.method == "POST" and form.is_valid():
        more = {name: form.cleaned_data[name] for name in ("treaty_country", "us_percent") if name in form.fields}
        try:
            sign_profile(
                party_id=party_id, form=kind, given=form.given, by=actor_of(request), at=clock.now(), **more
            )  # fmt: skip
        except Invalid as refusal:
            form.show(refusal)
        else:
            messages.success(request, "Signed. It is in force from now on.")
            return redirect("starz:tax")
    context = {"form": form, "kind": kind, "title": TITLES[kind][0], "about": TITLES[kind][1], "crumbs": crumbs}
    return render(request, "starz/tax_sign.html", context)


def document(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """The recipient's copy as a PDF; opening the number for it is recorded."""
    found = get_document(document_id, party_id=_me(request))
    person: dict[str, str] = {}
    if found.profile_id is not None:
        person = open_profile(profile_id=found.profile_id, why="the recipient's own copy", by=actor_of(request))
    name = f"{found.kind}-{found.year}-{found.number}.pdf".lower()
    parts = iter([document_paper(found, person)])
    return download(parts, content_type="application/pdf", filename=name)  # type: ignore[return-value]


def _quarters(quarters: Any) -> Table:
    rows = [Row([f"Q{q.quarter} {q.year}", q.currency, q.sales, q.gross, q.received]) for q in quarters]
    columns = [
        Column("Quarter", tight=True), Column("Currency", tight=True), Column("Sales", end=True),
        Column("Sold", end=True), Column("Became available to you", end=True),
    ]  # fmt: skip
    return Table(
        "By quarter", columns, rows, Empty("Nothing this year", "Sales of this year appear here.", icon="chart")
    )


def _documents(found: list[DocumentView]) -> Table:
    rows = [
        Row(
            [one.year, one.kind.label, "Correction" if one.corrects_id else "First", one.made_at],
            [
                Action(
                    "PDF", reverse("starz:tax_document", args=[one.id]), icon="download", about=f"{one.kind} {one.year}"
                )
            ],
        )
        for one in found
    ]
    columns = [
        Column("Year", tight=True),
        Column("Document"),
        Column("Version", tight=True),
        Column("Made", tight=True),
    ]
    empty = Empty("No document yet", "They are made after the end of a year, by the end of January.", icon="inbox")
    return Table("Documents", columns, rows, empty)


def _me(request: HttpRequest) -> UUID:
    return party_of(actor_of(request))
