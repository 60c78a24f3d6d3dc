"""`bench house`: what a newcomer waits for, and what the ground floor promises to all others."""

from __future__ import annotations

import functools
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from fanzmoney.demo.news_trials import measure_flush, measure_outbox_latency
from fanzmoney.launcher.measure import copy_of, running
from foundation.benches import Goal, Measure, bench, percentile
from foundation.http import access
from foundation.http.routes import every_route
from foundation.identity.models import SessionMark
from foundation.identity.session_store import digest
from foundation.switches.registry import switches
from foundation.switches.selectors import is_stopped
from foundation.switches.states import Kind

RENDERS_PER_PAGE = 3
house = bench("house")


def cold_up() -> Mapping[str, float]:
    """A fresh clone with empty caches, until the first page answers."""
    with copy_of(settings.BASE_DIR, with_environment=False) as checkout:
        with tempfile.TemporaryDirectory(prefix="fanz-cache-") as caches:
            empty = dict.fromkeys(("UV_CACHE_DIR", "PIP_CACHE_DIR", "XDG_CACHE_HOME"), caches)
            with running(checkout, environment=empty) as up:
                ready = up.ready_seconds
                up.end()
    return {"cold_up": ready}


def warm_up() -> Mapping[str, float]:
    """The second start, what it weighs, how long it takes to stop, and what a killed launcher leaves behind."""
    with copy_of(settings.BASE_DIR, with_environment=True) as checkout:
        with running(checkout) as first:
            first.end()
        with running(checkout) as second:
            time.sleep(3)
            figures = {"warm_up": second.ready_seconds, "memory": float(second.megabytes())}
            figures["idle_stop"] = second.end()
        with running(checkout) as third:
            figures["stop_after_kill"] = third.end(signal.SIGKILL)
    return figures


def switch_read() -> Mapping[str, float]:
    """Asking whether a flow runs, from memory, as every path does."""
    key = next(name for name, declared in switches.items() if declared.kind == Kind.KILL)
    is_stopped(key)
    began, count = time.perf_counter(), 20_000
    for _ in range(count):
        is_stopped(key)
    return {"switch_read": (time.perf_counter() - began) * 1000 / count}


def outbox_latency() -> Mapping[str, float]:
    return {"outbox_latency": measure_outbox_latency(rate=200, seconds=10)["p95_ms"]}


def flush() -> Mapping[str, float]:
    found = measure_flush(100_000)
    return {"flush_lost": found["lost"], "flush_doubled": found["doubled"], "flush_order": found["out_of_order"]}


@functools.cache
def _people() -> list[Client]:
    """A browser per demo login, signed in with a second factor."""
    call_command("demo_seed", "--json", stdout=io.StringIO())
    clients = [Client(raise_request_exception=False)]
    for user in get_user_model().objects.filter(is_demo=True).order_by("pk"):
        if not user.has_usable_password():
            continue
        client = Client(raise_request_exception=False)
        client.force_login(user)
        mark = SessionMark.objects.filter(session_key=digest(client.session.session_key or ""))
        mark.update(second_factor_at=timezone.now(), stepped_up_at=timezone.now())
        clients.append(client)
    return clients


def render() -> Mapping[str, float]:
    """Every page without an id in its address, for everyone who may see it."""
    took = []
    routes = [
        route for route in every_route() if "<" not in route.path and not route.path.startswith(("/api/", "/metrics"))
    ]
    pages = [route.path for route in routes if "GET" in (access.row_for(route.name) or {})]
    for client in _people():
        for page in pages:
            if client.get(page).status_code != 200:
                continue
            for _ in range(RENDERS_PER_PAGE):
                began = time.perf_counter()
                client.get(page)
                took.append((time.perf_counter() - began) * 1000)
    return {"page_render": percentile(took, 0.95)}


def looked_at() -> Mapping[str, float]:
    """Every page in both themes and two widths, by the browser tests, which write down what they weighed and found."""
    with tempfile.TemporaryDirectory(prefix="fanz-figures-") as folder:
        chosen = ["tests/browser/test_shell.py", "--all-variants", "-k", "clean_light_and_fits", "-q"]
        line = [sys.executable, str(settings.BASE_DIR / "manage.py"), "test", *chosen]
        with (Path(folder) / "log").open("w") as log:
            environment = {**os.environ, "FIGURES": folder}
            subprocess.run(line, env=environment, cwd=settings.BASE_DIR, stdout=log, stderr=log, check=False)  # noqa: S603
        seen = [json.loads(said) for file in Path(folder).glob("*.jsonl") for said in file.read_text().splitlines()]
        if not seen:
            raise RuntimeError("the browser looked at nothing: " + (Path(folder) / "log").read_text()[-400:])
    return {
        "page_weight": max(page["bytes"] for page in seen) / 1000,
        "axe": sum(page["violations"] for page in seen),
        "pages": len(seen),
    }


house.add("switch_read", Measure(switch_read, [Goal("switch_read", "Reading a switch, warm", "ms", 0.05)]))
house.add("page_render", Measure(render, [Goal("page_render", "Rendering a page, p95", "ms", 150)], runs=2))
house.add(
    "outbox_latency",
    Measure(outbox_latency, [Goal("outbox_latency", "Outbox to consumer at 200 events a second, p95", "ms", 250)]),
)
house.add(
    "flush",
    Measure(
        flush,
        [
            Goal("flush_lost", "Of 100,000 events with a FLUSHALL in the middle, lost", "events", 0, "exactly"),
            Goal("flush_doubled", "Of them applied twice", "events", 0, "exactly"),
            Goal("flush_order", "Of them out of order", "events", 0, "exactly"),
        ],
        runs=1,
    ),
)
house.add(
    "warm_up",
    Measure(
        warm_up,
        [
            Goal("warm_up", "`up` to READY, warm", "s", 12),
            Goal("memory", "Memory of the whole (PSS)", "MB", 700),
            Goal("idle_stop", "Stopping until no process is left", "s", 5),
            Goal("stop_after_kill", "After kill -9 of the launcher until no process is left", "s", 5),
        ],
    ),
)
house.add("cold_up", Measure(cold_up, [Goal("cold_up", "`up` to READY from empty caches", "s", 60)], runs=1))
house.add(
    "pages",
    Measure(
        looked_at,
        [
            Goal("page_weight", "The heaviest page, cold", "kB", 150),
            Goal("axe", "axe violations over all pages, themes and widths", "violations", 0, "exactly"),
            Goal("pages", "Pages looked at, in four variants", "views", 40, "at least"),
        ],
        runs=1,
    ),
)
