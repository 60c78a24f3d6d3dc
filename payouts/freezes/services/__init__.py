"""What can be done with freezes."""

from payouts.freezes.services.judging import Judged, judge_creator
from payouts.freezes.services.placing import freeze_later, place_freeze
from payouts.freezes.services.releasing import (
    ask_release,
    escalate_unreviewed,
    expire_freezes,
    release_freeze,
    sight_of,
)
from payouts.freezes.services.reviewing import escalate_freeze, extend_freeze, review_freeze, see_note

__all__ = [
    "Judged", "ask_release", "escalate_freeze", "escalate_unreviewed", "expire_freezes", "extend_freeze",
    "freeze_later", "judge_creator", "place_freeze", "release_freeze", "review_freeze", "see_note",
    "sight_of",
]  # fmt: skip
