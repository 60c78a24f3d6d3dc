"""What the runner turns so that news of providers are true within a moment."""

from __future__ import annotations

from foundation.actors import system
from processors.webhooks.applying import apply_due, ask_due, has_due
from processors.webhooks.reading import has_calls, read_calls

WORKER = system("webhooks")


class Applying:
    """Reads calls and applies what they prove: never waits for anybody outside."""

    idle_seconds = 0.15

    def turn(self) -> bool:
        read = has_calls() and read_calls()
        applied = has_due(is_to_ask=False) and apply_due(by=WORKER)
        return bool(read or applied)

    def close(self) -> None:
        """Holds nothing between two turns."""


class Asking:
    """Asks providers, however slow they are, while the others go on."""

    idle_seconds = 0.4

    def turn(self) -> bool:
        return has_due(is_to_ask=True) and bool(ask_due(by=WORKER))

    def close(self) -> None:
        """Holds nothing between two turns."""
