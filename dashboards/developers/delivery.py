"""One message on its way to one endpoint: what was sent, what was answered, and once more."""

from __future__ import annotations

import json
import shlex
import time
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboards.developers.door import asked, wall
from dashboards.developers.words import ERRORS, answer_words, delivery_badge
from foundation.errors import Refusal
from foundation.hooks.models import Attempt, Delivery, Endpoint
from foundation.hooks.replaying import replay_delivery
from foundation.hooks.rules.retrying import is_success
from foundation.hooks.selectors import get_delivery, list_attempts
from foundation.hooks.signing import headers_for, unsealed
from foundation.hooks.states import DeliveryState
from foundation.http.components import Moment


def delivery(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    with wall(request) as platform_id:
        found = get_delivery(delivery_id, platform_id=platform_id)
        attempts = list_attempts(found)
    endpoint, (kind, _, id) = found.endpoint, found.about.partition(":")
    context = {
        "delivery": found,
        "endpoint": endpoint,
        "badge": delivery_badge(found),
        "answer": answer_words(found),
        "about_url": reverse(f"developers:{kind}", args=[id]) if kind in ("payment", "subscription") else "",
        "is_waiting": found.state == DeliveryState.DUE,
        "may_replay": found.state != DeliveryState.SENDING and endpoint.state != "REMOVED",
        "body": json.dumps(json.loads(found.message.body), indent=2, ensure_ascii=False),
        "curl": _curl(endpoint, found) if endpoint.state != "REMOVED" else "",
        "moments": [_moment(one) for one in attempts],
        "said": attempts[0].said if attempts else "",
        "api": f"/api/v1/webhooks/deliveries/{found.pk}/replay",
        "crumbs": [
            ("Webhooks", reverse("developers:webhooks")),
            (str(endpoint), reverse("developers:webhook", args=[endpoint.pk])),
            (found.message.type, ""),
        ],
    }
    return render(request, "developers/delivery.html", context)


def replay(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    try:
        with wall(request):
            replay_delivery(**asked(request, delivery_id=delivery_id))
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        messages.error(request, refusal.detail)
    else:
        messages.success(request, "It is sent again now, signed for this moment, under its old id.")
    return redirect("developers:delivery", delivery_id=delivery_id)


def _moment(one: Attempt) -> Moment:
    is_taken = is_success(one.status)
    words = f"Answered {one.status}" if one.status is not None else f"Failed: {ERRORS.get(one.error, one.error)}"
    tone, icon = ("normal", "check") if is_taken else ("frozen", "x")
    return Moment(one.at, words, detail=f"after {one.milliseconds} ms", tone=tone, icon=icon)  # type: ignore[arg-type]


def _curl(endpoint: Endpoint, one: Delivery) -> str:
    """The same call by hand, signed for now: a receiver takes it for five minutes."""
    body = one.message.body
    headers = headers_for(one.message.webhook_id, body.encode(), at=int(time.time()), keys=[unsealed(endpoint.secret)])
    lines = [f"curl -i {shlex.quote(endpoint.url)}", "-H 'Content-Type: application/json'"]
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    return " \\\n  ".join([*lines, f"--data-raw {shlex.quote(body)}"])
