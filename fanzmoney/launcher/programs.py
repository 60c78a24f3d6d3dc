"""The programs of the house, besides its servers."""

import json
from dataclasses import dataclass
from pathlib import Path

from fanzmoney.launcher.children import Child
from fanzmoney.launcher.gateways import write_merchants
from fanzmoney.launcher.servers import manage
from fanzmoney.launcher.state import State

GRACE_SECONDS, LAST_WORDS_SECONDS = 3.5, 0.5
"""When all are killed who were asked to stop; what the door has before that to write what waits."""

PLATFORM_SECRETS = "demo_platforms.json"
WORKER = ("--concurrency", "1", "--without-gossip", "--without-mingle", "-l", "INFO")


@dataclass(frozen=True)
class Addresses:
    """The ports one house listens on."""

    port: int
    smtp: int
    sandbox: int
    clamd: int

    def environment(self) -> dict[str, str]:
        """The variables that name them."""
        return {
            "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp}",
            "SANDBOX_MAIL_URL": f"http://localhost:{self.sandbox}/_sandbox/mail/",
            "SANDBOX_URL": f"http://127.0.0.1:{self.sandbox}",
            "CLAMD_URL": f"tcp://127.0.0.1:{self.clamd}",
        }


def programs(
    checkout: Path, state: State, environment: dict[str, str], addresses: Addresses, *, with_demo: bool
) -> list[Child]:
    """What runs until the house stops, in starting order."""
    python = checkout / ".venv/bin/python"
    lines: dict[str, list[str]] = {
        "web": ["--port", str(addresses.port), "--saying", "0", "--end", str(GRACE_SECONDS - LAST_WORDS_SECONDS)],
        "worker": ["worker", "-B", "-s", str(state.folder / "beat-schedule"), *WORKER],
        "runner": [],
    }
    together = [
        {"name": name, "arguments": arguments, "log": str(state.logs / f"{name}.log")}
        for name, arguments in lines.items()
    ]
    for line in together:
        Path(str(line["log"])).write_bytes(b"")
    sandbox: list[str | Path] = ["sandbox", "--smtp-port", str(addresses.smtp), "--http-port", str(addresses.sandbox)]
    sandbox += ["--clamd-port", str(addresses.clamd)]
    sandbox += ["--merchants", write_merchants(state.folder, port=addresses.port)]
    if with_demo:
        sandbox += ["--api", f"http://localhost:{addresses.port}", "--credentials", state.folder / PLATFORM_SECRETS]
    return [
        Child(
            name="programs",
            command=[python, "-m", "fanzmoney.together"],
            log=state.logs / "programs.log",
            env=environment,
            cwd=checkout,
            stdin=json.dumps(together).encode(),
        ),
        Child(
            name="sandbox",
            command=[python, "-m", *sandbox],
            log=state.logs / "sandbox.log",
            env=environment,
            cwd=checkout,
        ),
    ]


def demo_seed(checkout: Path, state: State, environment: dict[str, str]) -> Child:
    """The command that makes the demo people and prints their logins."""
    return Child(
        name="demo_seed",
        command=[*manage(checkout), "demo_seed"],
        log=state.logs / "demo_seed.log",
        output=state.logs / "demo_logins.txt",
        env=environment,
        cwd=checkout,
    )
