"""The programs of the house, besides its servers."""

import signal
from dataclasses import dataclass
from pathlib import Path

from fanzmoney.launcher.children import Child
from fanzmoney.launcher.gateways import write_merchants
from fanzmoney.launcher.servers import manage
from fanzmoney.launcher.state import State

PLATFORM_SECRETS = "demo_platforms.json"


@dataclass(frozen=True)
class Addresses:
    """The ports one house listens on."""

    port: int
    smtp: int
    sandbox: int

    def environment(self) -> dict[str, str]:
        """The variables that name them."""
        return {
            "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp}",
            "SANDBOX_MAIL_URL": f"http://localhost:{self.sandbox}/_sandbox/mail/",
            "SANDBOX_URL": f"http://127.0.0.1:{self.sandbox}",
        }


def programs(
    checkout: Path, state: State, environment: dict[str, str], addresses: Addresses, *, with_demo: bool
) -> list[Child]:
    """What runs until the house stops, in starting order."""
    python = checkout / ".venv/bin/python"
    worker: list[str | Path] = [
        "celery",
        "-A",
        "fanzmoney.celery:app",
        "worker",
        "-B",
        "-s",
        state.folder / "beat-schedule",
    ]
    web = ["uvicorn", "fanzmoney.asgi:application", "--host", "127.0.0.1", "--port", str(addresses.port)]
    sandbox: list[str | Path] = ["sandbox", "--smtp-port", str(addresses.smtp), "--http-port", str(addresses.sandbox)]
    sandbox += ["--merchants", write_merchants(state.folder, port=addresses.port)]
    if with_demo:
        sandbox += ["--api", f"http://localhost:{addresses.port}", "--credentials", state.folder / PLATFORM_SECRETS]
    quiet = [
        "--log-level",
        "warning",
        "--no-access-log",
        "--no-server-header",
        "--no-proxy-headers",
        "--lifespan",
        "off",
    ]
    lines: dict[str, list[str | Path]] = {
        "web": [python, "-m", *web, *quiet, "--timeout-graceful-shutdown", "3"],
        "worker": [python, "-m", *worker, "--concurrency", "1", "--without-gossip", "--without-mingle", "-l", "INFO"],
        "runner": [*manage(checkout), "runner"],
        "sandbox": [python, "-m", *sandbox],
    }
    # Without broker and database an orphaned worker would wait for ever; late acknowledgement keeps its tasks.
    orphan_signals = {"worker": signal.SIGKILL}
    return [
        Child(
            name=name,
            command=line,
            log=state.logs / f"{name}.log",
            env=environment,
            cwd=checkout,
            orphan_signal=orphan_signals.get(name),
        )
        for name, line in lines.items()
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
