"""What can be done with freezes."""

from payouts.freezes.services.judging import Judged, judge_creator
from payouts.freezes.services.placing import freeze_later, place_freeze
from payouts.freezes.services.releasing import (
    ask_release,
    escalate_unreviewed,
    expire_freezes,
    release_freeze,
    review_freeze,
)

__all__ = [
    "Judged", "ask_release", "escalate_unreviewed", "expire_freezes", "freeze_later", "judge_creator", "place_freeze",
    "release_freeze", "review_freeze",
]  # fmt: skip
