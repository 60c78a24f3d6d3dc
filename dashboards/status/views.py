"""What anybody may know about how we are doing."""

from __future__ import annotations

import redis
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from foundation.http.components import Badge
from foundation.switches.selectors import is_stopped

WORKING, DELAYED = Badge("Working", "normal", "check"), Badge("Delayed", "delayed", "pause")
PAUSED = Badge("Paused", "delayed", "pause")
# What anybody may know of our switches, in words for those it touches.
TOLD_TO_ALL = (
    ("login.portals", "Signing in to the portals", "New sign-ins of creators and fans"),
    ("people.upsert", "Programs of platforms", "Adding and changing creators and fans"),
)


def background_work() -> Badge:
    """Whether messages and background work flow; without them everything is kept and waits."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as door:
            door.ping()
    except redis.RedisError:
        return DELAYED
    return WORKING


def page(request: HttpRequest) -> HttpResponse:
    parts = [
        ("Pages and programs", "Dashboards and the API", WORKING),
        *((name, what, PAUSED if is_stopped(key) else WORKING) for key, name, what in TOLD_TO_ALL),
        ("Messages and background work", "E-mail, live updates and news to platforms", background_work()),
    ]
    shown = [badge for *_, badge in parts]
    context = {"parts": parts, "is_paused": PAUSED in shown, "is_delayed": DELAYED in shown}
    return render(request, "status/page.html", context)
