"""What the runner turns so that news of providers are true within a moment."""

from __future__ import annotations

from foundation.actors import system
from processors.webhooks import applying, reading
from processors.webhooks.applying import apply_due, ask_due
from processors.webhooks.reading import read_calls
from processors.webhooks.waiting import forget, look

WORKER = system("webhooks")


class Applying:
    """Reads calls and applies what they prove: never waits for anybody outside."""

    idle_seconds = breath_seconds = 0.15

    def turn(self) -> bool:
        """What was read just now is applied at once; a full batch is followed by the next without a breath."""
        waiting = look()
        read = read_calls() if waiting.calls else 0
        applied = apply_due(by=WORKER) if read or waiting.told else 0
        is_full = read == reading.BATCH or applied == applying.BATCH
        self.breath_seconds = 0.0 if is_full else self.idle_seconds
        if read or applied:
            forget()
        return bool(read or applied)

    def close(self) -> None:
        """Holds nothing between two turns."""


class Asking:
    """Asks providers, however slow they are, while the others go on."""

    idle_seconds = 0.4

    def turn(self) -> bool:
        asked = ask_due(by=WORKER) if look().to_ask else 0
        if asked:
            forget()
        return bool(asked)

    def close(self) -> None:
        """Holds nothing between two turns."""
