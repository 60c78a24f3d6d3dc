"""How far a long command has come, for a person watching a terminal."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any

EVERY_SECONDS = 0.2


class Progress:
    """`with progress: … progress.advance()`; silent where nobody watches."""

    def __init__(self, stream: Any, what: str, total: int | None = None) -> None:
        self.stream, self.what, self.total = stream, what, total
        self.done = 0
        self._is_shown = bool(stream.isatty())
        self._began = self._shown_at = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._is_shown:
            self.stream.write("\r\x1b[K", ending="")
            self.stream.flush()

    def advance(self, count: int = 1) -> None:
        self.done += count
        if self._is_shown and time.monotonic() - self._shown_at >= EVERY_SECONDS:
            self._shown_at = time.monotonic()
            self.stream.write(f"\r\x1b[K{self.line()}", ending="")
            self.stream.flush()

    def line(self) -> str:
        if not self.total:
            return f"{self.what}: {self.done:,}"
        share = min(self.done / self.total, 1)
        left = (time.monotonic() - self._began) * (1 - share) / share if share else 0
        return f"{self.what}: {self.done:,} of {self.total:,} ({share:.0%}, {left:,.0f} s left)"
