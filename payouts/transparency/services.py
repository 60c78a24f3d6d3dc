"""A creator asks a person about a payout, and a person answers: their words are kept with it, and both hear of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.errors import Invalid, NotFound
from foundation.identity.roles import Role
from foundation.identity.selectors import accounts_of, people_with
from foundation.notifications.services import notify
from payouts.life.errors import refusal
from payouts.life.models import Payout
from payouts.transparency.models import PayoutQuestion
from payouts.transparency.past import ANSWERED, ASKED

MOST_WORDS, MOST_WAITING = 1000, 5


def ask_person(*, payout_id: UUID, creator_id: UUID, question: str, by: Actor, at: datetime) -> PayoutQuestion:
    """Put a creator's question before support; it stands in the payout's history. Another's payout is not found.

    Refuses more than a few that wait for an answer.
    """
    asked = question.strip()[:MOST_WORDS]
    if not asked:
        raise Invalid("payouts.question_missing", "Say what you want to know.")
    with transaction.atomic():
        payout = Payout.objects.select_for_update(of=("self",)).filter(pk=payout_id, creator_id=creator_id).first()
        if payout is None:
            raise refusal("payouts.not_found")
        if PayoutQuestion.objects.filter(payout=payout, answered_at=None).count() >= MOST_WAITING:
            raise refusal("payouts.asked_often")
        row = PayoutQuestion.objects.create(payout=payout, words=asked, asked_at=at)
        record(ASKED, by=by, subject=payout, reason=asked[:300], question_id=row.pk)
        notify(
            recipients=people_with(Role.SUPPORT), notice="payout.asked_about", dedupe=f"{ASKED}:{row.pk}",
            facts={"question_id": row.pk, "question": asked}, at=at,
        )  # fmt: skip
    return row


def answer_creator(*, question_id: UUID, answer: str, by: Actor, at: datetime) -> PayoutQuestion:
    """Answer a creator, who is told; the first answer stands. Nobody answers about their own money."""
    said = answer.strip()[:MOST_WORDS]
    if not said:
        raise Invalid("payouts.answer_missing", "Say what the creator is to read.")
    with transaction.atomic():
        row = _held(question_id)
        payout = row.payout
        if by.party_id is not None and by.party_id == payout.creator_id:
            raise refusal("payouts.about_you")
        if row.answered_at is not None:
            raise refusal("payouts.question_answered")
        row.answer, row.answered_at, row.answered_by = said, at, by.reference
        row.save(update_fields=["answer", "answered_at", "answered_by"])
        record(ANSWERED, by=by, subject=payout, reason=said[:300], question_id=row.pk)
        notify(
            recipients=accounts_of(payout.creator_id), notice="payout.question_answered",
            dedupe=f"{ANSWERED}:{row.pk}", facts={"payout_id": payout.pk, "answer": said}, at=at,
        )  # fmt: skip
    return row


def _held(question_id: UUID) -> PayoutQuestion:
    try:
        return PayoutQuestion.objects.locked(question_id)
    except NotFound:
        raise refusal("payouts.no_question") from None
