"""Many requests of one kind decided with one reason: each in a transaction of its own, by its own hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from foundation.actors import Actor
from foundation.approvals.errors import refusal
from foundation.approvals.selectors import approvals_seen_by
from foundation.approvals.services import approve, reject
from foundation.approvals.states import State, Verdict
from foundation.errors import Refusal
from foundation.retry import retrying

MOST_AT_ONCE = 50
DECIDE = {Verdict.APPROVE: approve, Verdict.REJECT: reject}
log = structlog.get_logger("fanz.approvals")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of several: its state, or why it was not decided."""

    approval_id: UUID
    state: State | None = None
    why_not: str = ""


def decide_several(
    *, verdict: Verdict, seen: Mapping[UUID, str], reason: str, by: Actor, at: datetime
) -> list[Outcome]:
    """Say the same of each, as it was seen; what one is refused leaves the others decided.

    Refuses, before anything is decided, more than `MOST_AT_ONCE` and requests of several kinds.
    """
    check_several(seen, by)
    return [_decided(verdict, approval_id, seen_hash, reason, by, at) for approval_id, seen_hash in seen.items()]


def check_several(approval_ids: Mapping[UUID, str], by: Actor) -> None:
    if len(approval_ids) > MOST_AT_ONCE:
        raise refusal("approvals.too_many", most=MOST_AT_ONCE)
    kinds = approvals_seen_by(by).filter(pk__in=list(approval_ids)).order_by().values_list("policy", flat=True)
    if len(set(kinds)) > 1:
        raise refusal("approvals.several_kinds", kinds=sorted(set(kinds)))


def _decided(verdict: Verdict, approval_id: UUID, seen_hash: str, reason: str, by: Actor, at: datetime) -> Outcome:
    try:
        settled = retrying(DECIDE[verdict])(
            approval_id=approval_id, seen_hash=seen_hash, reason=reason, by=by, at=at
        )  # fmt: skip
    except Refusal as refused:
        return Outcome(approval_id, why_not=refused.detail)
    except Exception:
        # Whoever decided must hear of those before and after it; their own transactions stand.
        log.exception("approvals.one_of_several_failed", approval_id=str(approval_id))
        return Outcome(approval_id, why_not="A fault of ours kept it from being decided. Nothing was changed.")
    return Outcome(approval_id, State(settled.state))
