"""What a developer reads: the events, the sandbox, what changed."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboards.developers.door import my_platform
from foundation import clock
from foundation.hooks.topics import TOPICS

SCENARIOS = (
    (
        "A payment that is taken",
        "txn.auth, txn.capture",
        "Charge the token the payment page gives for a good card, with an amount whose cents are not 04 to 22.",
    ),
    (
        "A payment that is declined",
        "txn.declined",
        "Charge a good token with an amount that ends in .04, or a card that the provider's page lists as declined.",
    ),
    ("A refund", "txn.refund", "POST /api/v1/refunds with the payment's id."),
    ("A chargeback", "txn.dispute, txn.dispute_closed", "Send one from the sandbox's page of the provider."),
    ("An outage", "", "On the control page let the next calls time out; your payment becomes UNKNOWN and is solved."),
    ("Your receiver breaks", "", "On the receiver's page choose another answer, then replay from here."),
)


@dataclass(frozen=True, slots=True)
class Release:
    """One version and what it brought."""

    name: str
    lines: tuple[str, ...]


def events(request: HttpRequest) -> HttpResponse:
    my_platform(request)
    shown = [
        {
            "type": topic.type, "about": topic.about, "told_when": topic.told_when,
            "data": json.dumps(topic.example, indent=2, cls=DjangoJSONEncoder, ensure_ascii=False),
        }
        for topic in TOPICS.values()
    ]  # fmt: skip
    return render(request, "developers/events.html", {"topics": shown})


def sandbox(request: HttpRequest) -> HttpResponse:
    my_platform(request)
    base = settings.SANDBOX_URL.rstrip("/")
    context = {
        "base": f"{base}/_sandbox" if base else "",
        "scenarios": SCENARIOS,
        "now": clock.now(),
        "is_moved": clock.is_moved(),
    }
    return render(request, "developers/sandbox.html", context)


def changelog(request: HttpRequest) -> HttpResponse:
    my_platform(request)
    return render(request, "developers/changelog.html", {"releases": _releases()})


@functools.cache
def _releases() -> list[Release]:
    text = (settings.BASE_DIR / "CHANGELOG.md").read_text(encoding="utf-8")
    found = []
    for part in text.split("\n## ")[1:]:
        name, _, body = part.partition("\n")
        items = [re.sub(r"\s+", " ", item).strip() for item in re.split(r"^- ", body, flags=re.MULTILINE)]
        found.append(Release(name.strip(), tuple(item for item in items if item)))
    return found
