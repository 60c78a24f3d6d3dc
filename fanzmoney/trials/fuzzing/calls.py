"""What the command and the fuzzer it starts tell each other."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CALLER, ALIKE = "FUZZ_CALLER", "FUZZ_ALIKE"
# Operations that cannot succeed on the servers of a trial, and why.
CANNOT_SUCCEED: dict[str, str] = {}


@dataclass
class Calls:
    """Of each operation how often it was answered how, and what of our inside an answer showed."""

    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    refusals: dict[str, Counter[str]] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(sum(counted.values()) for counted in self.statuses.values())

    @property
    def succeeded(self) -> set[str]:
        return {
            operation for operation, counted in self.statuses.items() if any(200 <= status < 300 for status in counted)
        }

    @property
    def never(self) -> dict[str, dict[str, int]]:
        """The operations that never succeeded, with what they said."""
        return {
            operation: dict(self.refusals.get(operation, Counter()).most_common(4))
            for operation in sorted(set(self.statuses) - self.succeeded - set(CANNOT_SUCCEED))
        }

    @property
    def server_errors(self) -> int:
        """Answers of 500 and above; 503 says that something outside is away, and when to come back."""
        every = sum(self.statuses.values(), Counter[int]())
        return sum(count for status, count in every.items() if status >= 500 and status != 503)

    @property
    def answered(self) -> dict[str, int]:
        """How often each status was the answer."""
        every = sum(self.statuses.values(), Counter[int]())
        return {str(status): every[status] for status in sorted(every)}

    def read(self, file: Path) -> None:
        for line in file.read_text().splitlines():
            said = json.loads(line)
            self.statuses.setdefault(said["operation"], Counter())[said["status"]] += 1
            if said["code"]:
                self.refusals.setdefault(said["operation"], Counter())[said["code"]] += 1
            if said["shown"]:
                self.shown.append(f"{said['operation']} ({said['status']}): {said['shown']}")


def note(file: Path, **said: Any) -> None:
    with file.open("a") as out:
        out.write(json.dumps(said) + "\n")
