"""The providers of payments as a test meets them: the sandbox in a process of its own, once per test process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from fanzmoney.launcher import CHECKOUT, ports
from fanzmoney.launcher.gateways import merchants_of, read_gateways


@dataclass(frozen=True)
class SandboxControl:
    """What a test may order of the outside world."""

    base: str

    def fault(self, provider: str, operation: str, fault: str, times: int = 1, **match: str) -> dict[str, Any]:
        """The next calls of this operation go wrong in this way."""
        order = {"provider": provider, "operation": operation, "fault": fault, "times": times, "match": match}
        return self.ask("/_sandbox/scenarios", order)

    def faults(self) -> list[dict[str, Any]]:
        return self.ask("/_sandbox/scenarios")

    def webhooks(self, provider: str, **switches: Any) -> dict[str, Any]:
        """Turn switches: duplicate, reorder, drop, wrong_signature, delay, scale, url; or replay=<id>."""
        return self.ask("/_sandbox/webhooks", {"provider": provider, **switches})

    def sent(self, provider: str = "", event: str = "", limit: int = 1_000) -> list[dict[str, Any]]:
        """The webhooks so far, newest first, each with its tries."""
        return self.ask(f"/_sandbox/webhooks.json?provider={provider}&event={event}&limit={limit}")["webhooks"]

    def clock(self, ahead_seconds: float) -> dict[str, Any]:
        return self.ask("/_sandbox/clock", {"ahead_seconds": ahead_seconds})

    def latency(self, provider: str, ms: int) -> dict[str, Any]:
        return self.ask("/_sandbox/latency", {"provider": provider, "ms": ms})

    def book(self, provider: str) -> dict[str, Any]:
        """What really happened there."""
        return self.ask(f"/_sandbox/{provider}/book.json")

    def calm(self) -> None:
        """No orders, no switches, no latency, the machine's own time."""
        self.ask("/_sandbox/calm", {})
        self.clock(0)

    def ask(self, path: str, body: Any = None) -> Any:
        """Ask any control address; a refusal is an AssertionError that says why."""
        request = urllib.request.Request(self.base + path, method="GET" if body is None else "POST")  # noqa: S310
        request.add_header("Content-Type", "application/json")
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, data, timeout=30) as reply:  # noqa: S310
                return json.load(reply)
        except urllib.error.HTTPError as refusal:
            with refusal:
                raise AssertionError(f"{path}: {refusal.code} {refusal.read().decode()}") from None


@dataclass(frozen=True)
class GatewayWorld:
    """Where the providers are, and the accounts we have with them."""

    base: str
    gateways: dict[str, dict[str, str]]
    merchants: dict[str, dict[str, str]]
    control: SandboxControl

    def url(self, provider: str) -> str:
        """The base address of one provider."""
        return f"{self.base}/{provider}"


@pytest.fixture(scope="session")
def gateway_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayWorld]:
    """The sandbox running at SANDBOX_URL with the accounts of GATEWAYS_FILE.

    CCBill's webhooks go nowhere until a test says where: `control.webhooks("ccbill", url=...)`.
    """
    folder, base = tmp_path_factory.mktemp("gateways"), os.environ["SANDBOX_URL"]
    gateways = read_gateways(Path(os.environ["GATEWAYS_FILE"]))
    merchants = merchants_of(gateways, ccbill_webhooks="")
    (folder / "merchants.json").write_text(json.dumps(merchants))
    http, smtp = str(urlsplit(base).port), str(ports.any_free())
    line = [sys.executable, "-m", "sandbox", "--smtp-port", smtp, "--http-port", http]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*line, "--merchants", str(folder / "merchants.json"), "--seed", "1"],
            cwd=CHECKOUT,
            env={"FANZ_ENV": "test"},
            stdout=log,
            stderr=log,
        )
    try:
        _wait_until_it_answers(process, base, folder / "log")
        yield GatewayWorld(base, gateways, merchants, SandboxControl(base))
    finally:
        process.kill()
        process.wait(timeout=10)


@pytest.fixture
def gateways(gateway_world: GatewayWorld) -> Iterator[GatewayWorld]:
    """The same world, calm before and after this test; what earlier tests bought is still in its books."""
    gateway_world.control.calm()
    yield gateway_world
    gateway_world.control.calm()


def _wait_until_it_answers(process: subprocess.Popen[bytes], base: str, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{base}/healthz", timeout=2):  # noqa: S310
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"the sandbox did not answer in 30 s: {log.read_text()}")
