"""A creator asks a person about a payout: their words are kept with it and somebody hears of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.errors import Invalid
from foundation.identity.roles import Role
from foundation.identity.selectors import people_with
from foundation.notifications.services import notify
from payouts.life.errors import refusal
from payouts.life.models import Payout
from payouts.transparency.past import ASKED

MOST_WORDS = 1000


def ask_person(*, payout_id: UUID, creator_id: UUID, question: str, by: Actor, at: datetime) -> None:
    """Put a creator's question before support; it stands in the payout's history. Another's payout is not found."""
    asked = question.strip()[:MOST_WORDS]
    if not asked:
        raise Invalid("payouts.question_missing", "Say what you want to know.")
    with transaction.atomic():
        payout = Payout.objects.filter(pk=payout_id, creator_id=creator_id).first()
        if payout is None:
            raise refusal("payouts.not_found")
        record(ASKED, by=by, subject=payout, reason=asked[:300])
        notify(
            recipients=people_with(Role.SUPPORT), notice="payout.asked_about",
            dedupe=f"{ASKED}:{payout_id}:{at:%Y%m%d%H%M}", facts={"payout_id": payout_id, "question": asked}, at=at,
        )  # fmt: skip
