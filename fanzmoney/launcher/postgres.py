"""The embedded PostgreSQL: made once, started on loopback, its superuser kept to the launcher."""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from fanzmoney.launcher import binaries
from fanzmoney.launcher.children import NOBODY, Child, run_as
from fanzmoney.launcher.errors import LauncherError

HERE = Path(__file__).parent
ROLES = HERE / "roles.sql"
ROLES_FOR_TESTS = HERE / "roles_for_tests.sql"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
}
WITHOUT_DURABILITY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class Postgres:
    """One cluster in one directory, on one port."""

    def __init__(self, home: Path, log: Path, port: int, passwords: dict[str, str], *, for_tests: bool = False) -> None:
        self.home = home
        self.data = home / "data"
        self.port = port
        self.passwords = passwords
        self.for_tests = for_tests
        self.bin = binaries.postgres_bin()
        settings = SETTINGS | {"port": str(port)} | (WITHOUT_DURABILITY if for_tests else {})
        flags = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        self.child = Child(
            name="postgres",
            command=[self.bin / "postgres", "-D", self.data, *flags],
            log=log,
            env=_environment(),
            cwd=Path("/"),
            stop_signal=signal.SIGINT,
            unprivileged=True,
        )

    def start(self) -> None:
        """Make the cluster when there is none, and start it; `is_ready` tells when it answers."""
        self.home.mkdir(parents=True, exist_ok=True)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        made_by = int((self.data / "PG_VERSION").read_text())
        if made_by != binaries.postgres_major(self.bin):
            raise LauncherError(
                f"The data in {self.data} is PostgreSQL {made_by}, the server is {binaries.postgres_major(self.bin)}. "
                "Start with --fresh to begin anew."
            )
        self._wait_for_predecessor()
        self.child.start()

    def is_ready(self) -> bool:
        """Whether it accepts connections: the postmaster says so in its own file."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        mine = self.child.process is not None and lines[:1] == [str(self.child.process.pid)]
        return mine and len(lines) > 7 and lines[7].strip() == "ready"

    def provide_roles(self) -> None:
        """Run the role scripts when they or the passwords are new to this cluster."""
        scripts = [ROLES, *([ROLES_FOR_TESTS] if self.for_tests else [])]
        wanted = hashlib.sha256(b"".join(script.read_bytes() for script in scripts))
        wanted.update(repr(sorted(self.passwords.items())).encode())
        stamp = self.home / "roles"
        if stamp.exists() and stamp.read_text() == wanted.hexdigest():
            return
        for script in scripts:
            self._psql(script)
        stamp.write_text(wanted.hexdigest())

    def urls(self) -> dict[str, str]:
        """The addresses Django gets; the superuser's is not among them."""
        address = f"127.0.0.1:{self.port}"
        return {
            "DATABASE_URL": f"postgresql://fanz_app:{self.passwords['app']}@{address}/fanz",
            "DATABASE_OWNER_URL": f"postgresql://fanz_owner:{self.passwords['owner']}@{address}/fanz",
            "KEYS_DATABASE_URL": f"postgresql://fanz_keys:{self.passwords['keys']}@{address}/fanz_keys",
            "BACKUP_DATABASE_URL": f"postgresql://fanz_backup:{self.passwords['backup']}@{address}/postgres",
        }

    def _wait_for_predecessor(self) -> None:
        """A server whose launcher was killed ends by itself within moments."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                pid = (self.data / "postmaster.pid").read_text().split("\n", 1)[0]
                if str(self.data) not in Path(f"/proc/{int(pid)}/cmdline").read_text():
                    return
            except (OSError, ValueError):
                return
            time.sleep(0.05)

    def _initialise(self) -> None:
        draft = Path(tempfile.mkdtemp(prefix="initdb-", dir=self.home))
        password = draft / "password"
        password.write_text(self.passwords["admin"])
        if os.geteuid() == 0:
            os.chown(draft, NOBODY, NOBODY)
            os.chown(password, NOBODY, NOBODY)
        password.chmod(0o400)
        locale = ["--locale=C.UTF-8"]
        if binaries.postgres_major(self.bin) >= 17:
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command = [self.bin / "initdb", "-D", draft / "data", "-U", "fanz_admin", f"--pwfile={password}"]
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--no-sync", "--no-instructions", *locale]
        try:
            made = subprocess.run(
                [*command, *options],
                env=_environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                **run_as(root_becomes_nobody=True),  # type: ignore[call-overload]
            )
        except PermissionError as problem:
            raise LauncherError(
                "PostgreSQL does not run as root, and this root may not switch to uid 65534; start as another user."
            ) from problem
        if made.returncode != 0:
            raise LauncherError(f"PostgreSQL could not make its cluster:\n{made.stdout[-1000:]}{made.stderr[-2000:]}")
        (draft / "data").rename(self.data)
        shutil.rmtree(draft)

    def _psql(self, script: Path) -> None:
        secrets = {f"FANZ_{role.upper()}_PASSWORD": self.passwords[role] for role in ("owner", "app", "keys", "backup")}
        target = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "fanz_admin", "PGDATABASE": "postgres"}
        done = subprocess.run(
            [self.bin / "psql", "-X", "-q", "-f", script],
            env=_environment() | secrets | target | {"PGPASSWORD": self.passwords["admin"]},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise LauncherError(f"{script.name} failed:\n{done.stderr}")


def _environment() -> dict[str, str]:
    """Nothing of ours: no PG* variable, no preloaded library, a locale every machine has."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}
