"""Questions of creators: what waits for an answer, what was answered, and those about one payout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from foundation.identity.names import names_of_creators
from foundation.money import Money
from payouts.life.errors import refusal
from payouts.transparency.models import PayoutQuestion

ANSWERED_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its payout, for staff; creators read the words alone."""

    id: UUID
    payout_id: UUID
    creator_id: UUID
    creator: str
    platforms: str
    amount: Money
    state: str
    words: str
    asked_at: datetime
    answer: str
    answered_at: datetime | None
    answered_by: str

    @property
    def due_at(self) -> datetime:
        return self.asked_at + ANSWERED_WITHIN


def list_questions(*, is_open: bool, after: UUID | None = None, limit: int) -> list[Question]:
    """Those that wait, oldest first; or those that were answered, the newest first."""
    rows = PayoutQuestion.objects.filter(answered_at__isnull=is_open).select_related("payout")
    if after is not None:
        rows = rows.filter(pk__gt=after) if is_open else rows.filter(pk__lt=after)
    return _views(list(rows.order_by("pk" if is_open else "-pk")[:limit]))


def first_waiting(payout_id: UUID) -> UUID | None:
    """The oldest question about a payout that waits for an answer."""
    waiting = PayoutQuestion.objects.filter(payout_id=payout_id, answered_at=None)
    return waiting.order_by("pk").values_list("pk", flat=True).first()


def count_waiting() -> int:
    return PayoutQuestion.objects.filter(answered_at=None).count()


def questions_about(payout_id: UUID) -> list[Question]:
    """Those about one payout, newest first."""
    rows = PayoutQuestion.objects.filter(payout_id=payout_id).select_related("payout")
    return _views(list(rows.order_by("-pk")[:50]))


def get_question(question_id: UUID) -> Question:
    """NotFound."""
    row = PayoutQuestion.objects.filter(pk=question_id).select_related("payout").first()
    if row is None:
        raise refusal("payouts.no_question")
    return _views([row])[0]


def _views(rows: list[PayoutQuestion]) -> list[Question]:
    names = names_of_creators(row.payout.creator_id for row in rows)
    return [
        Question(
            row.pk, row.payout_id, row.payout.creator_id, *names.get(row.payout.creator_id, ("", "")),
            row.payout.amount, row.payout.state, row.words, row.asked_at, row.answer, row.answered_at,
            row.answered_by,
        )
        for row in rows
    ]  # fmt: skip
