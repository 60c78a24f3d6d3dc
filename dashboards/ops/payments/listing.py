"""Payments to look through, to find one among, and to take away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboards.ops.payments.filters import Filters
from dashboards.ops.payments.words import PAYMENT, decline_words, payment_url, provider_name
from dashboards.shell import open_url
from foundation import clock
from foundation.audit.services import record_read
from foundation.errors import Invalid, NotFound
from foundation.http import access
from foundation.http.components import Action, Ago, Badge, Column, Due, Empty, Link, Row, Table
from foundation.http.tables import KINDS, Format, streamed
from foundation.identity.actors import actor_of
from processors.payments.desk import (
    PaymentLine,
    PaymentQuery,
    all_payments,
    count_by_state,
    find_payments,
    list_reviews,
    search_payments,
)
from processors.payments.states import PaymentState

PAGE, MOST = 50, 100_000
COLUMNS = (
    "id", "reference", "platform", "product", "method", "coin", "provider", "state", "amount", "currency", "refunded",
    "disputed", "decline_code", "created_at", "captured_at",
)  # fmt: skip
LOOKED_AT = (PaymentState.UNKNOWN, PaymentState.IN_REVIEW)
TWICE = Badge("Paid back twice", "frozen", "warn")
MANY_SIDES = ("platform", "provider", "product", "currency", "since", "until")


def payments(request: HttpRequest) -> HttpResponse:
    filters = Filters(request.GET)
    chosen = {name: value for name, value in request.GET.dict().items() if value and name != "before"}
    found, older = [], ""
    if filters.is_valid():
        if words := filters.words():
            found = find_payments(words)
            if len(found) == 1:
                return redirect("ops:payment", payment_id=found[0].id)
        else:
            found = search_payments(filters.query(), before=_id(request.GET.get("before")), limit=PAGE)
            older = "?" + urlencode({**chosen, "before": found[-1].id}) if len(found) == PAGE else ""
    context = {
        "filters": filters,
        "views": _views(request, chosen),
        "table": payment_table(found, next_url=older, empty=_empty(chosen)),
        "states": [(PAYMENT[state], state.label) for state in PaymentState],
        "is_filtered": bool(chosen),
        "has_more_chosen": any(name in chosen for name in MANY_SIDES),
        "limits_url": open_url("ops:trust_limits", request),
        "file_url": _file_url(request, chosen),
    }
    return render(request, "ops/payments/list.html", context)


def review(request: HttpRequest) -> HttpResponse:
    """Payments that are parked until a person decided, the one that ends soonest first."""
    parked = list_reviews()
    rows = [
        Row(
            [
                Link(line.platform, payment_url(line.id), f"{line.product}, {line.reference}"),
                line.amount,
                Ago(line.created_at),
                Due(line.review_until) if line.review_until else None,
            ],
            actions=[_look(line)],
        )
        for line in parked
    ]
    columns = [Column("Payment"), Column("Amount", end=True), Column("Parked", tight=True), Column("Ends", tight=True)]
    empty = Empty(
        "Nothing is parked", "What a limit says a person has to look at waits here before it is charged.", icon="check"
    )
    context = {
        "table": Table("Payments in review", columns, rows, empty, keys=True),
        "views": _views(request, {}, is_review=True),
        "count": len(parked),
        "crumbs": [("Payments", reverse("ops:payments")), ("Review", "")],
    }
    return render(request, "ops/payments/review.html", context)


def export(request: HttpRequest, form: str) -> StreamingHttpResponse:
    """The payments that fit as CSV or NDJSON; taking them is recorded."""
    filters = Filters(request.GET)
    if form not in KINDS:
        raise NotFound("payments.no_format", "Payments come as csv or ndjson.")
    if not filters.is_valid():
        raise Invalid("request.invalid", "These filters cannot be read.")
    query, words = filters.query(), filters.words()
    record_read(
        "payments.exported", by=actor_of(request), query={"words": words} if words else _plain(query), subjects=0,
        format=form,
    )  # fmt: skip
    kind: Format = "ndjson" if form == "ndjson" else "csv"
    lines = iter(find_payments(words)) if words else all_payments(query, most=MOST)
    return streamed(f"payments-{clock.now():%Y%m%d-%H%M%S}", COLUMNS, _rows(lines), kind)


def payment_table(
    found: list[PaymentLine], *, next_url: str = "", empty: Empty | None = None, caption: str = "Payments"
) -> Table:
    rows = [
        Row([
            Link(line.reference, payment_url(line.id), f"{line.platform}, {line.product}"),
            line.amount,
            TWICE if line.is_paid_back_twice else PAYMENT[PaymentState(line.state)],
            _given_back(line),
            f"{provider_name(line.provider)}, {line.coin or line.method}" if line.provider else None,
            Ago(line.created_at),
        ])
        for line in found
    ]  # fmt: skip
    columns = [
        Column("Payment"), Column("Amount", end=True), Column("State", tight=True), Column("Since then"),
        Column("By"), Column("Asked for", tight=True),
    ]  # fmt: skip
    return Table(caption, columns, rows, empty or Empty("No payments"), next_url=next_url, keys=True)


def _given_back(line: PaymentLine) -> Any:
    if line.disputed:
        return Link(f"{line.disputed} disputed")
    if line.refunds:
        return "refunded" if line.refunds == line.amount else Link(f"{line.refunds} refunded")
    return decline_words(line.decline_code) if line.decline_code else None


def _look(line: PaymentLine) -> Action:
    where = reverse("ops:approval", args=[line.approval_id]) if line.approval_id else payment_url(line.id)
    return Action("Decide", href=where, about=f"on {line.reference}")


def _views(
    request: HttpRequest, chosen: dict[str, str], *, is_review: bool = False
) -> list[tuple[str, str, int | None, bool]]:
    """The ways into the list: address, word, how many wait, and whether we are there."""
    counts, here = count_by_state(LOOKED_AT), reverse("ops:payments")
    state = chosen.get("state", "")
    wires = [("Webhooks", url)] if (url := open_url("ops:webhooks", request)) else []
    return [
        (here, "All", None, not is_review and not state),
        (f"{here}?state=CAPTURED", "Taken", None, state == "CAPTURED"),
        (f"{here}?state=DECLINED", "Declined", None, state == "DECLINED"),
        (f"{here}?state=UNKNOWN", "Not known", counts["UNKNOWN"], state == "UNKNOWN"),
        (reverse("ops:payments_review"), "Review", counts["IN_REVIEW"], is_review),
        *((url, word, None, False) for word, url in wires),
    ]


def _empty(chosen: dict[str, str]) -> Empty:
    clear = Action("Show all payments", href=reverse("ops:payments"))
    if chosen.get("q"):
        return Empty(
            "No payment carries this number",
            "Paste it whole: our id, the platform's reference or the provider's number. Other filters do not count.",
            icon="search", action=clear,
        )  # fmt: skip
    if chosen:
        return Empty("No payment fits all of this", "Widen the dates or take a filter away.", action=clear)
    return Empty(
        "No payment was made yet", "The first one a platform asks for by POST /api/v1/payments appears here at once."
    )


def _file_url(request: HttpRequest, chosen: dict[str, str]) -> str:
    who = access.who_may("ops:payments_export", "GET")
    may_take = who is not None and who.admits(actor_of(request))
    return f"{reverse('ops:payments_export', args=['csv'])}?{urlencode(chosen)}" if may_take else ""


def _plain(query: PaymentQuery) -> dict[str, str]:
    return {name: str(value) for name, value in query.said().items()}


def _rows(lines: Iterator[PaymentLine]) -> Iterator[dict[str, Any]]:
    for line in lines:
        same = {name: getattr(line, name) for name in COLUMNS if hasattr(line, name)}
        yield {**same, "currency": line.amount.currency, "refunded": line.refunds}


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("request.invalid", "That is no page of this list.") from None
