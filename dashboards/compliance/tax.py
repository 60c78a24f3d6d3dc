"""Tax papers of creators: who should sign and has not, the documents of a year, and taking a copy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse

from compliance.tax.desk import (
    NEAR_PERCENT,
    Made,
    Unsigned,
    all_made,
    all_unsigned,
    any_document,
    count_made,
    last_made_at,
    list_made,
    list_unsigned,
    years_made,
)
from compliance.tax.papers import document_paper
from compliance.tax.rules.years import YEARS, rules_of
from compliance.tax.services import open_profile
from compliance.tax.states import Document, Standing
from foundation import clock
from foundation.audit.services import record_read
from foundation.errors import Invalid, NotFound
from foundation.http import access
from foundation.http.components import Action, Ago, Badge, Column, Empty, Kpi, Link, Row, Table
from foundation.http.tables import KINDS, Format, download, streamed
from foundation.identity.actors import actor_of
from foundation.identity.keys import KeyDestroyed
from foundation.identity.names import names_of_creators
from foundation.money import Money

PAGE = 50
STANDING = {
    Standing.MISSING: Badge("No form", "frozen", "warn"), Standing.EXPIRED: Badge("Ran out", "frozen", "clock"),
    Standing.NO_NUMBER: Badge("Number missing", "delayed", "warn"),
}  # fmt: skip
OVER, NEAR = Badge("Over", "delayed", "arrow-up"), Badge("Near", "neutral", "dot")
IN_FORCE, REPLACED = Badge("In force", "normal", "check"), Badge("Corrected since", "neutral", "dot")
NO_NUMBER = Badge("In force, number missing", "delayed", "warn")
UNSIGNED_COLUMNS = ("creator_id", "name", "received_minor", "currency", "standing", "form", "is_over")
MADE_COLUMNS = (
    "id", "creator_id", "name", "kind", "year", "number", "corrects_id", "is_replaced", "has_number", "made_at",
)  # fmt: skip


def tax(request: HttpRequest) -> HttpResponse:
    year, view, kind = _asked(request)
    today = clock.now().date()
    least = Money(rules_of(year).nec_least, "USD")
    if view == "unsigned":
        table = _unsigned_table(list_unsigned(year, today=today, after=_place(request), limit=PAGE), year)
    else:
        found = list_made(year, kind=kind, before=_id(request.GET.get("before")), limit=PAGE)
        table = _made_table(found, year, kind, may_take=_may_take(request))
    context = {
        "table": table, "view": view, "year": year, "kind": kind, "years": _years(), "least": least,
        "near": Money(least.minor * NEAR_PERCENT // 100, "USD"),
        "kinds": [("", "Every kind"), *((one.value, one.value) for one in Document)],
        "views": [(name, f"?{urlencode({'view': name, 'year': year})}", word) for name, word in VIEWS],
        "tiles": _tiles(year), "page_currency": "USD",
        "file_url": f"{reverse('compliance:tax_file', args=['csv'])}?{_query(view, year, kind)}"
        if _may(request, "compliance:tax_file", "GET") else "",
    }  # fmt: skip
    return render(request, "compliance/tax.html", context)


VIEWS = (("unsigned", "To be signed"), ("documents", "Documents"))


def export(request: HttpRequest, form: str) -> StreamingHttpResponse:
    """What the page shows, all of it, as CSV or NDJSON; taking it is recorded."""
    year, view, kind = _asked(request)
    if form not in KINDS:
        raise NotFound("tax.no_format", "Tax papers come as csv or ndjson.")
    record_read(
        "tax.exported", by=actor_of(request), query={"view": view, "year": year, "kind": kind}, subjects=0, format=form
    )
    columns = UNSIGNED_COLUMNS if view == "unsigned" else MADE_COLUMNS
    rows = _unsigned_rows(year) if view == "unsigned" else _made_rows(year, kind)
    kept: Format = "ndjson" if form == "ndjson" else "csv"
    return streamed(f"tax-{view}-{year}", columns, rows, kept)


def document(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """A copy of a creator's document; whoever takes it, and that a number was opened for it, is on record."""
    found = any_document(document_id)
    person: dict[str, str] = {}
    if found.profile_id is not None:
        try:
            person = open_profile(
                profile_id=found.profile_id, why=f"a copy of {found.kind} {found.year}", by=actor_of(request)
            )
        except KeyDestroyed:
            person = {}  # an erased party: its figures are kept, who it was is not
    record_read(
        "tax.document_taken", by=actor_of(request), query={"document": str(found.id), "year": found.year}, subjects=1
    )
    name = f"{found.kind}-{found.year}-{str(found.party_id)[-6:]}-{found.number}.pdf".lower()
    parts = iter([document_paper(found, person)])
    return download(parts, content_type="application/pdf", filename=name)  # type: ignore[return-value]


def _tiles(year: int) -> list[Kpi]:
    made = count_made(year)
    last = last_made_at(year)
    missing = sum(one.without_number for one in made)
    return [
        *(Kpi(f"{one.kind}, {year}", one.count, icon="audit", note=f"{one.corrections} corrected") for one in made),
        Kpi("Without a number", missing, icon="warn", note="in force, and their creator gave none",
            badge=Badge("Look", "delayed", "warn") if missing else None),
        Kpi("Last made", Ago(last) if last else "never", icon="clock", note=f"manage.py tax_build --year {year}"),
    ]  # fmt: skip


def _unsigned_table(found: list[Unsigned], year: int) -> Table:
    names = names_of_creators(one.party_id for one in found)
    rows = [
        Row([
            Link(*_who(one.party_id, names)), one.received, OVER if one.is_over else NEAR, STANDING[one.standing],
            one.form or "none",
        ])
        for one in found
    ]  # fmt: skip
    columns = [
        Column("Creator"), Column(f"Received in {year}", end=True), Column("Bound", tight=True),
        Column("Papers", tight=True), Column("Form", tight=True),
    ]  # fmt: skip
    empty = Empty("Everybody who earns much has signed", "Whoever comes near the bound appears here.", icon="check")
    last = f"{found[-1].received.minor}~{found[-1].party_id}" if len(found) == PAGE else ""
    following = f"?{_query('unsigned', year, '', after=last)}" if last else ""
    return Table("Papers to be signed", columns, rows, empty, next_url=following, next_word="Less", keys=True)


def _made_table(found: list[Made], year: int, kind: str, *, may_take: bool) -> Table:
    names = names_of_creators(one.document.party_id for one in found)
    rows = [
        Row(
            [
                Link(*_who(one.document.party_id, names)), f"{one.document.kind} {one.document.year}",
                f"No. {one.document.number}, {'a correction' if one.document.corrects_id else 'the first'}",
                REPLACED if one.is_replaced else IN_FORCE if one.has_number else NO_NUMBER, Ago(one.document.made_at),
            ],
            actions=[Action("PDF", post=reverse("compliance:tax_document", args=[one.document.id]), icon="download",
                            about=f"{one.document.kind} of {_who(one.document.party_id, names)[0]}")]
            if may_take else (),
        )
        for one in found
    ]  # fmt: skip
    columns = [
        Column("Creator"), Column("Document", tight=True), Column("Version"), Column("State", tight=True),
        Column("Made", tight=True),
    ]  # fmt: skip
    empty = Empty(f"No document of {year} yet", f"manage.py tax_build --year {year} makes them.", icon="inbox")
    following = f"?{_query('documents', year, kind, before=str(found[-1].document.id))}" if len(found) == PAGE else ""
    return Table("Documents", columns, rows, empty, next_url=following, keys=True)


def _unsigned_rows(year: int) -> Iterator[dict[str, Any]]:
    for page in all_unsigned(year, today=clock.now().date()):
        names = names_of_creators(one.party_id for one in page)
        for one in page:
            yield {
                "creator_id": one.party_id, "name": _who(one.party_id, names)[0], "received_minor": one.received.minor,
                "currency": one.received.currency, "standing": str(one.standing), "form": one.form,
                "is_over": one.is_over,
            }  # fmt: skip


def _made_rows(year: int, kind: str) -> Iterator[dict[str, Any]]:
    for page in all_made(year, kind=kind):
        names = names_of_creators(one.document.party_id for one in page)
        for one in page:
            told = one.document
            yield {
                "id": told.id, "creator_id": told.party_id, "name": _who(told.party_id, names)[0],
                "kind": str(told.kind), "year": told.year, "number": told.number, "corrects_id": told.corrects_id,
                "is_replaced": one.is_replaced, "has_number": one.has_number, "made_at": told.made_at,
            }  # fmt: skip


def _who(party_id: UUID, names: dict[UUID, tuple[str, str]]) -> tuple[str, str, str]:
    """What they are called, nowhere to go, and on which platforms."""
    name, places = names.get(party_id, ("", ""))
    return name or f"…{str(party_id)[-6:]}", "", places


def _asked(request: HttpRequest) -> tuple[int, str, str]:
    """Year, view and kind; what nobody knows is refused."""
    view, kind = request.GET.get("view", "unsigned"), request.GET.get("kind", "")
    text = request.GET.get("year", "") or str(_years()[0])
    if view not in dict(VIEWS) or (kind and kind not in Document.values) or text not in map(str, _years()):
        raise Invalid("request.invalid", "These filters cannot be read.")
    return int(text), view, kind


def _years() -> list[int]:
    """Years with figures that have begun, and those with documents; the newest first."""
    this = clock.now().year
    return sorted({*(year for year in YEARS if year <= this), *years_made()}, reverse=True) or [min(YEARS)]


def _query(view: str, year: int, kind: str, **more: str) -> str:
    chosen = {"view": view, "year": year, "kind": kind, **more}
    return urlencode({name: value for name, value in chosen.items() if value})


def _place(request: HttpRequest) -> tuple[int, UUID] | None:
    text = request.GET.get("after", "")
    minor, _, number = text.partition("~")
    if text and not (minor.isascii() and minor.isdigit() and len(minor) < 19):
        raise Invalid("request.invalid", "That is no page of this list.")
    party_id = _id(number)
    return (int(minor), party_id) if text and party_id else None


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("request.invalid", "That is no page of this list.") from None


def _may(request: HttpRequest, view_name: str, method: str) -> bool:
    who = access.who_may(view_name, method)
    return who is not None and who.admits(actor_of(request))


def _may_take(request: HttpRequest) -> bool:
    return _may(request, "compliance:tax_document", "POST")
