"""Makes `.venv` from the locks and moves the process into it."""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fanzmoney.launcher.errors import LauncherError
from fanzmoney.launcher.say import progress

RUN_LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"
STAMP = "fanz-stamp.json"
Command = list[str | Path]


class Environment:
    """The `.venv` of one checkout."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        self.folder = checkout / ".venv"
        self.python = self.folder / "bin" / "python"

    def enter(self, argv: list[str], *, dev: bool = False) -> None:
        """Continue inside a complete `.venv`; the process is replaced when it runs outside."""
        if not self.is_fresh(dev=dev):
            self.build(dev=dev)
        elif Path(sys.prefix).resolve() == self.folder.resolve():
            return
        sys.stdout.flush()
        os.execv(self.python, [str(self.python), *argv])  # noqa: S606

    def is_fresh(self, *, dev: bool = False) -> bool:
        """Whether `.venv` holds what the locks ask for, on the interpreter it was made for."""
        try:
            stamp = json.loads((self.folder / STAMP).read_text())
        except (OSError, ValueError):
            return False
        wanted = self._locks(dev=dev)
        return bool(stamp.get("python") == self._interpreter() and wanted.items() <= stamp.get("locks", {}).items())

    def build(self, *, dev: bool = False) -> None:
        """Install the lock into `.venv`; a process that waited for another one's build finds it done."""
        with self._alone():
            if self.is_fresh(dev=dev):
                return
            lock = self.checkout / (DEV_LOCK if dev else RUN_LOCK)
            uv = shutil.which("uv")
            progress(f"Installing {count_packages(lock)} packages into .venv (once, and when {lock.name} changes)")
            if not (uv and self._install_with_uv(uv, lock)):
                self._install_with_pip(lock)
            self._write_stamp(dev=dev)

    def _install_with_uv(self, uv: str, lock: Path) -> bool:
        if not self._interpreter_works():
            self._clear()
            if not _run([uv, "venv", "--quiet", "--python", sys.executable, self.folder]):
                return False
        command: Command = [uv, "pip", "install", "--python", self.python, "--require-hashes", "-r", lock]
        return _run(command, env={**os.environ, "UV_HTTP_TIMEOUT": os.environ.get("UV_HTTP_TIMEOUT", "180")})

    def _install_with_pip(self, lock: Path) -> None:
        if not (self._interpreter_works() and _run([self.python, "-m", "pip", "--version"], quiet=True)):
            if importlib.util.find_spec("ensurepip") is None:
                version = f"{sys.version_info[0]}.{sys.version_info[1]}"
                raise LauncherError(
                    f"Python cannot make a virtual environment here. On Debian or Ubuntu: apt install python3-venv "
                    f"(for this interpreter: python{version}-venv)."
                )
            self._clear()
            if not _run([sys.executable, "-m", "venv", self.folder]):
                raise LauncherError(f"Could not make {self.folder}; see the lines above.")
        install: Command = [self.python, "-m", "pip", "install", "--disable-pip-version-check"]
        if not _run([*install, "--require-hashes", "-r", lock]):
            raise LauncherError(f"Could not install {lock.name}; see the lines above.")

    def _interpreter_works(self) -> bool:
        return self.python.exists() and self._interpreter() is not None and _run([self.python, "-c", ""], quiet=True)

    def _interpreter(self) -> str | None:
        """The real interpreter behind `.venv`, with the version its packages were installed for."""
        try:
            lines = (self.folder / "pyvenv.cfg").read_text().splitlines()
            real = self.python.resolve(strict=True)
        except OSError:
            return None
        settings = {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}
        version = settings.get("version_info") or settings.get("version") or ""
        return f"{real} {'.'.join(version.split('.')[:2])}"

    def _locks(self, *, dev: bool) -> dict[str, str]:
        names = (RUN_LOCK, DEV_LOCK) if dev else (RUN_LOCK,)
        return {name: hashlib.sha256((self.checkout / name).read_bytes()).hexdigest() for name in names}

    def _write_stamp(self, *, dev: bool) -> None:
        stamp: dict[str, object] = {"python": self._interpreter(), "locks": self._locks(dev=dev)}
        (self.folder / STAMP).write_text(json.dumps(stamp))

    def _clear(self) -> None:
        """Empty `.venv`, through a symbolic link too."""
        if self.folder.is_dir():
            for entry in self.folder.iterdir():
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One builder at a time: the folder that holds `.venv` is the lock."""
        where = self.folder.resolve().parent
        if not os.access(where, os.W_OK):
            raise LauncherError(f"{where} belongs to someone else: {self.folder.name} cannot be made there.")
        handle = os.open(where, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def count_packages(lock: Path) -> int:
    """How many packages a lock pins."""
    return sum("==" in line and not line.startswith((" ", "#")) for line in lock.read_text().splitlines())


def _run(command: Command, *, quiet: bool = False, env: dict[str, str] | None = None) -> bool:
    """Whether a program ended well; its output goes to stderr."""
    output = subprocess.DEVNULL if quiet else sys.stderr
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env).returncode == 0
    except OSError:
        return False
