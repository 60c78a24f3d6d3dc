"""What an answer, an asked-for status or a told fact makes of a payment. The stronger fact wins in any order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from foundation.money import Money
from processors.gateways.types import Code, Outcome, Result
from processors.payments.states import PaymentState

P = PaymentState


class Source(StrEnum):
    """Where a fact comes from."""

    CALL = "call"
    """The answer to the charge itself."""
    QUERY = "query"
    """We asked afterwards."""
    TOLD = "told"
    """The provider told it, and proved it."""
    PERSON = "person"
    """Two people agreed on it, because nobody could be asked."""


class Step(StrEnum):
    CAPTURE = "capture"
    DECLINE = "decline"
    FAIL = "fail"
    EXPIRE = "expire"
    CANCEL = "cancel"
    WAIT_FOR_BUYER = "wait_for_buyer"
    WAIT_FOR_PROVIDER = "wait_for_provider"
    DOUBT = "doubt"
    REOPEN = "reopen"
    """It was believed never to have come, too early."""
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Asked:
    """What we asked for, and when it left."""

    amount: Money
    reference: str
    sent_at: datetime | None
    is_given_up: bool = False
    """It is believed never to have come."""


@dataclass(frozen=True, slots=True)
class Decision:
    step: Step
    why: str = ""
    is_alarm: bool = False


# A call may wait for a bearer and a proof before it leaves, each half a minute: only later does "never came" mean it.
NEVER_CAME_AFTER = timedelta(minutes=3)

# The further down, the stronger: money taken outweighs every end, a bank's no outweighs a clock.
WEIGHT = {
    P.CREATED: 0, P.ROUTED: 0, P.IN_REVIEW: 0, P.PROCESSING: 0, P.REQUIRES_ACTION: 0, P.UNKNOWN: 0,
    P.FAILED: 1, P.EXPIRED: 2, P.CANCELLED: 3, P.DECLINED: 4, P.AUTHORIZED: 4,
    P.CAPTURED: 5, P.SETTLED: 5, P.VOIDED: 5,
}  # fmt: skip
LEADS_TO = {Step.FAIL: P.FAILED, Step.EXPIRE: P.EXPIRED, Step.CANCEL: P.CANCELLED, Step.DECLINE: P.DECLINED}
STEP_OF_CODE = {Code.EXPIRED: Step.EXPIRE, Code.UNDERPAID: Step.EXPIRE}
STALE = Decision(Step.STALE, "more is known already")


def decide(state: PaymentState, outcome: Outcome, asked: Asked, *, source: Source, at: datetime) -> Decision:
    """What follows from this outcome for a payment in this state."""
    if WEIGHT[state] >= WEIGHT[P.CAPTURED]:
        return STALE
    if asked.is_given_up and state is P.FAILED and _may_have_come(outcome.result, source):
        return Decision(Step.REOPEN, "believed never to have come while its call was still out")
    match outcome.result:
        case Result.APPROVED:
            fault = integrity_fault(asked, outcome)
            return Decision(Step.DOUBT, fault, is_alarm=True) if fault else Decision(Step.CAPTURE)
        case Result.DECLINED:
            step = STEP_OF_CODE.get(outcome.code, Step.DECLINE) if outcome.code else Step.DECLINE
            return _end(state, step, str(outcome.code or ""))
        case Result.NOT_SENT:
            if source is Source.QUERY and state is P.REQUIRES_ACTION:
                return Decision(Step.WAIT_FOR_BUYER, "the buyer has not come yet")
            if source is Source.QUERY and not _is_believed(asked, at):
                return _open(state, Decision(Step.DOUBT, "not known to the provider yet"))
            return _end(state, Step.FAIL, "decided_not_taken" if source is Source.PERSON else "not_sent")
        case Result.ACTION_REQUIRED if outcome.action is None and state is P.PROCESSING and source is Source.QUERY:
            # The way to the page was lost with its answer: no buyer ever saw it.
            return _end(state, Step.FAIL, "not_sent") if _is_believed(asked, at) else Decision(Step.DOUBT, "too early")
        case Result.ACTION_REQUIRED:
            return _open(state, Decision(Step.WAIT_FOR_BUYER))
        case Result.PENDING:
            return _open(state, Decision(Step.WAIT_FOR_PROVIDER))
    return _open(state, Decision(Step.DOUBT, "no sure answer"))


def integrity_fault(asked: Asked, outcome: Outcome) -> str:
    """What differs from what was asked, in words; a provider that leaves something out has said nothing wrong."""
    if outcome.amount is not None and outcome.amount != asked.amount:
        return f"asked for {asked.amount}, the provider says {outcome.amount}"
    if outcome.reference and outcome.reference != asked.reference:
        return "the provider names another charge"
    return ""


def contradicts(decided: str, result: Result, step: Step) -> bool:
    """Whether a provider says the opposite of what people had decided."""
    if decided == "taken":
        return step is Step.STALE and result in (Result.DECLINED, Result.NOT_SENT)
    return decided == "not_taken" and step is Step.CAPTURE


def _end(state: PaymentState, step: Step, why: str) -> Decision:
    return Decision(step, why) if WEIGHT[LEADS_TO[step]] > WEIGHT[state] else STALE


def _open(state: PaymentState, decision: Decision) -> Decision:
    return decision if WEIGHT[state] == 0 else STALE


def _may_have_come(result: Result, source: Source) -> bool:
    return result is Result.PENDING or (result is Result.UNKNOWN and source is Source.CALL)


def _is_believed(asked: Asked, at: datetime) -> bool:
    return asked.sent_at is None or at - asked.sent_at >= NEVER_CAME_AFTER
