"""One account: what stands there, how it came to that, and its statement to take away."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse

from dashboards.ops.ledger.parts import PeriodForm, account_url, entry_url, on_its_side, platforms, short_path, tabs
from foundation import clock
from foundation.audit.services import record_read
from foundation.errors import NotFound
from foundation.http.charts import BalanceChart
from foundation.http.components import Ago, Column, Due, Empty, Id, Kpi, Link, Row, Table
from foundation.http.tables import download
from foundation.identity.actors import actor_of
from foundation.money import Money
from ledger.exports import CONTENT_TYPES, Format, export_statement, filename
from ledger.selectors import (
    Part,
    Statement,
    StatementPage,
    StatementPart,
    get_balance,
    get_statement,
    list_open_holds,
    list_statement,
    list_statement_parts,
    one_moment,
)
from ledger.types import Balance, HoldInfo

PAGE = 50
DAYS_BY_DAY = 100
NOTHING = Empty("Nothing moved in this period", "Choose a longer one.", icon="clock")


def account(request: HttpRequest, account_id: int) -> HttpResponse:
    form = PeriodForm.of(request.GET)
    (since, until), by = form.period(), form.by()
    with one_moment():
        statement = get_statement(account_id, since, until, time=by)
        page = list_statement(account_id, since, until, time=by, cursor=request.GET.get("cursor"), limit=PAGE)
        division = Part.DAY if until - since <= timedelta(days=DAYS_BY_DAY) else Part.MONTH
        parts = list_statement_parts(account_id, since, until, by=division, time=by)
        balance, holds = get_balance(account_id), list_open_holds(account_id)
    info = statement.account
    chosen = {key: value for key, value in request.GET.dict().items() if value and key != "cursor"}
    context = {
        "info": info,
        "short": short_path(info.path),
        "platform": platforms().get(info.key.platform_id) if info.key.platform_id else "",
        "tiles": _tiles(statement, balance),
        "form": form,
        "statement": statement,
        "lines": _line_table(statement, page, chosen, is_first="cursor" not in request.GET),
        "parts": _part_table(parts, division),
        "chart": _chart(statement, parts),
        "holds": _hold_table(holds) if holds else None,
        "files": [(str(form).upper(), _file_url(account_id, form, chosen)) for form in Format],
        "crumbs": [
            ("Ledger", reverse("ops:ledger")),
            (f"{info.key.kind} {info.key.purpose}".replace("_", " ").capitalize(), _line_url(info.key)),
            (short_path(info.path), ""),
        ],
        "tabs": tabs("ops:ledger"),
        "page_currency": info.key.currency,
    }
    return render(request, "ops/ledger/account.html", context)


def statement_file(request: HttpRequest, account_id: int, form: str) -> StreamingHttpResponse:
    """The statement of the chosen period; taking it is recorded."""
    if form not in list(Format):
        raise NotFound("ledger.no_format", "Statements come as csv, jsonl or pdf.")
    asked = PeriodForm.of(request.GET)
    (since, until), kind = asked.period(), Format(form)
    parts = export_statement(account_id, since, until, form=kind, time=asked.by(), within=one_moment)
    record_read(
        "ledger.statement_taken", by=actor_of(request), query={"account_id": str(account_id), **request.GET.dict()},
        subjects=1, format=form,
    )  # fmt: skip
    name = filename(f"statement-{account_id}", since, until, kind)
    return download(parts, content_type=CONTENT_TYPES[kind], filename=name)


def _tiles(statement: Statement, balance: Balance) -> list[Kpi]:
    side = statement.account.normal_side
    tiles = [
        Kpi("Balance now", on_its_side(balance.posted, side), icon="money", note=f"on its {side} side"),
        Kpi("Closing", on_its_side(statement.closing, side), icon="clock", note="at the end of the period"),
        Kpi("Movements", statement.movements, icon="chart", note="in the period"),
    ]
    if balance.available is not None:
        tiles[1:1] = [
            Kpi("Reserved", balance.held, icon="pause"),
            Kpi("Available", balance.available, icon="check", note="may leave"),
        ]
    return tiles


def _line_table(statement: Statement, page: StatementPage, chosen: dict[str, str], *, is_first: bool) -> Table:
    edge = Row([None, "Opening" if is_first else "Brought forward", None, None, None, page.opening], total=True)
    rows = [edge] if page.lines or is_first else []
    for line in page.lines:
        credit, debit = (line.amount, None) if line.amount.minor > 0 else (None, -line.amount)
        other = Link(short_path(line.other or ""), account_url(line.other_id)) if line.other_id else None
        kind = Link(line.kind, entry_url(line.transfer_id), "reversal" if line.reverses else "")
        rows.append(Row([line.at, kind, other, credit, debit, line.balance]))
    if page.next is None:
        rows.append(Row([None, "Closing", None, None, None, statement.closing], total=True))
    further = "?" + urlencode({**chosen, "cursor": page.next}) if page.next else ""
    columns = [
        Column("When", tight=True), Column("What"), Column("Other account"), Column("Credit", end=True),
        Column("Debit", end=True), Column("Credits less debits", end=True),
    ]  # fmt: skip
    return Table("Statement", columns, rows, NOTHING, next_url=further, next_word="Later", keys=True)


def _part_table(parts: list[StatementPart], division: Part) -> Table:
    shape = "%-d %b %Y" if division is Part.DAY else "%B %Y"
    rows = [
        Row([part.start.strftime(shape), part.movements, part.credits, part.debits, part.closing]) for part in parts
    ]
    columns = [
        Column(f"{division.capitalize()} (UTC)", tight=True), Column("Movements", end=True),
        Column("Credits", end=True), Column("Debits", end=True), Column("Closing", end=True),
    ]  # fmt: skip
    return Table(f"Balance by {division}", columns, rows, NOTHING)


def _chart(statement: Statement, parts: list[StatementPart]) -> BalanceChart | None:
    if not parts:
        return None
    side, end = statement.account.normal_side, min(statement.until, clock.now())
    points: list[tuple[datetime, Money]] = [(statement.since, on_its_side(statement.opening, side))]
    points += [(part.start, on_its_side(part.closing, side)) for part in parts if part.start > statement.since]
    points.append((max(end, points[-1][0]), on_its_side(parts[-1].closing, side)))
    return BalanceChart(f"Balance of {short_path(statement.account.path)}", points)


def _hold_table(holds: list[HoldInfo]) -> Table:
    rows = [
        Row([
            Id(str(hold.id), f"…{str(hold.id)[-6:]}"),
            ", ".join(hold.reasons) or None,
            hold.left,
            Ago(hold.placed_at),
            Due(hold.expires_at) if hold.expires_at else "stays",
        ])
        for hold in holds
    ]  # fmt: skip
    columns = [Column("Hold"), Column("Reasons"), Column("Held", end=True), Column("Placed", tight=True),
               Column("Ends", tight=True)]  # fmt: skip
    return Table("Reserved money", columns, rows)


def _file_url(account_id: int, form: Format, chosen: dict[str, str]) -> str:
    return f"{reverse('ops:ledger_statement', args=[account_id, str(form)])}?{urlencode(chosen)}"


def _line_url(key: object) -> str:
    parts = {"kind": key.kind, "purpose": key.purpose}  # type: ignore[attr-defined]
    return f"{reverse('ops:ledger')}?{urlencode(parts)}"
