"""The endpoints of a platform, and a new one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.forms.boundfield import BoundWidget
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from dashboards.developers.door import asked, wall
from dashboards.developers.words import ENDPOINTS, FAILING
from foundation import clock
from foundation.errors import Refusal
from foundation.hooks.models import Endpoint
from foundation.hooks.rules.addresses import MOST_CHARACTERS
from foundation.hooks.selectors import Health, health_of, list_endpoints
from foundation.hooks.services import create_endpoint
from foundation.hooks.states import EndpointState
from foundation.hooks.topics import TOPICS
from foundation.http.components import Badge, Column, Empty, Link, Row, Table
from foundation.http.forms import Words

USUAL = ("txn.capture", "txn.declined", "txn.refund", "txn.dispute", "payout.paid")


GROUPS = {"txn": "Payments", "subscription": "Subscriptions", "payout": "Payouts"}
EVERY = ".*"


@dataclass(frozen=True, slots=True)
class Group:
    """The topics whose names begin with one word: their boxes, each with when it is told, after one for all of them."""

    title: str
    boxes: list[tuple[BoundWidget, str]]


class EndpointForm(forms.Form):
    url = forms.CharField(
        label="Address", max_length=MOST_CHARACTERS,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    name = Words(label="Name", max_length=80, required=False, help_text="For your own lists.")
    topics = forms.MultipleChoiceField(
        label="What it is told", widget=forms.CheckboxSelectMultiple, help_text="It hears of what happens from now on."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = " Here http://localhost with any port works too." if settings.HOOKS_MAY_CALL_HERE else ""
        self.fields["url"].help_text = f"An https address of yours that takes POST, on port 443 or 8443.{here}"
        words = dict.fromkeys([*GROUPS, *(type.partition(".")[0] for type in TOPICS)])
        self.by_word = {word: [type for type in TOPICS if type.startswith(f"{word}.")] for word in words}
        self.fields["topics"].choices = [  # type: ignore[attr-defined]
            choice
            for word, types in self.by_word.items()
            for choice in [(word + EVERY, f"All {len(types)} of these"), *((type, type) for type in types)]
        ]

    def groups(self) -> Iterator[Group]:
        boxes = {box.data["value"]: box for box in self["topics"].subwidgets}
        for word, types in self.by_word.items():
            each = [(boxes[type], TOPICS[type].told_when) for type in types]
            yield Group(GROUPS.get(word, word.capitalize()), [(boxes[word + EVERY], ""), *each])

    def clean_topics(self) -> list[str]:
        """Every topic by its name: whoever ticks all of a kind chooses those there are."""
        said = self.cleaned_data["topics"]
        return [type for word, types in self.by_word.items() for type in types if {type, word + EVERY} & {*said}]

    def show(self, refusal: Refusal) -> None:
        """Put a refusal beside the field it is about."""
        field = {"hooks.unsafe_url": "url", "hooks.unknown_topic": "topics"}.get(refusal.code)
        self.add_error(field, refusal.detail)


@sensitive_variables("made")
def webhooks(request: HttpRequest) -> HttpResponse:
    """The list, and below it the form; a new endpoint's secret is shown on the page that answers."""
    form = EndpointForm(request.POST or None, initial={"topics": USUAL})
    made = None
    if request.method == "POST" and form.is_valid():
        try:
            with wall(request):
                made = create_endpoint(**form.cleaned_data, **asked(request))
        except Refusal as refusal:
            form.show(refusal)
    if made:
        return show_secret(request, made.endpoint, made.secret)
    with wall(request) as platform_id:
        endpoints = list(list_endpoints(platform_id))
        health = health_of([one.pk for one in endpoints], at=clock.now())
    rows = [_row(one, health[one.pk]) for one in endpoints]
    columns = [
        Column("Endpoint"), Column("State", tight=True), Column("Taken", end=True), Column("p95", end=True),
        Column("Waits", end=True), Column("Given up", end=True),
    ]  # fmt: skip
    empty = Empty(
        "No endpoint yet", "Name an address of yours below. In the sandbox there is a receiver to try with.", icon="out"
    )
    context = {
        "table": Table("Endpoints", columns, rows, empty),
        "form": form,
        "is_open": not endpoints or bool(form.errors),
    }
    return render(request, "developers/webhooks.html", context, status=422 if form.errors else 200)


def show_secret(request: HttpRequest, endpoint: Endpoint, secret: str) -> HttpResponse:
    """The one page that ever shows it."""
    crumbs = [("Webhooks", reverse("developers:webhooks")), ("Secret", "")]
    context = {"endpoint": endpoint, "secret": secret, "crumbs": crumbs}
    return render(request, "developers/secret.html", context)


def endpoint_badge(one: Endpoint) -> Badge:
    if one.state == EndpointState.ON and one.failing_since:
        return FAILING
    return ENDPOINTS[EndpointState(one.state)]


def _row(one: Endpoint, health: Health) -> Row:
    topics = f"{len(one.topics)} topics" if len(one.topics) > 1 else one.topics[0]
    about = f"{one.url} · {topics}" if one.name else topics
    p95 = None if health.p95_milliseconds is None else f"{health.p95_milliseconds} ms"
    return Row([
        Link(str(one), reverse("developers:webhook", args=[one.pk]), about), endpoint_badge(one), health.percent, p95,
        health.waiting, health.given_up,
    ])  # fmt: skip
