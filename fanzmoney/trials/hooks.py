"""What outgoing webhooks can take: the first try in time, a week without a receiver, runners that are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.conf import settings
from django.db import transaction

from foundation import clock
from foundation.actors import system
from foundation.benches import Goal, Measure, bench, length, percentile
from foundation.events import publish
from foundation.faults import Battery, Run, batteries
from foundation.hooks.models import Delivery, Endpoint
from foundation.hooks.sending import free_expired_leases
from foundation.hooks.services import create_endpoint
from foundation.identity.models import Party, Platform
from foundation.ids import uuid7
from processors.payments.events import PaymentAuthorised
from processors.payments.models import Payment

BY = system("trials")
RATE, THINGS, PATIENCE_SECONDS = 100, 50, 120.0
POINTS = ("hooks.claimed", "hooks.answered", "hooks.written")


class Receiver:
    """A receiver on this machine that writes down when what came; while it is down it takes nothing."""

    def __init__(self) -> None:
        self.is_up = True
        self.came: list[tuple[str, int, float]] = []
        outer, self.lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200 if outer.is_up else 503)
                self.send_header("Content-Length", "0")
                self.end_headers()
                if outer.is_up:
                    with outer.lock:
                        outer.came.append((told["object"]["id"], told["sequence"], time.time()))

            def log_message(self, *args: Any) -> None:
                """Its caller writes down enough."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"

    def first_arrivals(self) -> dict[tuple[str, int], float]:
        found: dict[tuple[str, int], float] = {}
        for about, sequence, at in self.came:
            found.setdefault((about, sequence), at)
        return found

    def disordered(self) -> int:
        """How often something arrived for the first time before what came before it."""
        last: dict[str, int] = {}
        wrong = 0
        for about, sequence in self.first_arrivals():
            wrong += sequence != last.get(about, 0) + 1
            last[about] = sequence
        return wrong


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    threading.Thread(target=receiver.server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()


@contextmanager
def runner(**environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A runner in a process of its own."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "runner"]
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def things(count: int) -> list[Payment]:
    """Payments of the first platform, each of which can tell news."""
    here = {"platform": Platform.objects.earliest("slug"), "created_at": clock.now(), "method": "card"}
    fan, creator = Party.objects.create(), Party.objects.create()
    return [
        Payment.objects.create(
            reference=uuid7().hex, product="ppv", fan=fan, creator=creator, amount_minor=999, currency="USD", **here
        )
        for _ in range(count)
    ]


def registered(receiver: Receiver) -> Endpoint:
    """This receiver, alone: those of earlier trials hear no more."""
    Endpoint.objects.update(topics=["nothing"])
    first, at = Platform.objects.earliest("slug"), clock.now()
    return create_endpoint(platform_id=first.pk, url=receiver.url, topics=["txn.auth"], by=BY, at=at).endpoint


def tell(one: Payment) -> tuple[str, int]:
    """One more news of this payment, under its next number."""
    with transaction.atomic():
        publish(PaymentAuthorised(one.pk, one.platform_id, one.fan_id, one.creator_id, "p", 999, "USD"), key=one)
    return str(one.pk), one.news_seq


def wait_for(receiver: Receiver, count: int, *, seconds: float = PATIENCE_SECONDS) -> None:
    until = time.monotonic() + seconds
    while len(receiver.first_arrivals()) < count:
        if time.monotonic() > until:
            raise TimeoutError(f"{len(receiver.first_arrivals())} of {count} webhooks arrived")
        time.sleep(0.1)


def first_try() -> Mapping[str, float]:
    """A hundred news a second, from the commit of each to its arrival."""
    telling, told = things(THINGS), {}
    with receiving() as receiver:
        registered(receiver)
        with runner():
            told[tell(telling[0])] = time.time()
            wait_for(receiver, 1)
            began, count = time.monotonic(), RATE * length.seconds
            for number in range(count):
                time.sleep(max(0.0, began + number / RATE - time.monotonic()))
                told[tell(telling[number % THINGS])] = time.time()
            rate = count / (time.monotonic() - began)
            wait_for(receiver, count + 1)
        came = receiver.first_arrivals()
        late = [1000 * (came[one] - at) for one, at in told.items()][1:]
        return {
            "webhook_first_try": percentile(late, 0.95), "webhook_rate": rate,
            "webhook_disorder": float(receiver.disordered()),
        }  # fmt: skip


def week_down() -> Mapping[str, float]:
    """News come for a week while the receiver is away; the day it is back it has them all, in order."""
    telling, count = things(THINGS), 0
    with receiving() as receiver:
        registered(receiver)
        receiver.is_up = False
        with runner():
            for day in range(7):
                clock.move_clock(ahead=timedelta(days=day))
                for one in telling:
                    tell(one)
                    count += 1
                time.sleep(3)
            receiver.is_up = True
            clock.move_clock(ahead=timedelta(days=6, hours=23))
            wait_for(receiver, count)
        clock.move_clock(ahead=timedelta())
        return {
            "webhook_week_lost": float(count - len(receiver.first_arrivals())),
            "webhook_week_disorder": float(receiver.disordered()),
        }


def kill_runners(points: tuple[str, ...], *, news: int = 20) -> dict[str, int]:
    """Let a runner die by SIGKILL at each point; then one that lives finishes. What was lost, and out of order."""
    telling, count = things(5), 0
    with receiving() as receiver:
        registered(receiver)
        for point in points:
            for number in range(news):
                tell(telling[number % 5])
            count += news
            with runner(CRASH_POINTS=point) as process:
                if process.wait(timeout=PATIENCE_SECONDS) != -signal.SIGKILL:
                    raise RuntimeError(f"the runner was not killed at {point}")
            Delivery.objects.filter(state="SENDING").update(lease_until=clock.now() - timedelta(days=1))
            free_expired_leases()
        with runner():
            wait_for(receiver, count)
        return {"told": count, "lost": count - len(receiver.first_arrivals()), "out_of_order": receiver.disordered()}


def attack_with_kills(run: Run) -> None:
    for _ in run:
        found = kill_runners(tuple(run.random.choices(POINTS, k=3)))
        for wrong in ("lost", "out_of_order"):
            if found[wrong]:
                run.violated(f"{found[wrong]} {wrong} of {found['told']}")


batteries.add("hooks_kill", Battery("Runners killed while they call lose no webhook, and no order", attack_with_kills))
webhooks = bench("webhooks")
webhooks.add(
    "first_try",
    Measure(
        first_try,
        [
            Goal("webhook_first_try", "From the commit to the first try at 100 a second, p95", "ms", 2_000),
            Goal("webhook_rate", "News told meanwhile", "per second", 99, "at least"),
            Goal("webhook_disorder", "Arrived before what came before them", "webhooks", 0, "exactly"),
        ],
        runs=1,
    ),
)
webhooks.add(
    "week_down",
    Measure(
        week_down,
        [
            Goal("webhook_week_lost", "Lost in a week without a receiver", "webhooks", 0, "exactly"),
            Goal("webhook_week_disorder", "Out of order when it was back", "webhooks", 0, "exactly"),
        ],
        runs=1,
    ),
)
