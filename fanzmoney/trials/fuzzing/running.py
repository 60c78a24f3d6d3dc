"""A house with a past that listens, and the fuzzer let loose on it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command

import foundation.identity.api.token  # noqa: F401  tells how long a token lasts, before it lasts longer here
from fanzmoney.demo.merchants import accounts
from fanzmoney.launcher import ports
from fanzmoney.trials.fuzzing.callers import who
from fanzmoney.trials.fuzzing.calls import CALLER, Calls
from fanzmoney.trials.payout_faults.outside import played_rails
from foundation import nearby
from foundation.identity import tokens
from processors.payments.models import MerchantAccount

HERE = Path(__file__).parent
BOUNDLESS, LONG = (10**9, 60), timedelta(days=1)
DEEP_FROM = 4_000  # cases for one caller, above which limits of every field are tried one by one
PATIENCE_SECONDS = 60


@dataclass
class Found:
    """What came of the cases so far."""

    calls: Calls = field(default_factory=Calls)
    failures: list[str] = field(default_factory=list)
    operations: int = 0


def command_line(url: str, *, cases: int, phases: str, seed: int | None, headers: dict[str, str]) -> list[str]:
    """How the fuzzer is started against the API at this address."""
    flags = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    seeded = ["--seed", str(seed)] if seed is not None else []
    return [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"),
        "run", f"{url}/api/schema/", "--url", url, *flags, "--no-color", "--phases", phases,
        "--max-examples", str(cases), *seeded, "--generation-database", "none", "--checks", "all",
        "--suppress-health-check", "all", "--continue-on-failure", "--request-timeout", "20",
    ]  # fmt: skip


@contextmanager
def listening_house() -> Iterator[str]:
    """The demo's past, its providers played, and a web server in this process that grows tired of nobody."""
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, BOUNDLESS)
    settings.STAFF_IDLE = settings.STAFF_ABSOLUTE = settings.STEP_UP_LASTS = tokens.LASTS = LONG
    port = ports.any_free()
    settings.PUBLIC_URL = f"http://localhost:{port}"
    call_command("demo_seed", "--json", stdout=StringIO())
    with played_rails() as rails:
        for slug, told in accounts(rails.base).items():
            MerchantAccount.objects.filter(slug=slug).update(settings=told["settings"])
        nearby.forget_all()
        from fanzmoney.asgi import application  # Django has to be ready first

        server = uvicorn.Server(
            uvicorn.Config(
                application, host="127.0.0.1", port=port, lifespan="off", log_level="error", access_log=False,
                server_header=False,
            )
        )  # fmt: skip
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the web server did not start")
            time.sleep(0.05)
        try:
            yield settings.PUBLIC_URL
        finally:
            server.should_exit = True
            thread.join(PATIENCE_SECONDS)


def fuzz(url: str, caller: str, *, cases: int, seed: int, found: Found) -> None:
    """About so many cases by this caller; what they find is added."""
    asks, enough = who(caller), found.calls.count + cases
    while found.calls.count < enough:
        with tempfile.TemporaryDirectory() as folder:
            _fuzz_once(Path(folder), url, caller, asks, enough - found.calls.count, seed, found)
        seed += 1_000


def _fuzz_once(folder: Path, url: str, caller: str, asks: dict[str, Any], cases: int, seed: int, found: Found) -> None:
    notes, report = folder / "notes", folder / "report.json"
    notes.touch()
    each = max(1, cases // max(found.operations, 60))
    phases = "coverage,fuzzing,stateful" if cases >= DEEP_FROM else "fuzzing"
    line = command_line(url, cases=each, phases=phases, seed=seed, headers=asks["headers"])
    told = {**asks, "base": url, "notes": str(notes), "seed": seed}
    environment = {
        **os.environ, "PUBLIC_URL": url, "SCHEMATHESIS_HOOKS": f"{__package__}.hooks", CALLER: json.dumps(told),
    }  # fmt: skip
    done = subprocess.run(  # noqa: S603 - our own program
        [*line, "--report", "json", "--report-json-path", str(report)], capture_output=True, text=True, check=False,
        env=environment, cwd=settings.BASE_DIR,
    )  # fmt: skip
    if not report.exists() or not notes.stat().st_size:
        raise RuntimeError(f"the fuzzer did not run: {(done.stderr or done.stdout)[-600:]}")
    said = json.loads(report.read_text())
    found.calls.read(notes)
    found.operations = max(found.operations, said["operations"]["total"])
    if done.returncode:
        shown = re.split(r"(?m)^=+ (?=ERRORS|FAILURES)", done.stdout, maxsplit=1)[-1][:6_000]
        found.failures.append(f"{caller}, seed {seed}: {shown}")
