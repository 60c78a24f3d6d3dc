"""`manage.py up`: the whole house on this machine, until Ctrl-C."""

import argparse
import http.client
import os
import signal
import time
from pathlib import Path

from fanzmoney.launcher import contract, pointer, ports
from fanzmoney.launcher.children import Child, stop_all
from fanzmoney.launcher.errors import LauncherError
from fanzmoney.launcher.migrations import migrate, migrate_when_behind
from fanzmoney.launcher.programs import GRACE_SECONDS, Addresses, demo_seed, programs
from fanzmoney.launcher.say import progress
from fanzmoney.launcher.servers import Servers, missing_variables
from fanzmoney.launcher.state import State

USUAL_PORT = 8000
FIRST_PAGE = "/login"
PATIENCE_SECONDS = 120
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(BaseException):
    """The person, or the system, asked the house to stop."""


def up(checkout: Path, arguments: list[str]) -> int:
    """Run the house and return the exit code: 0 when asked to stop, 1 when something died."""
    options = _parser().parse_args(arguments)
    _refuse_half_an_environment()
    state = State(options.state_dir or pointer.state_folder(checkout)).open()
    _lock(state)
    try:
        if options.fresh:
            state.wipe()
        return House(checkout, state, _port(options.port), with_demo=not options.no_demo).run()
    finally:
        state.unlock()


class House:
    """Everything one `up` started."""

    def __init__(self, checkout: Path, state: State, port: int, *, with_demo: bool) -> None:
        self.checkout = checkout
        self.state = state
        self.port = port
        self.with_demo = with_demo
        self.url = f"http://localhost:{port}"
        self.programs: list[Child] = []
        self.servers: Servers | None = None

    def run(self) -> int:
        """Start, say READY, and watch."""
        for number in STOPPING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _raise_stop)
        try:
            self._start()
            while True:
                self._fail_when_one_died()
                time.sleep(0.2)
        except Stop:
            progress("Stopping")
            return 0
        finally:
            for number in STOPPING:
                signal.signal(number, signal.SIG_IGN)
            self._stop()

    def _start(self) -> None:
        progress("Starting Postgres and Valkey")
        self.servers = Servers(self.state)
        self.servers.start()
        addresses = Addresses(self.port, smtp=ports.any_free(), sandbox=ports.any_free(), clamd=ports.any_free())
        environment = contract.demo(self.state, self.servers.environment()) | {"PUBLIC_URL": self.url}
        environment = addresses.environment() | environment
        self._migrate(environment)
        reached_at = self.servers.environment() | addresses.environment()
        facts = {"pid": os.getpid(), "port": self.port, "addresses": reached_at, "up": True}
        self.state.announce(facts)
        pointer.write(self.checkout, state_folder=self.state.folder, port=self.port)

        progress("Starting web, worker, runner and sandbox")
        for program in programs(self.checkout, self.state, environment, addresses, with_demo=self.with_demo):
            self.programs.append(program.start())
        logins = self._seed(environment)
        self._wait_for_first_page()
        print(f"READY {self.url}", flush=True)
        if logins:
            print(logins, flush=True)

    def _migrate(self, environment: dict[str, str]) -> None:
        if self.servers and self.servers.postgres:
            migrate_when_behind(self.checkout, environment, self.servers.postgres.home / "migrated")
        else:
            migrate(self.checkout, environment)

    def _seed(self, environment: dict[str, str]) -> str:
        """Seed the demo while the programs come up; returns what it prints, the logins."""
        if not self.with_demo:
            return ""
        seed = demo_seed(self.checkout, self.state, environment)
        self.programs.append(seed.start())
        while seed.exit_code() is None:
            self._fail_when_one_died(besides=seed)
            time.sleep(0.05)
        if seed.exit_code() != 0:
            raise LauncherError(f"demo_seed failed:\n{seed.last_lines()}")
        self.programs.remove(seed)
        seed.finish(0)
        return seed.output.read_text().strip("\n") if seed.output else ""

    def _wait_for_first_page(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        answer = ""
        while answer != "200":
            self._fail_when_one_died()
            if time.monotonic() > deadline:
                raise LauncherError(f"{self.url}{FIRST_PAGE} does not answer 200 but {answer or 'nothing'}.")
            time.sleep(0.05)
            answer = _status(self.port)

    def _fail_when_one_died(self, *, besides: Child | None = None) -> None:
        for child in [*(self.servers.children if self.servers else []), *self.programs]:
            code = child.exit_code()
            if child is not besides and code is not None:
                raise LauncherError(
                    f"{child.name} ended ({_ending(code)}), so everything stops. "
                    f"The end of {child.log}:\n{child.last_lines()}"
                )

    def _stop(self) -> None:
        self.state.withdraw()
        stop_all(self.programs, grace_seconds=GRACE_SECONDS)
        if self.servers:
            self.servers.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="manage.py up", description="Run the whole house on this machine.")
    parser.add_argument("--port", type=int, help=f"port of the pages (default: the first free one from {USUAL_PORT})")
    parser.add_argument("--state-dir", type=Path, help="where secrets, data and logs live (default: .fanz)")
    parser.add_argument("--no-demo", action="store_true", help="start without demo people and data")
    parser.add_argument("--fresh", action="store_true", help="forget the data of earlier runs first")
    return parser


def _refuse_half_an_environment() -> None:
    if os.environ.get("FANZ_ENV", "demo") != "demo":
        raise LauncherError(f"`up` runs the demo, and FANZ_ENV is {os.environ['FANZ_ENV']}; see docker-compose.yml.")
    if missing := missing_variables():
        raise LauncherError(f"Some database addresses are set, so these are needed too: {', '.join(missing)}.")


def _lock(state: State) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    told = False
    while not state.try_lock():
        facts = state.announced()
        if facts.get("up"):
            raise LauncherError(f"already running: http://localhost:{facts['port']} (process {facts['pid']})")
        if time.monotonic() > deadline:
            raise LauncherError(f"another command uses {state.folder}; try again when it has ended.")
        if not told:
            progress("Another command uses the servers here; waiting for its end")
            told = True
        time.sleep(0.2)


def _port(wanted: int | None) -> int:
    if wanted is None:
        return ports.first_free(USUAL_PORT)
    if not ports.is_free(wanted):
        raise LauncherError(f"Port {wanted} is taken or not allowed; choose another one with --port.")
    return wanted


def _status(port: int) -> str:
    connection = http.client.HTTPConnection("localhost", port, timeout=10)
    try:
        connection.request("GET", FIRST_PAGE)
        return str(connection.getresponse().status)
    except OSError as problem:
        return str(problem)
    except http.client.HTTPException as problem:
        return repr(problem)
    finally:
        connection.close()


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def _raise_stop(*_: object) -> None:
    raise Stop
