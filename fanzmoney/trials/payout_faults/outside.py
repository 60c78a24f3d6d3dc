"""The rails as the sandbox plays them: what they are ordered to do, and the book of what they truly took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from fanzmoney.launcher import ports
from fanzmoney.launcher.gateways import merchants_of, read_gateways

PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Rails:
    """Where they are."""

    base: str

    def plan(self, kind: str, reference: str = "") -> None:
        """What becomes of the next transfer, or of the one with this reference."""
        self.ask("/_sandbox/rails/plans", {"rail": "paxum", "plan": kind, "reference": reference})

    def slow_down(self, milliseconds: int) -> None:
        self.ask("/_sandbox/latency", {"provider": "paxum", "ms": milliseconds})

    @contextmanager
    def later(self, ahead: timedelta) -> Iterator[None]:
        """Outside, too, it is so much later; afterwards it is now again."""
        self.ask("/_sandbox/clock", {"ahead_seconds": ahead.total_seconds()})
        try:
            yield
        finally:
            self.ask("/_sandbox/clock", {"ahead_seconds": 0})

    def calm(self) -> None:
        self.ask("/_sandbox/calm", {})

    def taken(self, reference: str) -> list[dict[str, Any]]:
        """All that the rail ever took under this reference."""
        return list(self.ask(f"/_sandbox/rails/book?reference={reference}")["instructions"])

    def ask(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as reply:  # noqa: S310
            return json.load(reply)


@contextmanager
def played_rails() -> Iterator[Rails]:
    """Those that run already, or a sandbox of our own."""
    if settings.SANDBOX_URL:
        yield Rails(settings.SANDBOX_URL)
        return
    with own_rails() as rails:
        yield rails


@contextmanager
def own_rails(only: Collection[str] = ()) -> Iterator[Rails]:
    """A sandbox of our own with the accounts of this environment, or some of them, and nobody else's past."""
    http = ports.any_free()
    with tempfile.TemporaryDirectory() as folder:
        merchants = merchants_of(read_gateways(Path(settings.GATEWAYS_FILE)), ccbill_webhooks="")
        chosen = {name: merchant for name, merchant in merchants.items() if not only or name in only}
        (Path(folder) / "merchants.json").write_text(json.dumps(chosen))
        line = [sys.executable, "-m", "sandbox", "--smtp-port", str(ports.any_free()), "--http-port", str(http)]
        process = subprocess.Popen(  # noqa: S603 - our own program
            [*line, "--merchants", f"{folder}/merchants.json"], cwd=settings.BASE_DIR,
            env={"FANZ_ENV": "test", "PATH": os.environ.get("PATH", "")},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield _answering(Rails(f"http://127.0.0.1:{http}"), process)
        finally:
            process.kill()
            process.wait()


def _answering(rails: Rails, process: subprocess.Popen[bytes]) -> Rails:
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            rails.ask("/_sandbox/rails/book?limit=1")
            return rails
        except OSError:
            if process.poll() is not None or time.monotonic() > ends:
                raise
            time.sleep(0.1)
