"""Letting large money go again is agreed to by a second person."""

from __future__ import annotations

import json
from uuid import UUID

from foundation.approvals.selectors import is_waiting
from foundation.approvals.types import Application, Description, Effect, Evidence, Payload, Side
from payouts.freezes.errors import refusal
from payouts.freezes.models import Freeze
from payouts.freezes.rules.measures import of_payout
from payouts.freezes.services.amounts import held_by
from payouts.freezes.services.releasing import RELEASE, needs_second_person, release_freeze
from payouts.freezes.states import FreezeState

FIELDS = {"freeze_id": str, "was_wrong": bool, "figures": str}
__all__ = ["FIELDS", "RELEASE"]


def describe(payload: Payload) -> Description:
    row = _row(payload)
    held = [amount for amount in held_by(row) if amount]
    most = max(held, key=lambda amount: of_payout(amount)["payout_dollars"], default=None)
    return Description(
        title=f"Let money go that was stopped: {row.get_freeze_type_display().lower()}",
        subject=("payouts.freeze", str(row.pk)),
        affected=Side("", row.creator_id),
        amount=most,
        effects=(
            Effect("Freeze", row.get_state_display(), "lifted"),
            Effect("Should not have been", "", "yes" if payload["was_wrong"] else "no"),
            *(Effect(f"Lets go for {name.replace('_', ' ')}", "", value) for name, value in _figures(payload).items()),
        ),
        evidence=(
            Evidence("Why it was stopped", row.get_code_display()),
            Evidence("Decided by", row.rule),
            Evidence("Since", f"{row.frozen_at:%-d %b %Y %H:%M} UTC"),
            *(Evidence("Stopped", str(amount)) for amount in held),
        ),
    )  # fmt: skip


def recheck(payload: Payload) -> None:
    """Refuse what was lifted meanwhile, what one person may let go, and to be asked for other figures than it has."""
    row = _row(payload)
    if row.state == FreezeState.RELEASED:
        raise refusal("freezes.lifted_already", released_at=row.released_at)
    if not needs_second_person(row):
        raise refusal("freezes.not_large")
    if not is_waiting(RELEASE, payload) and _figures(payload) != row.measures:
        raise refusal("freezes.changed_meanwhile")


def apply(payload: Payload, under: Application) -> None:
    release_freeze(
        freeze_id=UUID(payload["freeze_id"]), reason=under.reason, was_wrong=payload["was_wrong"], by=under.by,
        at=under.at, approval_id=under.approval_id, counts_for=_figures(payload),
    )  # fmt: skip


def _figures(payload: Payload) -> dict[str, str]:
    """What the money is let go for, as it stood when it was asked."""
    try:
        figures = json.loads(payload["figures"])
    except ValueError:
        figures = None
    if not isinstance(figures, dict):
        raise refusal("freezes.changed_meanwhile")
    return figures


def _row(payload: Payload) -> Freeze:
    try:
        row = Freeze.objects.select_related("payout").filter(pk=UUID(payload["freeze_id"])).first()
    except ValueError:
        row = None
    if row is None:
        raise refusal("freezes.not_found")
    return row
