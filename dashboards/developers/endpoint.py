"""One endpoint: how it does, what it was told, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from dashboards.developers.door import asked, before, for_a_file, my_platform, wall
from dashboards.developers.webhooks import EndpointForm, endpoint_badge, show_secret
from dashboards.developers.words import answer_words, delivery_badge
from foundation import clock
from foundation.errors import Invalid, Refusal
from foundation.hooks import services
from foundation.hooks.models import Delivery, Endpoint
from foundation.hooks.replaying import replay_failed
from foundation.hooks.rules.retrying import KEPT
from foundation.hooks.selectors import get_endpoint, health_of, list_deliveries
from foundation.hooks.states import DeliveryState, EndpointState
from foundation.hooks.topics import TEST
from foundation.http.components import Action, Ago, Column, Due, Empty, Kpi, Link, Row, Table
from foundation.http.tables import streamed

PAGE = 25
VIEWS = {
    "": "All",
    DeliveryState.DUE: "Waiting",
    DeliveryState.GIVEN_UP: "Given up",
    DeliveryState.DELIVERED: "Delivered",
}
COLUMNS = (
    "webhook_id", "type", "about", "sequence", "state", "tries", "last_status", "last_error", "told_at", "done_at",
)  # fmt: skip


class Narrowed(forms.Form):
    """Which of an endpoint's deliveries: those of one topic, in the view that is open."""

    state = forms.CharField(required=False, widget=forms.HiddenInput)
    type = forms.ChoiceField(label="Topic", required=False)

    def __init__(self, state: str, topic: str, *, endpoint: Endpoint) -> None:
        super().__init__({"state": state, "type": topic})
        told = sorted({*endpoint.topics, TEST, topic} - {""})
        self.fields["type"].choices = [("", "All"), *((one, one) for one in told)]  # type: ignore[attr-defined]


def one(request: HttpRequest, endpoint_id: UUID, form: EndpointForm | None = None) -> HttpResponse:
    at, (state, topic) = clock.now(), _chosen(request)
    with wall(request) as platform_id:
        endpoint = get_endpoint(endpoint_id, platform_id=platform_id)
        health = health_of([endpoint.pk], at=at)[endpoint.pk]
        rows = list_deliveries(platform_id, endpoint_id=endpoint.pk, state=state, type=topic)
        start = before(request)
        found = list((rows.filter(pk__lt=start) if start else rows)[: PAGE + 1])
    query = {"state": state, "type": topic}
    older = "?" + urlencode({**query, "before": str(found[PAGE - 1].pk)}) if len(found) > PAGE else ""
    p95 = "–" if health.p95_milliseconds is None else health.p95_milliseconds
    is_on = endpoint.state == EndpointState.ON
    context = {
        "endpoint": endpoint,
        "badge": endpoint_badge(endpoint),
        "tiles": [
            Kpi("Taken", health.percent or "–", icon="check", note=f"of {health.tries} tries in 24 hours"),
            Kpi("p95", p95, icon="clock", unit="ms" if health.tries else "", note="until it answered"),
            Kpi("Waits", health.waiting, icon="inbox", note="sent in their order"),
            Kpi("Given up", health.given_up, icon="x", note="can be replayed"),
        ],
        "table": _table(found[:PAGE], older, is_narrowed=bool(state or topic)),
        "views": [(urlencode({"state": key, "type": topic}), word, key == state) for key, word in VIEWS.items()],
        "filters": Narrowed(state, topic, endpoint=endpoint),
        "topic": topic,
        "is_on": is_on,
        "may_replay": is_on and (health.waiting or health.given_up),
        "holds_two": endpoint.previous_until is not None and endpoint.previous_until > at,
        "form": form or EndpointForm(initial={"url": endpoint.url, "name": endpoint.name, "topics": endpoint.topics}),
        "file_url": reverse("developers:deliveries_file", args=[endpoint.pk]) + "?" + urlencode(query),
        "api": f"/api/v1/webhooks/endpoints/{endpoint.pk}",
        "crumbs": [("Webhooks", reverse("developers:webhooks")), (str(endpoint), "")],
    }
    return render(request, "developers/webhook.html", context, status=422 if form else 200)


def deliveries_file(request: HttpRequest, endpoint_id: UUID) -> StreamingHttpResponse:
    """What is kept of this endpoint's deliveries, as CSV."""
    platform_id, (state, topic) = my_platform(request), _chosen(request)
    with wall(request):
        get_endpoint(endpoint_id, platform_id=platform_id)
    rows = list_deliveries(platform_id, endpoint_id=endpoint_id, state=state, type=topic)
    return streamed(f"webhooks-{clock.now():%Y%m%d}", COLUMNS, map(_line, for_a_file(request, rows)), "csv")


def change(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    form = EndpointForm(request.POST)
    if form.is_valid():
        try:
            with wall(request):
                who = asked(request, endpoint_id=endpoint_id)
                services.change_endpoint(**{name: who[name] for name in who if name != "at"}, **form.cleaned_data)
        except Refusal as refusal:
            if refusal.status == 404:
                raise
            form.show(refusal)
    if form.errors:
        return one(request, endpoint_id, form)
    messages.success(request, "Changed. What waits goes to the address as it is now.")
    return redirect("developers:webhook", endpoint_id=endpoint_id)


@sensitive_variables("made")
def secret(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    with wall(request):
        made = services.rotate_secret(**asked(request, endpoint_id=endpoint_id))
    return show_secret(request, made.endpoint, made.secret)


def test(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    return _done(request, endpoint_id, services.send_test, "A test message is on its way.")


def off(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    return _done(request, endpoint_id, services.turn_off, "Off. Messages wait here.")


def on(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    return _done(request, endpoint_id, services.turn_on, "On. What waited is being sent.")


def replay(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    def all_failed(**who: Any) -> str:
        count = replay_failed(since=who["at"] - KEPT, **who)
        if not count:
            return "Nothing is left to send again."
        return f"{count:,} {'message is' if count == 1 else 'messages are'} sent again now, in their order."

    return _done(request, endpoint_id, all_failed)


def remove(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    with wall(request) as platform_id:
        endpoint = get_endpoint(endpoint_id, platform_id=platform_id)
        if request.POST.get("confirm", "").strip() != "remove":
            raise Invalid("request.invalid", "Type remove, so that nothing is removed by accident.")
        services.remove_endpoint(**asked(request, endpoint_id=endpoint_id))
    messages.success(request, f"{endpoint} is removed.")
    return redirect("developers:webhooks")


def _done(request: HttpRequest, endpoint_id: UUID, verb: Callable[..., object], said: str = "") -> HttpResponse:
    try:
        with wall(request):
            did = verb(**asked(request, endpoint_id=endpoint_id))
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        messages.error(request, refusal.detail)
    else:
        messages.success(request, said or str(did))
    return redirect("developers:webhook", endpoint_id=endpoint_id)


def _chosen(request: HttpRequest) -> tuple[str, str]:
    state, topic = request.GET.get("state", ""), request.GET.get("type", "")
    if state not in VIEWS or len(topic) > 60 or "\x00" in topic:
        raise Invalid("request.invalid", "There is no such list.")
    return state, topic


def _table(found: list[Delivery], older: str, *, is_narrowed: bool) -> Table:
    rows = [
        Row(
            [
                Link(one.message.type, reverse("developers:delivery", args=[one.pk]), short(one.about)), one.sequence,
                delivery_badge(one), answer_words(one), one.tries,
                Due(one.due_at) if one.state == DeliveryState.DUE and one.tries else None, Ago(one.message.told_at),
            ],
            actions=[
                Action("Replay", post=reverse("developers:delivery_replay", args=[one.pk]), about=one.message.type)
            ]
            if one.tries and one.state != DeliveryState.SENDING
            else [],
        )
        for one in found
    ]  # fmt: skip
    columns = [
        Column("Event"), Column("Sequence", end=True), Column("State", tight=True), Column("Answer"),
        Column("Tries", end=True), Column("Next try", tight=True), Column("Told", tight=True),
    ]  # fmt: skip
    nothing = Empty("Nothing fits", "Choose another view.", icon="search")
    fresh = Empty("Nothing was told yet", "Send a test message, or make a payment in the sandbox.", icon="out")
    return Table("Deliveries", columns, rows, nothing if is_narrowed else fresh, next_url=older, keys=True)


def short(about: str) -> str:
    """`payment:0199…7f3a` reads `payment …7f3a`."""
    kind, _, id = about.partition(":")
    return f"{kind} …{id[-12:]}"


def _line(one: Delivery) -> dict[str, Any]:
    told = one.message
    kept = ("about", "sequence", "state", "tries", "last_status", "last_error", "done_at")
    return {name: getattr(one, name) for name in kept} | {
        "webhook_id": told.webhook_id, "type": told.type, "told_at": told.told_at,
    }  # fmt: skip
