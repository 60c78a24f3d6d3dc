"""Both sides of all books, and how old the money on some lines is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse

from dashboards.ops.ledger.parts import AsOfForm, platforms, tabs, words
from dashboards.ops.ledger.tree import BALANCED, NOT_BALANCED
from foundation import clock
from foundation.errors import NotFound
from foundation.http.components import Column, Empty, Row, Table
from foundation.http.tables import download
from ledger.exports import CONTENT_TYPES, Format, export_trial_balance
from ledger.selectors import Aged, TrialBalance, get_trial_balance, list_ageing, list_kinds

# Lines on which money waits for something; what is old there asks for attention.
AGED = {
    ("creator", "pending"), ("creator", "uncounted"), ("creator", "escrow"), ("creator", "in_transit"),
    ("creator", "receivable"), ("credit", "receivable"), ("chargeback", "disputed"), ("processor", "clearing"),
    ("suspense", "unmatched"),
}  # fmt: skip


def trial(request: HttpRequest) -> HttpResponse:
    form = AsOfForm(request.GET)
    balance = get_trial_balance(at=form.moment(), platform_id=form.platform_id())
    asked = f"?{request.GET.urlencode()}" if request.GET else ""
    context = {
        "form": form,
        "table": _trial_table(balance),
        "proof": (BALANCED if balance.is_balanced else NOT_BALANCED) if form.platform_id() is None else None,
        "tabs": tabs("ops:trial_balance"),
        "files": [(str(kind).upper(), reverse("ops:trial_balance_file", args=[str(kind)]) + asked) for kind in Format],
    }
    return render(request, "ops/ledger/trial.html", context)


def trial_file(request: HttpRequest, form: str) -> StreamingHttpResponse:
    if form not in list(Format):
        raise NotFound("ledger.no_format", "A trial balance comes as csv, jsonl or pdf.")
    asked, kind = AsOfForm(request.GET), Format(form)
    balance = get_trial_balance(at=asked.moment(), platform_id=asked.platform_id())
    name = f"trial-balance-{balance.at or clock.now():%Y%m%d}.{kind}"
    return download(export_trial_balance(balance, form=kind), content_type=CONTENT_TYPES[kind], filename=name)


def ageing(request: HttpRequest) -> HttpResponse:
    form = AsOfForm(request.GET)
    at = form.moment() or clock.now()
    kinds = [kind for kind in list_kinds() if (kind.kind, kind.purpose) in AGED]
    cards = [
        (words(f"{kind.kind} {kind.purpose}"), kind.meaning, _ageing_table(found))
        for kind in kinds
        if (found := list_ageing(kind.kind, kind.purpose, at=at, platform_id=form.platform_id()))
    ]
    empty = Empty(
        "No money waits anywhere", "Pending earnings, escrow and debts appear here with their age.", icon="clock"
    )
    return render(
        request, "ops/ledger/ageing.html", {"form": form, "cards": cards, "empty": empty, "tabs": tabs("ops:ageing")}
    )


def _trial_table(balance: TrialBalance) -> Table:
    rows = [
        Row([
            words(line.kind), words(line.purpose), line.accounts, line.debit or None, line.credit or None,
            line.currency,
        ])
        for line in balance.lines
    ]  # fmt: skip
    rows += [Row(["Total", None, None, t.debit, t.credit, t.currency], total=True) for t in balance.totals]
    columns = [
        Column("Kind"), Column("Purpose"), Column("Accounts", end=True), Column("Debit", end=True),
        Column("Credit", end=True), Column("Currency", tight=True),
    ]  # fmt: skip
    return Table("Trial balance", columns, rows, Empty("No account yet", icon="money"))


def _ageing_table(found: list[Aged]) -> Table:
    names, days = platforms(), found[0].days

    def place(row: Aged) -> tuple[str, str]:
        return row.currency, names.get(row.platform_id, "") if row.platform_id else ""

    spans = [f"to {days[0]} d", *(f"to {day} d" for day in days[1:]), f"over {days[-1]} d"]
    rows = [
        Row([
            names.get(row.platform_id) if row.platform_id else "All platforms", row.currency,
            *(part or None for part in row.parts), row.total,
        ])
        for row in sorted(found, key=place)
    ]  # fmt: skip
    columns = [
        Column("Platform"), Column("Currency", tight=True), *(Column(span, end=True) for span in spans),
        Column("Total", end=True),
    ]  # fmt: skip
    return Table("By age", columns, rows)
