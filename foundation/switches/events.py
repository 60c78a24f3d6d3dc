"""News about switches: keys, never reasons in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.events import Event


@dataclass(frozen=True)
class SwitchStopped(Event, type="switch.stopped"):
    told_when = "a person stopped something, or kept it stopped for longer"

    key: str
    by: str
    expires_at: datetime | None


@dataclass(frozen=True)
class SwitchResumed(Event, type="switch.resumed"):
    told_when = "two people started something again"

    key: str
    approval_id: UUID


@dataclass(frozen=True)
class SwitchChanged(Event, type="switch.changed"):
    told_when = "a forced value or a share was changed"

    key: str
    deed: str
    value: str
    approval_id: UUID | None


@dataclass(frozen=True)
class SwitchStopExpired(Event, type="switch.stop_expired"):
    told_when = "a stop lasted longer than planned; it stays stopped, and a resume waits to be decided"

    key: str
    expired_at: datetime
    approval_id: UUID | None
