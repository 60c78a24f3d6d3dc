"""Pages of docs/ printed from the code: `manage.py docs_build` writes them, a test sees that they are current."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from foundation.registry import Registry

Page = Callable[[], str]
PAGES: Registry[Page] = Registry("page")


def stale(folder: Path) -> list[str]:
    """Pages whose file does not say what the code says."""
    return [name for name, page in PAGES.items() if _read(folder / name) != page()]


def write(folder: Path) -> list[str]:
    """Bring every page up to date; returns those that changed."""
    changed = stale(folder)
    for name in changed:
        (folder / name).write_text(PAGES[name](), encoding="utf-8")
    return changed


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None
