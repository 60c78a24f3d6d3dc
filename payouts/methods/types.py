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

    @property
    def waits_because(self) -> str:
        """Why nothing goes there yet although it is proved."""
        if self.state is not MethodState.COOLING:
            return ""
        return "It came after another one. It waits until then, so that you notice a change that is not yours."


@dataclass(frozen=True, slots=True)
class RailView:
    """A way of being paid, and the fields it asks for."""

    rail: str
    name: str
    currencies: tuple[str, ...]
    needs: tuple[str, ...]
    may: tuple[str, ...]
