"""Where our books and somebody else's differ: who works on it, until when, and the posting that settled it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboards.ops.ledger.parts import account_url, entry_url, short_path, tabs
from foundation import clock
from foundation.errors import Invalid
from foundation.http import access
from foundation.http.components import Ago, Badge, Column, Due, Empty, Link, Row, Table
from foundation.http.places import time_and_id
from foundation.identity.actors import actor_of
from foundation.identity.names import names_of
from ledger.reconciliation.selectors import (
    get_break,
    list_open_breaks,
    list_resolved_breaks,
    list_statements,
    title_of,
)
from ledger.reconciliation.services import give_back_break, resolve_break, take_break
from ledger.reconciliation.states import Kind, State
from ledger.reconciliation.types import BreakLine

PAGE = 50
BADGES = {
    State.OPEN: Badge("Open", "delayed", "warn"),
    State.TAKEN: Badge("Being worked on", "review", "person"),
    State.RESOLVED: Badge("Settled", "normal", "check"),
}
WORDS = {
    Kind.MISSING: "Missing there", Kind.UNEXPECTED: "Unexpected", Kind.DIFFERENT: "Different",
    Kind.BALANCE: "Balance is not its movements", Kind.HELD: "Reserved is not its holds",
    Kind.SUM: "Books do not balance",
}  # fmt: skip


class ResolveForm(forms.Form):
    transfer_id = forms.UUIDField(label="Entry that settles it", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    reason = forms.CharField(label="Reason", max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"}))


def reconciliation(request: HttpRequest) -> HttpResponse:
    view, viewer = request.GET.get("view", "open"), actor_of(request)
    if view == "settled":
        found = list_resolved_breaks(before=_id(request.GET.get("before")), limit=PAGE)
        further = {"before": str(found[-1].id)} if len(found) == PAGE else {}
    else:
        owner = viewer.reference if view == "mine" else ""
        found = list_open_breaks(owner=owner, after=time_and_id(request.GET.get("after")), limit=PAGE)
        further = {"after": f"{found[-1].due_at.isoformat()}~{found[-1].id}"} if len(found) == PAGE else {}
    context = {
        "table": _table(found, view, further),
        "views": [("open", "Open"), ("mine", "Mine"), ("settled", "Settled")],
        "view": view,
        "statements": _statement_table(),
        "tabs": tabs("ops:reconciliation"),
    }
    return render(request, "ops/reconciliation.html", context)


def difference(request: HttpRequest, break_id: UUID) -> HttpResponse:
    form = ResolveForm(request.POST if request.POST.get("do") == "resolve" else None)
    if request.method == "POST" and (said := _act(request, break_id, form)):
        messages.success(request, said)
        return redirect("ops:reconciliation_break", break_id=break_id)
    found = get_break(break_id)
    who = access.who_may("ops:reconciliation_break", "POST")
    context = {
        "found": found,
        "title": WORDS[Kind(found.kind)],
        "book": title_of(found.book),
        "badge": BADGES[State(found.state)],
        "owner": names_of([found.owner]).get(found.owner, ""),
        "is_mine": found.owner == actor_of(request).reference,
        "may_work": who is not None and who.admits(actor_of(request)) and found.state != State.RESOLVED,
        "form": form,
        "account_url": account_url(found.account_id) if found.account_id else "",
        "account": short_path(found.account),
        "entry_url": entry_url(found.transfer_id) if found.transfer_id else "",
        "settled_url": entry_url(found.resolving_transfer_id) if found.resolving_transfer_id else "",
        "facts": sorted((name.replace("_", " "), _words(value)) for name, value in found.facts.items()),
        "crumbs": [("Reconciliation", reverse("ops:reconciliation")), (WORDS[Kind(found.kind)], "")],
        "page_currency": found.difference.currency,
    }
    return render(request, "ops/reconciliation_break.html", context)


def _act(request: HttpRequest, break_id: UUID, form: ResolveForm) -> str:
    by, at, what = actor_of(request), clock.now(), request.POST.get("do")
    if what == "take":
        take_break(break_id=break_id, by=by, at=at)
        return "It is yours now."
    if what == "give_back":
        give_back_break(break_id=break_id, by=by, at=at)
        return "It waits for somebody else."
    if what != "resolve":
        raise Invalid("request.invalid", "Say what to do with it.")
    if not form.is_valid():
        return ""
    resolve_break(break_id=break_id, **form.cleaned_data, by=by, at=at)
    return "Settled. The books and the posting are joined."


def _table(found: list[BreakLine], view: str, further: dict[str, str]) -> Table:
    names = names_of(row.owner for row in found)
    rows = [
        Row([
            Link(WORDS[Kind(row.kind)], reverse("ops:reconciliation_break", args=[row.id]), row.reference),
            title_of(row.book),
            row.difference,
            names.get(row.owner) or None,
            BADGES[State(row.state)],
            Ago(row.resolved_at) if row.resolved_at else Due(row.due_at),
        ])
        for row in found
    ]  # fmt: skip
    columns = [
        Column("What"), Column("Book"), Column("Difference", end=True), Column("Owner"), Column("State", tight=True),
        Column("Settled" if view == "settled" else "Due", tight=True),
    ]  # fmt: skip
    empty = Empty("Nothing differs", "What our books and others' statements disagree on appears here.", icon="check")
    more = "?" + urlencode({"view": view, **further}) if further else ""
    return Table("Differences", columns, rows, empty, next_url=more, keys=True)


def _statement_table() -> Table:
    rows = [
        Row([Link(title_of(s.book), "", s.reference), s.line_count, s.since, s.until, Ago(s.received_at)])
        for s in list_statements()
    ]
    columns = [
        Column("Statement"), Column("Lines", end=True), Column("From", tight=True), Column("Before", tight=True),
        Column("Came", tight=True),
    ]  # fmt: skip
    empty = Empty("No statement came yet", "manage.py ledger_reconcile --book … --file … takes one.", icon="inbox")
    return Table("Statements", columns, rows, empty)


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("request.invalid", "That is no page of this list.") from None


def _words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
