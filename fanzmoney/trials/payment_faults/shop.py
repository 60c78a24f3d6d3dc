"""A platform that buys over HTTP from a web process that may be killed, with CCBill played beside it."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from fanzmoney.demo.merchants import accounts
from fanzmoney.demo.programs import seed_platform_programs
from fanzmoney.launcher import ports
from fanzmoney.launcher.gateways import merchants_of, read_gateways
from foundation import clock, nearby
from foundation.actors import system
from foundation.identity.models import Platform
from foundation.identity.roles import Role
from foundation.identity.services import MemberIn, upsert_members
from foundation.ids import uuid7
from processors.payments.models import MerchantAccount

BATTERY = system("battery")
PLATFORM = "boyfanz"
PATIENCE_SECONDS = 60


class WentAway(Exception):
    """The process at the other end is gone, or not there yet."""


@dataclass
class Shop:
    """Where the house and CCBill answer, and the process that can be told where to die."""

    port: int
    sandbox: str
    web: subprocess.Popen[str]
    secret: tuple[str, str]

    def start(self, point: str = "") -> int:
        """A web process, to die at this point; its number once it answers."""
        pid = self._told(f"start {point}")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self.ask("GET", "/livez")
            except WentAway:
                if time.monotonic() > deadline:
                    raise RuntimeError("the web process does not answer") from None
                time.sleep(0.02)
            else:
                return pid

    def ended(self) -> int:
        """How it ended: negative by which signal."""
        return self._told("wait")

    def stop(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        self.ended()

    def bearer(self) -> str:
        proof = base64.b64encode(":".join(self.secret).encode()).decode()
        said = urlencode({"grant_type": "client_credentials"})
        kind = "application/x-www-form-urlencoded"
        _, answer = self.ask(
            "POST", "/api/v1/oauth/token", said, {"Authorization": f"Basic {proof}", "Content-Type": kind}
        )
        return str(answer["access_token"])

    def ask(
        self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Ask the house; WentAway when nobody is there to answer."""
        url = f"http://localhost:{self.port}{path}"
        return _ask(urllib.request.Request(url, body.encode() or None, headers or {}, method=method))

    def control(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask or order something of the played providers."""
        sent = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(  # noqa: S310
            f"{self.sandbox}{path}", sent, {"Content-Type": "application/json"}
        )
        return _ask(request)[1]

    def _told(self, line: str) -> int:
        assert self.web.stdin is not None
        assert self.web.stdout is not None
        self.web.stdin.write(line + "\n")
        self.web.stdin.flush()
        return int(self.web.stdout.readline())


@contextmanager
def shop() -> Iterator[Shop]:
    """CCBill is played and the house imported; nothing of the house runs yet."""
    with ExitStack() as ends, tempfile.TemporaryDirectory() as folder:
        port, sandbox = ports.any_free(), _sandbox(ends, Path(folder))
        found = accounts(sandbox)["ccbill-main"]
        MerchantAccount.objects.update_or_create(slug="ccbill-main", defaults={**found, "is_open": True})
        MerchantAccount.objects.exclude(slug="ccbill-main").update(is_open=False)
        nearby.forget_all()
        upsert_people(["maya"], Role.CREATOR)
        secret = seed_platform_programs(are_secrets_kept=False)[PLATFORM]
        web = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "fanzmoney.trials.payment_faults.web", str(port)], cwd=settings.BASE_DIR, text=True,
            env={**os.environ, "PUBLIC_URL": f"http://localhost:{port}"}, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        ends.callback(_end, web)
        ends.callback(clock.move_clock, ahead=timedelta())
        yield Shop(port, sandbox, web, (str(secret.client_id), secret.secret))


def upsert_people(names: list[str], role: Role) -> None:
    platform = Platform.objects.get(slug=PLATFORM)
    members = [MemberIn(name, handle=f"{name}-{uuid7().hex[-12:]}") for name in names]
    upsert_members(platform_id=platform.pk, role=role, members=members, by=BATTERY, at=clock.now())


def _sandbox(ends: ExitStack, folder: Path) -> str:
    """Its address, once it answers. What it tells by webhooks goes nowhere: whoever wants to know has to ask."""
    merchants = folder / "merchants.json"
    known = read_gateways(Path(settings.GATEWAYS_FILE))
    merchants.write_text(json.dumps(merchants_of(known, ccbill_webhooks="")))
    http, smtp = ports.any_free(), ports.any_free()
    line = ["-m", "sandbox", "--http-port", str(http), "--smtp-port", str(smtp), "--merchants", str(merchants)]
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, *line], cwd=settings.BASE_DIR, env={"FANZ_ENV": "test"}, stdout=subprocess.DEVNULL
    )
    ends.callback(_end, process)
    address, deadline = f"http://127.0.0.1:{http}", time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            _ask(urllib.request.Request(f"{address}/healthz"))  # noqa: S310
        except WentAway:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the sandbox does not answer") from None
            time.sleep(0.05)
        else:
            return address


def _ask(request: urllib.request.Request) -> tuple[int, dict[str, Any]]:
    try:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                status, body = refused.code, refused.read()
    except (OSError, HTTPException) as gone:
        raise WentAway(str(gone)) from gone
    try:
        said = json.loads(body)
    except ValueError:
        said = {}
    return status, said if isinstance(said, dict) else {"said": said}


def _end(process: subprocess.Popen[Any]) -> None:
    process.kill()
    process.wait(timeout=10)
