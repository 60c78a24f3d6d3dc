"""What other rooms and pages see of a request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from foundation.actors import Actor
from foundation.approvals.states import State, Verdict
from foundation.money import Money

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Side:
    """Somebody with a part in a request: the account, and the party or platform that stands behind it."""

    reference: str = ""
    principal: UUID | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing the change would do, as it is now and as it would be."""

    name: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact the decider should know, read at the moment of looking."""

    name: str
    value: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """An exact change in words: what it is about, whom it touches, what it would do. No personal data."""

    title: str
    subject: tuple[str, str] = ("", "")
    affected: Side = Side()
    platform_id: UUID | None = None
    amount: Money | None = None
    effects: tuple[Effect, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Application:
    """Under which request, by whose deciding vote and when a change is applied."""

    approval_id: UUID
    by: Actor
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may ask for a kind of change, who may decide it, and how long they have."""

    kind: str
    asking_roles: frozenset[str]
    deciding_roles: frozenset[str]
    approvers: int
    sla_hours: int
    expiry_hours: int
    clients_may_ask: bool = False
    clients_may_decide: bool = False
    may_ask_for_oneself: bool = False


@dataclass(frozen=True, slots=True)
class Vote:
    by: str
    by_name: str
    verdict: Verdict
    reason: str
    at: datetime


class Standing(NamedTuple):
    """What a line of the queue is made of, by the names of its columns: as much of a request as a list reads."""

    pk: UUID
    policy_id: str
    title: str
    state: str
    requester: str
    affected: str
    affected_principal: UUID | None
    amount_minor: int | None
    currency: str
    platform_id: UUID | None
    requested_at: datetime
    due_at: datetime
    expires_at: datetime
    settled_at: datetime | None
    change_hash: str
    approvers_needed: int
    deciding_roles: list[str]
    amount_bound_id: int | None
    amount_why: str

    @property
    def kind(self) -> str:
        return self.policy_id

    @property
    def amount(self) -> Money | None:
        return None if self.amount_minor is None else Money(self.amount_minor, self.currency)


@dataclass(frozen=True, slots=True)
class ApprovalLine:
    """One line of the queue."""

    id: UUID
    kind: str
    title: str
    state: State
    requester: str
    requester_name: str
    affected_name: str
    amount: Money | None
    platform_id: UUID | None
    requested_at: datetime
    due_at: datetime
    expires_at: datetime
    settled_at: datetime | None
    change_hash: str
    is_mine: bool
    needs: str
    """How many people, and why, where that is for its amount."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One of several requests that may be decided at once; `why_not_in_words` says what keeps this viewer from it."""

    line: ApprovalLine
    reason: str
    effects: tuple[Effect, ...]
    why_not_in_words: str


@dataclass(frozen=True, slots=True)
class ApprovalTitle:
    title: str
    due_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ApprovalDetail:
    """Everything a decider should see before deciding."""

    line: ApprovalLine
    payload: Payload
    reason: str
    affected: str
    approvers_needed: int
    needs: str
    failure_code: str
    effects: tuple[Effect, ...]
    evidence: tuple[Evidence, ...]
    votes: tuple[Vote, ...]
    why_not: str | None
    """The code of what keeps this viewer from deciding, or None."""
    why_not_in_words: str
    may_withdraw: bool
    url: str
