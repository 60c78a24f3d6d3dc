"""What came, and how the next is answered."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

KEPT, TOLERANCE_SECONDS = 500, 300
ANSWERS = {
    "200": "Take everything (200)",
    "500": "Fail (500)",
    "503": "Ask for time (503, Retry-After 60)",
    "slow": "Answer after 15 seconds",
    "302": "Send elsewhere (302)",
    "410": "Be gone for good (410)",
}
SLOW_SECONDS = 15


@dataclass(frozen=True)
class Received:
    """One call, and what is known of it."""

    at: datetime
    id: str
    type: str
    about: str
    sequence: int | None
    is_signed: bool | None
    is_repeat: bool
    is_late: bool
    answered: str
    body: str


@dataclass
class Shelf:
    """The latest calls. It takes a call's signature for right only under the secret it was given."""

    secret: str = ""
    answer: str = "200"
    calls: deque[Received] = field(default_factory=lambda: deque(maxlen=KEPT))
    seen: dict[str, int] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def put(self, headers: Mapping[str, str], body: bytes) -> Received:
        text = body.decode("utf-8", "replace")
        told = _read(text)
        thing, sequence = told.get("object"), told.get("sequence")
        about = f"{thing.get('type', '')}:{thing.get('id', '')}" if isinstance(thing, dict) else ""
        sequence = sequence if isinstance(sequence, int) else None
        number = headers.get("webhook-id", "")
        is_repeat = number in self.taken
        is_late = not is_repeat and sequence is not None and sequence < self.seen.get(about, 0)
        call = Received(
            datetime.now(UTC), number, str(told.get("type", "")), about, sequence,
            self.is_ours(headers, body) if self.secret else None, is_repeat, is_late, self.answer, text,
        )  # fmt: skip
        if self.answer == "200":
            self.taken.add(number)
            if sequence is not None:
                self.seen[about] = max(sequence, self.seen.get(about, 0))
        self.calls.append(call)
        return call

    def is_ours(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether one of the signatures is right and the call was made within five minutes."""
        try:
            key = base64.b64decode(self.secret.removeprefix("whsec_"), validate=True)
            at = int(headers.get("webhook-timestamp", ""))
        except (binascii.Error, ValueError):
            return False
        if abs(time.time() - at) > TOLERANCE_SECONDS:
            return False
        signed = f"{headers.get('webhook-id', '')}.{at}.".encode() + body
        right = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
        given = headers.get("webhook-signature", "").split()
        return any(hmac.compare_digest(one.encode(), f"v1,{right}".encode()) for one in given)


def _read(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
