"""How payouts are called on pages: a word, a colour and a sentence for each state, reason and refusal."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse

from foundation.http.components import Badge
from foundation.reasons import Reason
from payouts.freezes.states import FreezeState, FreezeType, ReleasePath, Severity
from payouts.life.models import Payout
from payouts.life.states import BatchState, EscrowStatus, InstructionState, PayoutState
from payouts.methods.states import Rail

P, I, B = PayoutState, InstructionState, BatchState  # noqa: E741
PAYOUT = {
    P.REQUESTED: Badge("Asked for", "neutral", "dot"),
    P.SCREENED: Badge("Looked at", "neutral", "search"),
    P.IN_ESCROW: Badge("In escrow", "review", "clock"),
    P.FROZEN: Badge("Frozen", "frozen", "stop"),
    P.APPROVED: Badge("Released", "review", "check"),
    P.QUEUED: Badge("In the queue", "review", "arrow-right"),
    P.PREPARED: Badge("Taken by a run", "review", "arrow-right"),
    P.SENT: Badge("Handed over", "review", "arrow-up"),
    P.PROCESSING: Badge("With the rail", "review", "clock"),
    P.UNKNOWN: Badge("Not known", "delayed", "help"),
    P.PAID: Badge("Paid", "normal", "check"),
    P.RETURNED: Badge("Came back", "delayed", "arrow-down"),
    P.FAILED: Badge("Refused by the rail", "frozen", "x"),
    P.CANCELLED: Badge("Given up", "neutral", "x"),
}
INSTRUCTION = {
    I.PREPARED: Badge("Written, not sent", "neutral", "dot"),
    I.SENT: Badge("Sent, no answer yet", "review", "arrow-up"),
    I.ACCEPTED: Badge("Taken", "review", "clock"),
    I.DONE: Badge("Arrived", "normal", "check"),
    I.REFUSED: Badge("Refused", "frozen", "x"),
    I.NOT_SENT: Badge("Never reached it", "neutral", "x"),
    I.TIMED_OUT: Badge("No answer", "delayed", "help"),
    I.RETURNED: Badge("Came back", "delayed", "arrow-down"),
}
BATCH = {
    B.BATCHED: "chosen", B.FILE_CREATED: "written", B.TRANSMITTED: "handed over", B.ACCEPTED: "taken by the bank",
    B.REFUSED: "refused by the bank", B.SETTLED: "settled",
}  # fmt: skip
ESCROW = {
    EscrowStatus.PENDING: "not begun", EscrowStatus.IN_ESCROW: "its hours run", EscrowStatus.RELEASED: "over",
    EscrowStatus.FROZEN: "stopped", EscrowStatus.DISPUTED: "a dispute touches it",
}  # fmt: skip
LOOKS = {
    "passed": Badge("Nothing found", "normal", "check"), "noted": Badge("Worth a look", "delayed", "search"),
    "stopped": Badge("Stops it", "frozen", "stop"),
}  # fmt: skip
CHECKS = {
    "identity": "Who they are", "restrictions": "Restrictions", "freezes": "Freezes", "risk": "Freeze rules",
    "sanctions": "Sanctions lists", "laundering": "Patterns of laundering", "disputes": "Card disputes",
}  # fmt: skip
SEVERITY = {
    Severity.LOW: Badge("Low", "neutral", "dot"), Severity.MEDIUM: Badge("Medium", "review", "dot"),
    Severity.HIGH: Badge("High", "delayed", "warn"), Severity.CRITICAL: Badge("Critical", "frozen", "stop"),
}  # fmt: skip
FREEZE = {
    FreezeState.ACTIVE: Badge("Stops money", "frozen", "stop"),
    FreezeState.ESCALATED: Badge("With a department", "review", "search"),
    FreezeState.RELEASED: Badge("Lifted", "normal", "check"),
}
SCOPE = {
    FreezeType.PAYOUT: "One payout", FreezeType.WALLET_SEGMENT: "Part of the balance",
    FreezeType.REVENUE_SOURCE: "A source of earnings", FreezeType.ACCOUNT: "Everything",
}  # fmt: skip
PATH = {
    ReleasePath.TIME_BASED: "at its time", ReleasePath.MANUAL_REVIEW: "when a person has looked",
    ReleasePath.CONDITION_MET: "when its conditions are met",
}  # fmt: skip
SHORT_PATH = {
    ReleasePath.TIME_BASED: "by itself", ReleasePath.MANUAL_REVIEW: "by a person",
    ReleasePath.CONDITION_MET: "by conditions",
}  # fmt: skip
ORIGIN = dict(Payout.Origin.choices)
LATE = Badge("Late", "delayed", "warn")
FOR_PEOPLE = Badge("Waits for two people", "review", "person")
DEEDS = {
    "freeze.placed": "Stopped", "freeze.reviewed": "Looked at and kept", "freeze.extended": "Made to last longer",
    "payout.extended": "Made to wait longer", "payout.confirmed_by_hand": "Confirmed by hand",
    "payout.returned_by_hand": "Came back, told by two people", "payout.rerouted": "Sent to another destination",
}  # fmt: skip
WHAT_TO_DO = {
    "payouts.frozen": "Lift its freeze first.",
    "payouts.too_late": "A rail or a file has it, or it is over. Reload the page: it shows where it is.",
    "payouts.not_in_escrow": "It left escrow meanwhile. Reload the page.",
    "payouts.not_frozen": "It was let go meanwhile. Reload the page.",
    "payouts.not_by_hand": "Its rail says itself when money arrived, or somebody was faster. Reload the page.",
    "payouts.not_what_was_sent": "Name what came back of this payout; what is more belongs to something else.",
    "payouts.bad_date": "Choose a later moment, at most a week ahead.",
    "payouts.changed_meanwhile": "Reload the page: it shows what holds now.",
    "payouts.emergency_stopped": "Look at what stops the creator first.",
    "freezes.changed_meanwhile": "Reload the page: it shows what holds now.",
    "freezes.lifted_already": "Somebody was faster. Reload the page.",
    "freezes.second_person": "Ask for it: a second person agrees.",
    "freezes.with_a_department": "They decide. Add a note if you found something.",
    "approvals.may_not_ask": "Compliance, fraud responders, finance or an admin ask for it.",
    "freezes.about_you": "Ask a colleague.",
    "freezes.bad_end": "Choose a date within half a year.",
    "switches.stopped": "Payouts are stopped at the moment; see Switches.",
}


def rail_name(rail: str) -> str:
    return str(Rail(rail).label) if rail in Rail.values else rail


def reason_name(code: str) -> str:
    return str(Reason(code).label) if code in Reason.values else code.replace("_", " ").capitalize()


def ended_words(state: str, words: str, *, sees_inside: bool) -> str:
    """Why a payout ended: what a rail said is for all of staff, what people wrote when they gave it up is not."""
    return words if sees_inside or state != P.CANCELLED else PAYOUT[P.CANCELLED].word


def check_name(kind: str) -> str:
    return CHECKS.get(kind, kind.replace("_", " ").capitalize())


def what_to_do(code: str) -> str:
    return WHAT_TO_DO.get(code, "Reload the page and look again.")


def payout_url(payout_id: UUID | str) -> str:
    return reverse("ops:payout", args=[payout_id])


def short(id: UUID | str) -> str:
    return f"…{str(id)[-6:]}"
