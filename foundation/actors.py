"""Who is acting: a value that travels from the door to the audit record."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class ActorKind(StrEnum):
    USER = "user"
    CLIENT = "client"
    SYSTEM = "system"
    OPERATOR = "operator"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Actor:
    """The person, platform program or part of the system that does something."""

    kind: ActorKind
    id: str = ""
    roles: frozenset[str] = frozenset()
    party_id: UUID | None = None
    platform_id: UUID | None = None
    scopes: frozenset[str] = frozenset()
    is_second_factor_passed: bool = False
    stepped_up_at: datetime | None = None
    handed_in_by: UUID | None = None  # the platform on whose word alone this person is here
    request_id: str = ""
    source: dict[str, Any] = field(default_factory=dict, compare=False)  # ip, agent: personal, kept erasable

    @property
    def reference(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else str(self.kind)

    @property
    def platform(self) -> UUID:
        """The platform this program or developer belongs to."""
        if self.platform_id is None:
            raise RuntimeError(f"{self.reference} belongs to no platform")
        return self.platform_id

    @property
    def is_known(self) -> bool:
        return self.kind is not ActorKind.ANONYMOUS

    def has_role(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)

    def within(self, request_id: str) -> Actor:
        return replace(self, request_id=request_id)


ANONYMOUS = Actor(ActorKind.ANONYMOUS)


def system(part: str) -> Actor:
    """A part of the product acting on its own: a sweeper, a schedule, a consumer."""
    return Actor(ActorKind.SYSTEM, part)
