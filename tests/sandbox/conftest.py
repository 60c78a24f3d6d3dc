import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

from tests.sandbox.ccbill_client import CCBill, Shop
from tests.sandbox.nodes import MERCHANT, Nodes

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: str


@dataclass(frozen=True)
class Sandbox:
    process: subprocess.Popen[str]
    log: Path
    smtp_port: int
    http_port: int

    def get(self, path: str) -> Answer:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}{path}", timeout=10) as reply:
                return Answer(reply.status, reply.headers, reply.read().decode())
        except urllib.error.HTTPError as reply:
            with reply:
                return Answer(reply.code, reply.headers, reply.read().decode())

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=10)


def free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def command(smtp_port: int, http_port: int) -> list[str]:
    return [sys.executable, "-m", "sandbox", "--smtp-port", str(smtp_port), "--http-port", str(http_port)]


@contextmanager
def running_sandbox(log: Path, *more: str) -> Iterator[Sandbox]:
    """The real program on free ports, answering before the test begins and gone after it."""
    smtp_port, http_port = free_ports(2)
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command(smtp_port, http_port), *more],
            cwd=ROOT,
            env={"FANZ_ENV": "test"},
            stdout=output,
            stderr=output,
            text=True,
        )
    sandbox = Sandbox(process, log, smtp_port, http_port)
    try:
        wait_until_healthy(sandbox)
        yield sandbox
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(timeout=10)


def wait_until_healthy(sandbox: Sandbox) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert sandbox.process.poll() is None, sandbox.log.read_text()
        try:
            if sandbox.get("/healthz").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"the sandbox did not answer in 20 s: {sandbox.log.read_text()}")


@pytest.fixture(scope="module")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "log") as sandbox:
        yield sandbox


@pytest.fixture
def own_sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path / "log") as sandbox:
        yield sandbox


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    """A sandbox of its own with both chains, started with a seed."""
    (tmp_path / "merchants.json").write_text(json.dumps({"chain": MERCHANT}))
    more = ("--merchants", str(tmp_path / "merchants.json"), "--seed", "7")
    with running_sandbox(tmp_path / "log", *more) as sandbox:
        yield Nodes(sandbox)


@pytest.fixture
def ccbill(gateways) -> CCBill:
    """The merchant's own way into the played CCBill."""
    return CCBill(gateways.base, gateways.merchants["ccbill"])


@pytest.fixture
def shop(gateways) -> Iterator[Shop]:
    """The merchant's end of CCBill's webhooks."""
    shop = Shop()
    gateways.control.webhooks("ccbill", url=shop.url)
    yield shop
    shop.close()
