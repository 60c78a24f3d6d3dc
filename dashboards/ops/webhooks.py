"""What providers told and nobody could apply: why, about what, and another try."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboards.ops.payments.words import CALL, TOLD, TOLD_OF, payment_url, provider_name
from foundation import clock
from foundation.errors import Invalid
from foundation.http import access
from foundation.http.components import Action, Ago, Badge, Column, Due, Empty, Id, Kpi, Link, Row, Table
from foundation.identity.actors import actor_of
from processors.gateways.types import EventKind
from processors.webhooks.desk import (
    CallLine,
    ToldLine,
    count_rejected_since,
    count_told,
    get_call,
    list_calls,
    list_told,
)
from processors.webhooks.replaying import replay_call, replay_told
from processors.webhooks.states import CallState, ToldState

PAGE = 50
PROOFS = {
    "verified": Badge("Proved", "normal", "check"), "trigger": Badge("Made us ask", "review", "help"),
    "rejected": Badge("False", "frozen", "x"),
}  # fmt: skip
VIEWS = {"stuck": "Parked and given up", "calls": "Calls", "refused": "Refused calls"}


def webhooks(request: HttpRequest) -> HttpResponse:
    view, before = request.GET.get("view", "stuck"), _id(request.GET.get("before"))
    counts = count_told()
    if view in ("calls", "refused"):
        found = list_calls(state=CallState.REJECTED if view == "refused" else "", before=before, limit=PAGE)
        table = call_table(found, _further(view, found))
    else:
        told = list_told(before=before, limit=PAGE)
        table = told_table(told, with_replay=may_replay(request), next_url=_further("stuck", told))
    context = {
        "view": view,
        "views": [(name, word, counts["PARKED"] + counts["DEAD"] if name == "stuck" else None)
                  for name, word in VIEWS.items()],
        "tiles": [
            Kpi("Parked", counts["PARKED"], icon="pause", note="tried again by themselves"),
            Kpi("Given up", counts["DEAD"], icon="stop", note="a person decides"),
            Kpi("Wait their turn", counts["DUE"], icon="clock", note="applied in batches"),
            Kpi("Refused today", count_rejected_since(clock.now() - timedelta(days=1)), icon="x", note="in 24 hours"),
        ],
        "table": table,
        "crumbs": [("Payments", reverse("ops:payments")), ("Webhooks", "")],
    }  # fmt: skip
    return render(request, "ops/payments/webhooks.html", context)


def call(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """One call: how it was proved, and each thing it told."""
    found = get_call(call_id)
    line = found.line
    context = {
        "found": found,
        "badge": CALL[CallState(line.state)],
        "title": f"{provider_name(line.provider)} called",
        "facts": [
            ("Call", Id(str(line.id))), ("Came", line.received_at), ("Proof", PROOFS.get(line.proof)),
            ("Why", line.why), ("From", found.address), ("SHA-256", Id(found.sha256, found.sha256[:16])),
        ],
        "again": _read_again(line) if may_replay(request) else None,
        "told": told_table(list(found.told), with_replay=may_replay(request)),
        "crumbs": [("Webhooks", reverse("ops:webhooks")), (f"…{str(line.id)[-8:]}", "")],
    }  # fmt: skip
    return render(request, "ops/payments/call.html", context)


def replay(request: HttpRequest, told_id: UUID) -> HttpResponse:
    kind = replay_told(told_id=told_id, by=actor_of(request), at=clock.now())
    messages.success(request, f"“{TOLD_OF[EventKind(kind)]}” is tried again now.")
    return redirect("ops:webhooks")


def read_again(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """A refused call is proved once more, after whatever refused it was mended."""
    replay_call(call_id=call_id, by=actor_of(request), at=clock.now())
    messages.success(request, "It is read again now, from its bytes on.")
    return redirect("ops:webhook_call", call_id=call_id)


def may_replay(request: HttpRequest) -> bool:
    who = access.who_may("ops:webhook_replay", "POST")
    return who is not None and who.admits(actor_of(request))


def told_table(found: list[ToldLine], *, with_replay: bool, next_url: str = "") -> Table:
    rows = [
        Row(
            [
                Link(f"{provider_name(one.provider)}: {TOLD_OF[EventKind(one.kind)]}", _about(one), one.why or one.key),
                one.amount,
                TOLD[ToldState(one.state)],
                one.tries,
                Due(one.due_at) if one.state == ToldState.PARKED else None,
                Ago(one.received_at),
            ],
            actions=_actions(one, with_replay=with_replay),
        )
        for one in found
    ]
    columns = [
        Column("Told"), Column("Amount", end=True), Column("State", tight=True), Column("Tries", end=True),
        Column("Next try", tight=True), Column("Came", tight=True),
    ]  # fmt: skip
    empty = Empty("Nothing is stuck", "What names no payment of ours yet is parked here and tried again.", icon="check")
    return Table("What providers told", columns, rows, empty, next_url=next_url, keys=True)


def call_table(found: list[CallLine], next_url: str) -> Table:
    rows = [
        Row([
            Link(provider_name(one.provider), reverse("ops:webhook_call", args=[one.id]), one.why),
            PROOFS.get(one.proof), CALL[CallState(one.state)], Ago(one.received_at),
        ])
        for one in found
    ]  # fmt: skip
    columns = [Column("Call"), Column("Proof", tight=True), Column("State", tight=True), Column("Came", tight=True)]
    empty = Empty("No provider called yet", "Every call is stored byte by byte before it is looked at.")
    return Table("Calls of providers", columns, rows, empty, next_url=next_url, keys=True)


def _actions(one: ToldLine, *, with_replay: bool) -> list[Action]:
    about = f"{TOLD_OF[EventKind(one.kind)]} {one.key}"
    actions = [Action("Call", href=reverse("ops:webhook_call", args=[one.call_id]), about=about)] if one.call_id else []
    if with_replay and one.state in (ToldState.PARKED, ToldState.DEAD):
        actions.append(Action("Try again", post=reverse("ops:webhook_replay", args=[one.id]), about=about))
    return actions


def _read_again(line: CallLine) -> Action | None:
    if line.state != CallState.REJECTED:
        return None
    return Action("Read it again", post=reverse("ops:webhook_call_replay", args=[line.id]))


def _about(one: ToldLine) -> str:
    return payment_url(one.payment_id) if one.payment_id else ""


def _further(view: str, found: list[ToldLine] | list[CallLine]) -> str:
    return "?" + urlencode({"view": view, "before": str(found[-1].id)}) if len(found) == PAGE else ""


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("request.invalid", "That is no page of this list.") from None
