"""Payouts to look through, to find one among, and to take away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboards.ops.payouts.figure_parts import figure_table
from dashboards.ops.payouts.filters import Filters
from dashboards.ops.payouts.words import (
    FOR_PEOPLE,
    LATE,
    ORIGIN,
    PAYOUT,
    ended_words,
    payout_url,
    rail_name,
    reason_name,
    short,
)  # fmt: skip
from dashboards.shell import open_url
from foundation import clock
from foundation.audit.services import record_read
from foundation.errors import Invalid, NotFound
from foundation.http import access
from foundation.http.amounts import amount_text
from foundation.http.components import Action, Ago, Column, Due, Empty, Kpi, Link, Row, Table
from foundation.http.tables import KINDS, Format, streamed
from foundation.identity.actors import actor_of
from payouts.life.models import Payout
from payouts.life.states import OVER, WITH_RAIL, PayoutState
from payouts.operations.figures import figures
from payouts.operations.lists import (
    Counted,
    PayoutLine,
    PayoutQuery,
    all_payouts,
    count_open,
    find_payouts,
    search_payouts,
)
from payouts.transparency.access import INSIDERS

P = PayoutState
PAGE, MOST = 50, 100_000
COLUMNS = (
    "id", "creator_id", "creator", "platforms", "rail", "destination", "state", "reason_code", "amount", "fee",
    "currency", "origin", "is_late", "is_extended", "needs_people", "requested_at", "promised_at", "due_at", "sent_at",
    "paid_at", "ended_at", "ended_reason",
)  # fmt: skip
LEAVING = (P.APPROVED, P.QUEUED, P.PREPARED)
MANY_SIDES = ("platform", "creator", "origin", "currency", "least", "most", "since", "until")


def payouts(request: HttpRequest) -> HttpResponse:
    filters = Filters(request.GET)
    chosen = {name: value for name, value in request.GET.dict().items() if value and name != "before"}
    found, older = [], ""
    if filters.is_valid():
        if words := filters.words():
            found = find_payouts(words)
            if len(found) == 1:
                return redirect("ops:payout", payout_id=found[0].id)
        else:
            found = search_payouts(filters.query(), before=_id(request.GET.get("before")), limit=PAGE)
            older = "?" + urlencode({**chosen, "before": found[-1].id}) if len(found) == PAGE else ""
    counted = count_open()
    context = {
        "filters": filters,
        "views": views(request, chosen, counted),
        "tiles": _tiles(counted),
        "table": payout_table(
            found, next_url=older, empty=_empty(chosen), sees_inside=INSIDERS.admits(actor_of(request))
        ),
        "states": [(PAYOUT[state], state.label) for state in PayoutState],
        "is_filtered": bool(chosen),
        "has_more_chosen": any(name in chosen for name in MANY_SIDES),
        "file_url": _file_url(request, chosen),
        "figures": figure_table(figures().figures),
        "figures_url": open_url("ops:payout_figures", request),
        "emergency_url": open_url("ops:payout_emergency", request),
    }
    return render(request, "ops/payouts/list.html", context)


def export(request: HttpRequest, form: str) -> StreamingHttpResponse:
    """The payouts that fit as CSV or NDJSON; taking them is recorded."""
    filters = Filters(request.GET)
    if form not in KINDS:
        raise NotFound("payouts.no_format", "Payouts come as csv or ndjson.")
    if not filters.is_valid():
        raise Invalid("request.invalid", "These filters cannot be read.")
    query, words = filters.query(), filters.words()
    record_read(
        "payouts.exported", by=actor_of(request), query={"words": words} if words else _plain(query), subjects=0,
        format=form,
    )  # fmt: skip
    kind: Format = "ndjson" if form == "ndjson" else "csv"
    lines = iter(find_payouts(words)) if words else all_payouts(query, most=MOST)
    return streamed(f"payouts-{clock.now():%Y%m%d-%H%M%S}", COLUMNS, _rows(lines), kind)


def payout_table(
    found: list[PayoutLine], *, next_url: str = "", empty: Empty | None = None, caption: str = "Payouts",
    sees_inside: bool,
) -> Table:  # fmt: skip
    rows = [
        Row([
            Link(line.creator or short(line.creator_id), payout_url(line.id), line.platforms or "no platform"),
            line.amount,
            _state(line),
            _why(line, sees_inside=sees_inside),
            Link(rail_name(line.rail), "", line.destination),
            _next(line),
        ])
        for line in found
    ]  # fmt: skip
    columns = [
        Column("Creator"), Column("Amount", end=True), Column("State", tight=True), Column("Because"), Column("By"),
        Column("Next", tight=True),
    ]  # fmt: skip
    return Table(caption, columns, rows, empty or Empty("No payouts"), next_url=next_url, keys=True)


def views(
    request: HttpRequest, chosen: dict[str, str], counted: Counted, *, here: str = "ops:payouts"
) -> list[tuple[str, str, int | None, bool]]:
    """The ways into payouts: address, word, how many wait, and whether we are there."""
    start, state = reverse("ops:payouts"), chosen.get("state", "")
    is_list = here == "ops:payouts"
    is_all = is_list and not state and not chosen.get("late") and not chosen.get("people")
    found = [
        (start, "All", None, is_all),
        (f"{start}?people=on", "To agree to", counted.for_people, is_list and bool(chosen.get("people"))),
        (f"{start}?late=on", "Late", counted.late, is_list and bool(chosen.get("late"))),
        (f"{start}?state=FROZEN", "Frozen", counted.count(P.FROZEN), is_list and state == P.FROZEN),
        (f"{start}?state=UNKNOWN", "Not known", counted.count(P.UNKNOWN), is_list and state == P.UNKNOWN),
    ]
    others = (("ops:holds", "Holds"), ("ops:payout_calendar", "Calendar"), ("ops:payout_figures", "Figures"))
    return [
        *found,
        *((url, word, None, name == here) for name, word in others if (url := open_url(name, request))),
    ]  # fmt: skip


def _tiles(counted: Counted) -> list[Kpi]:
    start = reverse("ops:payouts")
    groups = (
        ("In escrow", (P.REQUESTED, P.SCREENED, P.IN_ESCROW), "clock", f"{start}?state=IN_ESCROW"),
        ("Frozen", (P.FROZEN,), "stop", f"{start}?state=FROZEN"),
        ("About to leave", LEAVING, "arrow-right", f"{start}?state=QUEUED"),
        ("With rails", WITH_RAIL, "arrow-up", f"{start}?state=PROCESSING"),
    )
    tiles = [
        Kpi(word, counted.count(*states), icon=icon, href=href, note=_sums(counted, states))
        for word, states, icon, href in groups
    ]
    late = Kpi(
        "Late", counted.late, icon="warn", href=f"{start}?late=on", badge=LATE if counted.late else None,
        note="a day behind their hours or rail",
    )  # fmt: skip
    return [*tiles, late]


def _sums(counted: Counted, states: tuple[PayoutState, ...]) -> str:
    sums = [amount_text(amount) for amount in counted.amounts_of(*states)]
    return ", ".join(sums[:3]) + (f" and {len(sums) - 3} more" if len(sums) > 3 else "") if sums else "nothing"


def _state(line: PayoutLine) -> Any:
    return LATE if line.is_late and line.state != P.FROZEN else PAYOUT[PayoutState(line.state)]


def _why(line: PayoutLine, *, sees_inside: bool) -> Any:
    if line.state in OVER:
        return ended_words(line.state, line.ended_reason, sees_inside=sees_inside) or None
    if line.is_late and line.state != P.FROZEN:
        return Link(PAYOUT[PayoutState(line.state)].word, "", reason_name(line.reason_code))
    more = [
        "waits for two people" if line.needs_people else "", "a dispute touches it" if line.is_disputed else "",
        "made to wait longer" if line.is_extended else "",
        ORIGIN[line.origin] if line.origin == Payout.Origin.EMERGENCY else "",
    ]  # fmt: skip
    return Link(reason_name(line.reason_code), "", ", ".join(filter(None, more)))


def _next(line: PayoutLine) -> Any:
    if line.state in OVER:
        return Ago(line.paid_at or line.ended_at or line.requested_at)
    if line.sent_at and line.state in WITH_RAIL:
        return Ago(line.sent_at)
    return Due(line.due_at) if line.due_at else Ago(line.requested_at)


def _empty(chosen: dict[str, str]) -> Empty:
    clear = Action("Show all payouts", href=reverse("ops:payouts"))
    if chosen.get("q"):
        return Empty(
            "No payout carries this",
            "Paste it whole: our id, a reference, the rail's number, a file's reference, or what a platform calls the "
            "creator. Other filters do not count.",
            icon="search", action=clear,
        )  # fmt: skip
    if chosen:
        return Empty("No payout fits all of this", "Widen the dates or take a filter away.", action=clear)
    return Empty("No payout was asked for yet", "The first one a creator or a schedule asks for appears here at once.")


def _file_url(request: HttpRequest, chosen: dict[str, str]) -> str:
    who = access.who_may("ops:payouts_export", "GET")
    may_take = who is not None and who.admits(actor_of(request))
    return f"{reverse('ops:payouts_export', args=['csv'])}?{urlencode(chosen)}" if may_take else ""


def _plain(query: PayoutQuery) -> dict[str, str]:
    return {name: str(value) for name, value in query.said().items()}


def _rows(lines: Iterator[PayoutLine]) -> Iterator[dict[str, Any]]:
    for line in lines:
        same = {name: getattr(line, name) for name in COLUMNS if hasattr(line, name)}
        yield {**same, "currency": line.amount.currency}


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("request.invalid", "That is no page of this list.") from None


__all__ = ["FOR_PEOPLE", "export", "payout_table", "payouts", "views"]
