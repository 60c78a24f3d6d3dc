"""`up` in a copy of this checkout: it gets ready, serves, and leaves nothing behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import pytest

from fanzmoney.launcher import CHECKOUT
from fanzmoney.launcher.measure import clean_environment, copy_of, processes_of, running
from fanzmoney.launcher.servers import Servers
from fanzmoney.launcher.state import State

pytestmark = pytest.mark.slow

PATIENCE = 60  # seconds after which something hangs, however slow the machine


@pytest.fixture(scope="module")
def checkout():
    with copy_of(CHECKOUT, with_environment=True) as folder:
        yield folder


def manage(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, checkout / "manage.py", *arguments]
    return subprocess.run(command, cwd=checkout, env=clean_environment(), capture_output=True, text=True, check=False)


def programs_of(checkout):
    """Who runs here, without the database's own backends, which come and go."""
    return {pid for pid, command in processes_of(checkout).items() if not command.startswith("postgres:")}


def test_up_serves_borrows_and_stops_clean(checkout):
    with running(checkout) as house:
        with urllib.request.urlopen(f"{house.url}/login") as page:  # noqa: S310
            assert page.status == 200
            assert b"<form" in page.read()
        logins = [house.process.stdout.readline() for _ in range(5)]
        assert all("@" in line for line in logins)

        again = manage(checkout, "up")
        assert again.returncode == 1
        assert again.stderr.splitlines()[-1] == f"already running: {house.url} (process {house.process.pid})"

        before = programs_of(checkout)
        borrowed = manage(checkout, "demo_logins")
        assert borrowed.returncode == 0
        assert logins[0].split()[1] in borrowed.stdout
        assert programs_of(checkout) <= before
        assert manage(checkout, "doctor", "--probe", "smtp", "--probe", "redis").returncode == 0

        assert house.megabytes() < 700
        house.end(signal.SIGTERM)
        assert house.process.returncode == 0

    alone = manage(checkout, "demo_logins")
    assert alone.returncode == 0
    assert logins[0].split()[1] in alone.stdout
    assert processes_of(checkout) == {}


def test_up_on_a_taken_port_says_so(checkout):
    with running(checkout, "--no-demo") as house:
        port = house.url.rsplit(":", 1)[1]
        other = manage(checkout, "up", "--port", port, "--state-dir", str(checkout.parent / "other"))
        assert other.returncode == 1
        assert f"Port {port} is taken" in other.stderr


def test_up_uses_the_servers_it_is_given(checkout):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        servers = Servers(State(Path(folder)).open(), {}).start()
        try:
            with running(checkout, "--no-demo", environment=servers.environment()) as house:
                commands = processes_of(checkout).values()
                assert not [command for command in commands if "postgres" in command or "valkey" in command]
                house.end()
        finally:
            servers.stop()
            shutil.rmtree(servers.home)


def test_up_refuses_half_an_environment(checkout):
    command = [sys.executable, checkout / "manage.py", "up"]
    half = clean_environment() | {"DATABASE_URL": "postgresql://fanz_app@db/fanz"}
    done = subprocess.run(command, cwd=checkout, env=half, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().endswith("needed too: DATABASE_OWNER_URL, KEYS_DATABASE_URL.")


def test_a_test_run_passes_on_what_pytest_says_and_leaves_nothing(checkout):
    done = manage(checkout, "test", "-q", "-n0", "tests/foundation/test_money.py::no_such_test")
    assert done.returncode == 4, done.stdout + done.stderr
    assert processes_of(checkout) == {}


def test_nothing_outlives_a_killed_launcher_and_the_next_start_serves(checkout):
    with running(checkout, "--no-demo") as house:
        assert {"postgres", "valkey", "celery", "uvicorn", "runner", "sandbox"} <= {
            name
            for name in ("postgres", "valkey", "celery", "uvicorn", "runner", "sandbox")
            if any(name in command for command in processes_of(checkout).values())
        }
        house.end(signal.SIGKILL)
    with running(checkout, "--no-demo") as house:
        with urllib.request.urlopen(f"{house.url}/livez") as page:  # noqa: S310
            assert page.status == 200
        house.end()


@pytest.mark.parametrize("name", ["runner", "celery", "valkey-server"])
def test_a_dying_child_is_named_and_takes_the_house_with_it(checkout, name):
    with running(checkout, "--no-demo") as house:
        victim = min(pid for pid, command in processes_of(checkout).items() if name in command)
        os.kill(victim, signal.SIGKILL)
        assert house.process.wait(timeout=PATIENCE) == 1
    message = (checkout / "up.log").read_text()
    known_as = {"celery": "worker", "valkey-server": "valkey"}.get(name, name)
    assert f"{known_as} ended (killed by SIGKILL)" in message
    assert "so everything stops" in message
    assert processes_of(checkout) == {}
