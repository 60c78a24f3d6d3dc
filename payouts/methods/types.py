"""What other rooms and pages see of a destination."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from payouts.methods.states import MethodState


@dataclass(frozen=True, slots=True)
class MethodView:
    """A destination as its creator and staff see it: never its details."""

    id: UUID
    creator_id: UUID
    rail: str
    currency: str
    label: str
    state: MethodState
    is_preferred: bool
    usable_from: datetime | None
    disabled_reason: str
    created_at: datetime
