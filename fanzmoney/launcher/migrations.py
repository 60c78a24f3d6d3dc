"""Bringing the schema up to date, and knowing when it already is."""

import ast
import hashlib
import subprocess
from pathlib import Path

from fanzmoney.launcher.errors import LauncherError
from fanzmoney.launcher.say import progress
from fanzmoney.launcher.servers import manage


def fingerprint(checkout: Path) -> str:
    """A hash of everything the schema is made from: migrations, what they import, SQL, settings, the lock."""
    rooms = [folder for folder in checkout.iterdir() if (folder / "__init__.py").exists() and folder.name != "tests"]
    found = {
        *(file for room in rooms for pattern in ("**/migrations/*", "**/*.sql") for file in room.glob(pattern)),
        checkout / "fanzmoney/settings.py",
        checkout / "requirements.lock",
    }
    waiting = [file for file in found if file.is_file()]
    seen: set[Path] = set(waiting)
    while waiting:
        file = waiting.pop()
        if file.suffix == ".py":
            news = {module for module in _imported(file, checkout) if module not in seen}
            seen |= news
            waiting += news
    digest = hashlib.sha256()
    for file in sorted(seen):
        digest.update(f"{file.relative_to(checkout)}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def migrate(checkout: Path, environment: dict[str, str]) -> None:
    """Apply all migrations as the owner."""
    done = subprocess.run(
        [*manage(checkout), "migrate", "--no-input", "--verbosity", "1"],
        env=environment | {"FANZ_AS_OWNER": "1"},
        cwd=checkout,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise LauncherError(f"The migrations failed:\n{(done.stdout + done.stderr)[-4000:]}")


def migrate_when_behind(checkout: Path, environment: dict[str, str], stamp: Path) -> bool:
    """Apply migrations unless this cluster has seen exactly these files; says whether it did."""
    wanted = fingerprint(checkout)
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    progress("Bringing the database up to date")
    migrate(checkout, environment)
    stamp.write_text(wanted)
    return True


def _imported(file: Path, checkout: Path) -> list[Path]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    candidates = [checkout / name.replace(".", "/") for name in names]
    files = [part for base in candidates for part in (base.with_suffix(".py"), base / "__init__.py")]
    return [part for part in files if part.is_file()]
