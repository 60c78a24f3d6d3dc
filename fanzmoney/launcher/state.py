"""The state directory: secrets, server files, logs and the lock of one running house."""

import base64
import fcntl
import hashlib
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

from fanzmoney.launcher.errors import LauncherError

MARKER = "fanz-state.json"
ELSEWHERE = "with --state-dir or FANZ_STATE_DIR"
ED25519_PKCS8_PREFIX = bytes.fromhex("302e020100300506032b657004220420")
ROLES = ("admin", "owner", "app", "keys", "backup", "valkey")
ROOTS_SERVERS = Path("/var/lib/fanzmoney")


class State:
    """One directory that belongs to one user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.logs = self.folder / "logs"
        self.running_file = self.folder / "running.json"
        self._lock: int | None = None

    def open(self) -> "State":
        """Make the directory with its secrets, or refuse one that is not ours."""
        self._refuse_foreign()
        self.folder.mkdir(parents=True, exist_ok=True)
        if any(self.folder.iterdir()) and not (self.folder / MARKER).exists():
            raise LauncherError(
                f"{self.folder} holds something else; choose an empty place with --state-dir or FANZ_STATE_DIR."
            )
        # As root the servers run as nobody and must pass through; the secrets inside are 0600.
        self.folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        for folder in (self.logs, self.folder / "static"):
            folder.mkdir(mode=0o700, exist_ok=True)
        if not (self.folder / MARKER).exists():
            write_private(self.folder / MARKER, json.dumps({"made_by": "FanzMoneyDash"}).encode())
        make_secrets(self.folder)
        return self

    def server_home(self) -> Path:
        """Where servers keep their files: inside, or outside when nobody could not reach it."""
        if os.geteuid() == 0 and not reachable_by_all(self.folder):
            home = ROOTS_SERVERS / hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]
        else:
            home = self.folder / "servers"
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o711)
        return home

    def passwords(self) -> dict[str, str]:
        """The servers' passwords, each made once."""
        file = self.folder / "servers.json"
        made: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        missing = [role for role in ROLES if role not in made]
        if missing:
            made |= {role: secrets.token_urlsafe(24) for role in missing}
            write_private(file, json.dumps(made).encode())
        return made

    def secret_environment(self) -> dict[str, str]:
        """The variables that carry the secrets."""
        return {
            "FANZ_STATE_DIR": str(self.folder),
            "SECRET_KEY": json.loads((self.folder / "secrets.json").read_text())["secret_key"],
            "JWT_PRIVATE_KEY_FILE": str(self.folder / "jwt_private.pem"),
            "MASTER_KEY_FILE": str(self.folder / "master.key"),
            "BACKUP_KEY_FILE": str(self.folder / "backup.key"),
        }

    def try_lock(self) -> bool:
        """Whether this process is now the one that runs servers here."""
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._lock = handle
        self.withdraw()
        return True

    def unlock(self) -> None:
        """Let another process run servers here."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def announce(self, facts: dict[str, object]) -> None:
        """Tell other commands how to reach what runs here."""
        write_private(self.running_file, json.dumps(facts).encode())

    def announced(self) -> dict[str, Any]:
        """What the running process said, or nothing."""
        try:
            return dict(json.loads(self.running_file.read_text()))
        except (FileNotFoundError, ValueError):
            return {}

    def withdraw(self) -> None:
        """Nothing runs here any more."""
        self.running_file.unlink(missing_ok=True)

    def wipe(self) -> None:
        """Forget everything but the lock, and begin anew; `open` made sure that the directory is ours."""
        shutil.rmtree(self.server_home())
        for entry in self.folder.iterdir():
            if entry.name not in {"lock", MARKER}:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        self.open()

    def _refuse_foreign(self) -> None:
        nearest = next(path for path in (self.folder, *self.folder.parents) if path.exists())
        if nearest == self.folder and self.folder.stat().st_uid != os.geteuid():
            raise LauncherError(
                f"{self.folder} belongs to another user; choose your own with --state-dir or FANZ_STATE_DIR."
            )
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise LauncherError(
                f"{nearest} is not writable for this user; choose another place with --state-dir or FANZ_STATE_DIR."
            )


def reachable_by_all(path: Path) -> bool:
    """Whether every directory down to this one lets everyone pass."""
    return all(part.stat().st_mode & 0o001 for part in (path, *path.parents) if part.exists())


def write_private(file: Path, content: bytes) -> None:
    """Write a file only its owner may read, whole or not at all."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
    draft.replace(file)


def make_secrets(folder: Path) -> None:
    """The key files a process reads, where there are none yet."""
    private_key = ED25519_PKCS8_PREFIX + secrets.token_bytes(32)
    pem = f"-----BEGIN PRIVATE KEY-----\n{base64.b64encode(private_key).decode()}\n-----END PRIVATE KEY-----\n"
    fresh = {
        "secrets.json": json.dumps({"secret_key": secrets.token_urlsafe(48)}).encode(),
        "jwt_private.pem": pem.encode(),
        "master.key": secrets.token_bytes(32),
        "backup.key": secrets.token_bytes(32),
    }
    for name, content in fresh.items():
        if not (folder / name).exists():
            write_private(folder / name, content)
