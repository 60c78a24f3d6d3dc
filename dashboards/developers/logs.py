"""What the platform's programs asked for under keys of their own, and what became of it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboards.developers.door import my_platform, wall
from foundation.errors import Invalid
from foundation.http.components import Ago, Badge, Column, Empty, Id, Row, Table
from foundation.idempotency.selectors import RequestLine, list_requests
from foundation.identity.selectors import clients_of

PAGE = 50
PATHS = {"processors.payment": "payments", "processors.refund": "refunds", "processors.subscription": "subscriptions"}


def logs(request: HttpRequest) -> HttpResponse:
    before = request.GET.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) < 19):
        raise Invalid("request.invalid", "That is no page of this list.")
    names = {f"client:{one.pk}": one.name for one in clients_of(my_platform(request))}
    with wall(request) as platform_id:
        found = list_requests(platform_id, before=int(before) if before else None, limit=PAGE)
    columns = [
        Column("Request"), Column("Program"), Column("Answer", tight=True), Column("Made"),
        Column("When", tight=True),
    ]  # fmt: skip
    empty = Empty("No request yet", "Requests that change something stand here, with what they made.", icon="code")
    older = "?" + urlencode({"before": found[-1].number}) if len(found) == PAGE else ""
    rows = [_row(one, names.get(one.caller, one.caller)) for one in found]
    table = Table("Requests", columns, rows, empty, next_url=older, keys=True)
    return render(request, "developers/logs.html", {"table": table})


def _row(one: RequestLine, program: str) -> Row:
    if one.status is None:
        badge = Badge("Open", "review", "clock")
    else:
        badge = Badge(str(one.status), "normal" if one.status < 300 else "frozen", "check" if one.status < 300 else "x")
    kind, path = one.resource_type.rpartition(".")[2], PATHS.get(one.resource_type)
    made = Id(f"/api/v1/{path}/{one.resource_id}", f"{kind} …{one.resource_id[-12:]}") if path else None
    return Row([Id(one.key, one.key[:40]), program, badge, made, Ago(one.at)])
