"""What anybody may know about how we are doing."""

from __future__ import annotations

import redis
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from foundation.http.components import Badge

WORKING, DELAYED = Badge("Working", "normal", "check"), Badge("Delayed", "delayed", "pause")


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
        ("Pages and programs", "Signing in, dashboards and the API", WORKING),
        ("Messages and background work", "E-mail, live updates and news to platforms", background_work()),
    ]
    return render(request, "status/page.html", {"parts": parts, "all_well": all(b is WORKING for *_, b in parts)})
