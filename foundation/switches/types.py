"""What rooms declare and what pages show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from foundation.identity.roles import Role
from foundation.switches.states import Deed, Kind, State

Value = str | int | bool | None
Fails = Literal["closed", "open"]
STOPPERS = (Role.EXECUTIVE, Role.FINANCE, Role.COMPLIANCE, Role.FRAUD_RESPONDER, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that stopping now would touch."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """A switch as the room that reads it wrote it down."""

    key: str
    kind: Kind
    title: str
    consequence: str
    scope: str
    fails: Fails
    default: Value
    choices: tuple[Value, ...]
    stopped_by: frozenset[str]
    closes: tuple[str, ...]
    preview: Callable[[], list[Figure]] | None

    @property
    def phrase(self) -> str:
        """What a person types so that no switch is pulled by accident."""
        return f"STOP {self.key}".upper()


@dataclass(frozen=True, slots=True)
class SwitchNow:
    """The part of a switch that code reads."""

    state: State
    value: Value
    version: int


@dataclass(frozen=True, slots=True)
class Change:
    deed: Deed
    by: str
    by_name: str
    at: datetime
    before: str
    after: str
    reason: str
    expires_at: datetime | None
    approval_id: UUID | None


@dataclass(frozen=True, slots=True)
class SwitchLine:
    """A switch as the crisis page shows it."""

    declared: Declaration
    state: State
    value: Value
    version: int
    reason: str
    changed_by_name: str
    changed_at: datetime | None
    expires_at: datetime | None
    is_expired: bool
    pending_approval_id: UUID | None
    may_stop: bool
