"""What platforms tell of content, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import TextChoices

from foundation.money import Money

MOST_IN_A_BATCH = 500


class Kind(TextChoices):
    PHOTO = "photo", "Photo"
    VIDEO = "video", "Video"
    AUDIO = "audio", "Audio"
    POST = "post", "Post"
    BUNDLE = "bundle", "Bundle"
    LIVE = "live", "Live show"
    MESSAGE = "message", "Paid message"
    CHARACTER = "character", "Character"
    GOODS = "goods", "Goods"
    OTHER = "other", "Something else"


class Act(TextChoices):
    """What may be done about a piece of content: by its audience, or by those who keep order."""

    VIEWED = "viewed", "Looked at"
    LIKED = "liked", "Liked"
    COMMENTED = "commented", "Commented on"
    SHARED = "shared", "Shared"
    SAVED = "saved", "Kept for later"
    FLAGGED = "flagged", "Reported"
    REVIEWED = "reviewed", "Looked at by a moderator and left"
    RESTRICTED = "restricted", "Shown to fewer"
    REMOVED = "removed", "Taken down"
    RESTORED = "restored", "Put back"


class By(TextChoices):
    FAN = "fan", "A fan"
    CREATOR = "creator", "A creator"
    MODERATOR = "moderator", "A moderator of the platform"
    SYSTEM = "system", "The platform by itself"


class Source(TextChoices):
    PAYMENT = "payment", "It was paid for"
    GRANTED = "granted", "The platform gave it"


@dataclass(frozen=True, slots=True)
class ContentIn:
    external_id: str
    creator: str
    kind: Kind
    title: str = ""
    price: Money | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class AccessIn:
    """Who may see what, and how much of it they saw. Found again by its own id, or by the payment."""

    external_id: str
    content: str
    fan: str
    payment_id: UUID | None = None
    until: datetime | None = None
    seen_percent: int = 0
    seen_at: datetime | None = None
    device: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class ActionIn:
    external_id: str
    content: str
    act: Act
    by_kind: By
    by: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of one item of a batch: created, updated or unchanged."""

    external_id: str
    result: str
    id: UUID | None = None
