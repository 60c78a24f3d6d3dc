"""What may be restricted, and what other rooms see of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import TextChoices


class Kind(TextChoices):
    SUSPENDED = "SUSPENDED", "May not sign in or sell"
    SHADOWED = "SHADOWED", "Sales are judged but not counted until a person looked"
    PAYOUTS_BLOCKED = "PAYOUTS_BLOCKED", "Payouts wait"
    STRICT_LIMITS = "STRICT_LIMITS", "Lower limits apply"


@dataclass(frozen=True, slots=True)
class RestrictionLine:
    """One restriction as staff reads it."""

    id: UUID
    party_id: UUID
    platform_id: UUID | None
    kind: Kind
    active_from: datetime
    active_until: datetime | None
    source: str
    reason: str
    legal_basis: str
    placed_by: str
    ended_at: datetime | None
    ended_by: str
