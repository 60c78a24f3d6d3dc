"""A developer's home: the first call, and how things stand."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dashboards.developers.door import my_platform, wall
from dashboards.developers.webhooks import endpoint_badge
from foundation import clock
from foundation.hooks.selectors import health_of, list_endpoints
from foundation.http.components import Column, Empty, Kpi, Link, Row, Table
from foundation.identity.selectors import clients_of, platform_slug


def home(request: HttpRequest) -> HttpResponse:
    platform_id, at = my_platform(request), clock.now()
    clients = [one for one in clients_of(platform_id) if one.active_until is None or one.active_until > at]
    with wall(request):
        endpoints = list(list_endpoints(platform_id))
        health = health_of([one.pk for one in endpoints], at=at)
    waiting, given_up = (sum(getattr(one, name) for one in health.values()) for name in ("waiting", "given_up"))
    webhooks = reverse("developers:webhooks")
    rows = [
        Row([
            Link(str(one), reverse("developers:webhook", args=[one.pk])), endpoint_badge(one), health[one.pk].percent,
            health[one.pk].waiting,
        ])
        for one in endpoints
    ]  # fmt: skip
    columns = [Column("Endpoint"), Column("State", tight=True), Column("Taken", end=True), Column("Waits", end=True)]
    empty = Empty("No webhook yet", "Name an address, and hear of every payment and payout.", icon="out")
    context = {
        "base": settings.PUBLIC_URL,
        "slug": platform_slug(platform_id),
        "client_id": str(clients[0].pk) if clients else "",
        "tiles": [
            Kpi("Programs", len(clients), icon="key", href=reverse("developers:keys")),
            Kpi("Endpoints", len(endpoints), icon="out", href=webhooks),
            Kpi("Wait", waiting, icon="inbox", href=webhooks, note="webhooks on their way"),
            Kpi("Given up", given_up, icon="x", href=webhooks, note="can be replayed"),
        ],
        "table": Table("Endpoints", columns, rows, empty),
    }
    return render(request, "developers/home.html", context)
