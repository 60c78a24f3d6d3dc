"""What creators read of a freeze: the cause, the date, what they can do. Never how it was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from payouts import words
from payouts.freezes.states import ReleasePath


@dataclass(frozen=True, slots=True)
class Message:
    title: str
    body: str
    cause: str
    until: str
    action: str


def message(
    *, freeze_type: str, code: str, facts: Mapping[str, Any], path: str, until: datetime, action: str
) -> Message:
    """The notice of one freeze, at most 60 words."""
    cause = words.why(code).said(facts)
    when = (words.FREE_ON if path == ReleasePath.TIME_BASED else words.HEAR_BY).format(date=f"{until:%-d %B %Y}")
    what = words.deed(action).text
    title = words.HOLD_TITLES[freeze_type]
    return Message(title, f"{cause} {when} {words.HOLD_RESTS[freeze_type]} {what}", cause, when, what)


def page_of(payout_id: UUID | None) -> str:
    """Where under /starz/ it is explained."""
    return f"payouts/{payout_id}" if payout_id else "standing"


def lifted(freeze_type: str) -> Message:
    """What the creator reads when it is over."""
    return Message(words.HOLD_ENDED[freeze_type], words.HOLD_OVER, "", "", "")
