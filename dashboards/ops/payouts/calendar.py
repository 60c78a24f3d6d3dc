"""Cash needed against cash there: a chart and a table per rail, shortfalls in red, and a file to take away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse

from dashboards.ops.payouts.listing import views
from dashboards.ops.payouts.one import may
from dashboards.ops.payouts.words import rail_name
from foundation import clock
from foundation.audit.services import record_read
from foundation.errors import Invalid, NotFound
from foundation.http.amounts import amount_text
from foundation.http.components import Badge, Column, Kpi, Link, Row, Table
from foundation.http.tables import KINDS, Format, streamed
from foundation.identity.actors import actor_of
from foundation.money import Money
from payouts.operations.calendar import MOST_DAYS, cash_calendar, frozen_beside
from payouts.operations.lists import count_open
from payouts.operations.rules.cash import CashDay, CashPlan

USUAL, CHOICES = 14, (7, 14, 30, 60)
SHORT = Badge("Short", "frozen", "warn")
WIDTH, HEIGHT, GAP = 720, 120, 4
COLUMNS = (
    "day", "rail", "currency", "payouts", "needed", "expected", "left", "short", "closed", "cut_off", "liquid",
    "on_its_way",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bar:
    """A day of the chart: where it stands and how high it is, in whole numbers."""

    x: int
    y: int
    width: int
    height: int
    is_short: bool
    words: str


@dataclass(frozen=True, slots=True)
class RailCash:
    """One rail and currency as it is drawn."""

    plan: CashPlan
    title: str
    bars: list[Bar]
    table: Table
    words: str


def calendar(request: HttpRequest) -> HttpResponse:
    days = _days(request)
    plans = cash_calendar(days=days)
    short = [one for one in plans if one.missing]
    frozen = frozen_beside()
    file_url = f"{reverse('ops:payout_calendar_file', args=['csv'])}?days={days}"
    context = {
        "rails": [_drawn(one) for one in plans if _is_needed(one)],
        "idle": _idle_table([one for one in plans if not _is_needed(one)]),
        "tiles": _tiles(plans, short, frozen, days),
        "days": days,
        "choices": CHOICES,
        "views": views(request, {}, count_open(), here="ops:payout_calendar"),
        "file_url": file_url if may(request, "ops:payout_calendar_file", "GET") else "",
        "crumbs": [("Payouts", reverse("ops:payouts")), ("Calendar", "")],
    }
    return render(request, "ops/payouts/calendar.html", context)


def export(request: HttpRequest, form: str) -> StreamingHttpResponse:
    """The same as CSV or NDJSON; taking it is recorded."""
    if form not in KINDS:
        raise NotFound("payouts.no_format", "The calendar comes as csv or ndjson.")
    days = _days(request)
    record_read("payouts.calendar_exported", by=actor_of(request), query={"days": days}, subjects=0, format=form)
    kind: Format = "ndjson" if form == "ndjson" else "csv"
    return streamed(f"payout-cash-{clock.now():%Y%m%d}", COLUMNS, _lines(cash_calendar(days=days)), kind)


def _tiles(plans: list[CashPlan], short: list[CashPlan], frozen: list[Money], days: int) -> list[Kpi]:
    sums: dict[str, Money] = {}
    for one in plans:
        sums[one.currency] = sums.get(one.currency, Money.zero(one.currency)) + one.need
    needed = sorted((amount for amount in sums.values() if amount), key=lambda a: (a.currency != "USD", -a.minor))
    first = min((one.first_short for one in short if one.first_short), key=lambda day: day.day, default=None)
    return [
        Kpi(f"Needed in {days} days", needed[0] if needed else 0, icon="money",
            note=", ".join(amount_text(amount) for amount in needed[1:4]) or "all rails"),
        Kpi("Rails that run short", len(short), unit=f"of {len(plans)}", icon="warn", badge=SHORT if short else None,
            note=f"first on {first.day:%a %-d %b}" if first else "none"),
        Kpi("Frozen, without a day", frozen[0] if frozen else 0, icon="stop",
            note=", ".join(amount_text(amount) for amount in frozen[1:4]) or "needed when it is let go"),
    ]  # fmt: skip


def _is_needed(one: CashPlan) -> bool:
    return bool(one.need or one.on_its_way) or any(day.expected for day in one.days)


def _drawn(one: CashPlan) -> RailCash:
    most = max((day.need.minor for day in one.days), default=0) or 1
    wide = WIDTH // len(one.days)
    bars = []
    for number, day in enumerate(one.days):
        height = max(day.need.minor * (HEIGHT - 4) // most, 2 if day.need else 0)
        words = f"{day.day:%a %-d %b}: {amount_text(day.need)} needed, {amount_text(day.left)} left"
        bars.append(Bar(number * wide, HEIGHT - height, wide - GAP, height, bool(day.short), words))
    told = [day for number, day in enumerate(one.days) if _is_told(one.days, number)]
    rows = [Row([_day_cell(day), _need_cell(day), _left_cell(day)]) for day in told]
    columns = [Column("Day"), Column("Needed", end=True), Column("Left", end=True)]
    quiet = len(one.days) - len(told)
    note = f"{quiet} days need nothing and are not listed; the file has every day." if quiet else ""
    title = f"{rail_name(one.rail)}, {one.currency}"
    words = f"{title}: {amount_text(one.need)} needed in {len(one.days)} days, {amount_text(one.liquid)} there"
    return RailCash(one, title, bars, Table(title, columns, rows, note=note, as_cards=False), words)


def _is_told(days: Sequence[CashDay], number: int) -> bool:
    """The first day, days that need something, and banks' holidays."""
    day = days[number]
    return not number or bool(day.need or day.expected) or day.closed not in ("", "Saturday", "Sunday")


def _day_cell(day: CashDay) -> Link:
    return Link(f"{day.day:%a %-d %b}", "", "weekend" if day.closed in ("Saturday", "Sunday") else day.closed)


def _need_cell(day: CashDay) -> Link:
    payouts = f"{day.count} payout{'s' * (day.count != 1)}" if day.count else ""
    more = f"{amount_text(day.expected)} expected" if day.expected else ""
    return Link(amount_text(day.need), "", ", ".join(filter(None, (payouts, more))))


def _left_cell(day: CashDay) -> Any:
    return Badge(f"{amount_text(day.short)} short", "frozen", "warn") if day.short else day.left


def _idle_table(plans: list[CashPlan]) -> Table | None:
    """Cash that waits for no payout."""
    rows = [Row([f"{rail_name(one.rail)}, {one.currency}", one.liquid, one.cut_off]) for one in plans]
    columns = [Column("Account"), Column("There", end=True), Column("Cut-off")]
    return Table("Accounts without payouts", columns, rows) if rows else None


def _lines(plans: list[CashPlan]) -> Iterator[dict[str, Any]]:
    for one in plans:
        for day in one.days:
            yield {
                "day": day.day, "rail": one.rail, "currency": one.currency, "payouts": day.count, "needed": day.need,
                "expected": day.expected, "left": day.left, "short": day.short, "closed": day.closed,
                "cut_off": one.cut_off, "liquid": one.liquid, "on_its_way": one.on_its_way,
            }  # fmt: skip


def _days(request: HttpRequest) -> int:
    text = request.GET.get("days", str(USUAL))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= MOST_DAYS):
        raise Invalid("request.invalid", f"The calendar shows 1 to {MOST_DAYS} days.")
    return int(text)
