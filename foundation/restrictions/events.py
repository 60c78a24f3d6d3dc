"""News about restrictions: ids and kinds, never reasons in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.events import Event


@dataclass(frozen=True)
class AccountRestricted(Event, type="account.restricted"):
    told_when = "something was forbidden to a party, on one platform or everywhere"

    restriction_id: UUID
    party_id: UUID
    platform_id: UUID | None
    kind: str
    active_from: datetime
    active_until: datetime | None


@dataclass(frozen=True)
class AccountUnrestricted(Event, type="account.unrestricted"):
    told_when = "a restriction ended, by a person or by its date"

    restriction_id: UUID
    party_id: UUID
    platform_id: UUID | None
    kind: str
