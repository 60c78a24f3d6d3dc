"""What came of a scenario: the money, the hours, what stopped it, who looks at it, and what the creator reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from compliance.escalations.models import Escalation
from fanzmoney.demo.scenarios.stage import Part, payout_of
from foundation import clock
from payouts.freezes.models import Freeze, ReviewNote
from payouts.freezes.states import STOPS
from payouts.integrity.selectors import get_score
from payouts.life.selectors import get_escrow, get_payout
from payouts.transparency.selectors import get_shown, list_freezes


@dataclass(frozen=True, slots=True)
class Found:
    """As it stands at this moment."""

    creator_id: UUID
    payout_id: UUID
    amount: str
    state: str
    score: int
    hours: int
    leaves: datetime
    is_extended: bool
    warning: str
    freezes: tuple[tuple[str, str, str], ...]
    """Of each live one its scope, reason and way out."""
    escalations: tuple[tuple[str, str], ...]
    """Of each open one its type and department."""
    notes: tuple[str, ...]
    """Rules that put it in front of a person and stop nothing."""
    status: str
    reads: tuple[str, ...]
    """The creator's page, sentence by sentence."""

    @property
    def codes(self) -> set[str]:
        return {code for _, code, _ in self.freezes}

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def look(part: Part, creator_id: UUID) -> Found:
    """Everything about the scenario's payout."""
    payout_id = payout_of(part)
    payout, escrow = get_payout(payout_id), get_escrow(payout_id)
    live = Freeze.objects.filter(creator_id=creator_id, state__in=STOPS).order_by("pk")
    open_ones = Escalation.objects.open().filter(creator_id=creator_id).order_by("pk")
    shown = get_shown(payout_id, creator_id=creator_id, at=clock.now())
    held = [f"{one.title}. {one.reason} {one.until}" for one in list_freezes(creator_id)]
    return Found(
        creator_id=creator_id, payout_id=payout_id, amount=str(payout.amount), state=str(payout.state),
        score=get_score(creator_id).score, hours=escrow.hours, leaves=escrow.planned_release_at,
        is_extended=escrow.is_extended, warning=escrow.warning,
        freezes=tuple((str(row.freeze_type), str(row.code), str(row.path)) for row in live),
        escalations=tuple((str(row.type), str(row.department)) for row in open_ones),
        notes=tuple(
            ReviewNote.objects.filter(creator_id=creator_id).order_by("pk").values_list("rule", flat=True)
        ),
        status=str(shown.status),
        reads=tuple(filter(None, (shown.word, shown.reason, shown.until, *held))),
    )  # fmt: skip
