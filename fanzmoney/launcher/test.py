"""`manage.py test`: private servers in a temporary directory, then pytest."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from fanzmoney.launcher import browser, contract
from fanzmoney.launcher.children import die_with_parent
from fanzmoney.launcher.errors import LauncherError
from fanzmoney.launcher.migrations import fingerprint, migrate
from fanzmoney.launcher.say import progress
from fanzmoney.launcher.servers import Servers
from fanzmoney.launcher.state import State

KEPT = ("secrets.json", "jwt_private.pem", "master.key", "backup.key", "servers.json")
NO_BROWSER = """
!!! NOT RUN: the browser tests. There is no chromium here, and it could not be installed.
!!! On Debian: apt install chromium
"""
PARALLEL = ("-n", "2", "--dist", "loadscope")
PREFIX = "fanz-test-"
ROOM_IN_MEMORY = 2 * 1024**3


def test(checkout: Path, arguments: list[str]) -> int:
    """Run the tests and return pytest's own exit code."""
    signal.signal(signal.SIGTERM, _as_interrupt)
    place = _fastest_place()
    _sweep(place)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    state = State(folder).open()
    state.try_lock()
    try:
        has_browser = browser.provide(arguments)
        servers = start_with_template(checkout, state)
        try:
            return _pytest(checkout, arguments, contract.private_test(state, servers.environment()))
        finally:
            servers.stop()
            if not has_browser:
                print(NO_BROWSER, file=sys.stderr)
    finally:
        shutil.rmtree(state.server_home())
        shutil.rmtree(folder, ignore_errors=True)


def start_with_template(checkout: Path, state: State) -> Servers:
    """Private servers whose database `fanz` is migrated and untouched: the template every test process clones."""
    cache = _cache(checkout)
    home = state.server_home() / "postgres"
    if cache and cache.exists():
        _copy(cache / "postgres", home)
        for name in KEPT:
            shutil.copy2(cache / name, state.folder / name)
        return Servers(state, {}, for_tests=True).start()
    progress("Preparing the test database (once, and when migrations change)")
    servers = Servers(state, {}, for_tests=True).start()
    try:
        migrate(checkout, contract.private_test(state, servers.environment()))
    except BaseException:
        servers.stop()
        raise
    if cache is None:
        return servers
    servers.stop()
    _keep(state, home, cache)
    return Servers(state, {}, for_tests=True).start()


def _keep(state: State, home: Path, cache: Path) -> None:
    """Put the stopped cluster into the cache, in place of older ones."""
    cache.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=cache.parent))
    _copy(home, draft / "postgres")
    for name in KEPT:
        shutil.copy2(state.folder / name, draft / name)
    for older in cache.parent.iterdir():
        if older != draft:
            shutil.rmtree(older, ignore_errors=True)
    draft.rename(cache)


def _cache(checkout: Path) -> Path | None:
    """Where this schema's cluster is kept between runs; nowhere in CI or in someone else's checkout."""
    folder = checkout / ".fanz"
    nearest = folder if folder.exists() else checkout
    if os.environ.get("CI") or nearest.stat().st_uid != os.geteuid():
        return None
    servers = os.environ.get("FANZ_SERVERS", "wheel")
    return State(folder).open().folder / "test-clusters" / f"{fingerprint(checkout)[:24]}-{servers}"


def _copy(source: Path, target: Path) -> None:
    """Copy a stopped cluster with its owner; the server refuses files of another user."""
    done = subprocess.run(["cp", "-a", source, target], capture_output=True, text=True)
    if done.returncode != 0:
        raise LauncherError(f"Could not copy the test database: {done.stderr.strip()}")


def _pytest(checkout: Path, arguments: list[str], environment: dict[str, str]) -> int:
    parallel = [] if any(part.startswith(("-n", "--numprocesses", "--pdb")) for part in arguments) else list(PARALLEL)
    python = str(checkout / ".venv/bin/python")
    command = [python, "-m", "pytest", "-p", "tests.isolation", *parallel, *arguments]
    process = subprocess.Popen(command, cwd=checkout, env=environment, preexec_fn=die_with_parent(signal.SIGTERM))
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return 130


def _fastest_place() -> Path:
    """Memory when there is plenty of it, else the usual temporary directory."""
    memory = Path("/dev/shm")  # noqa: S108
    if os.environ.get("TMPDIR") or not memory.is_dir() or shutil.disk_usage(memory).free < ROOM_IN_MEMORY:
        return Path(tempfile.gettempdir())
    return memory


def _sweep(place: Path) -> None:
    """Remove what killed runs of this user left: nobody holds their lock any more."""
    for folder in place.glob(f"{PREFIX}*"):
        if (folder / "lock").exists() and folder.stat().st_uid == os.geteuid():
            left = State(folder)
            if left.try_lock():
                shutil.rmtree(left.server_home())
                shutil.rmtree(folder)
                left.unlock()


def _as_interrupt(*_: object) -> None:
    raise KeyboardInterrupt
