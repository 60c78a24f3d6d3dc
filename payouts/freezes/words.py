"""What creators read of a freeze: the cause, the date, what they can do. Never how it was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from payouts.freezes.states import FreezeType, ReleasePath

# Code -> (what happened with the creator's own facts, what is said when facts are missing).
CAUSES: Mapping[str, tuple[str, str]] = {
    "NEW_ACCOUNT_LARGE_PAYOUT": ("This is a first large payout on a new account, so a person looks at it.",) * 2,
    "CHARGEBACK_SPIKE": (
        "{disputes} card disputes arrived in 7 days.",
        "Several card disputes arrived in a short time.",
    ),
    "HIGH_REFUND_RATIO": (
        "{refunded} of your last {sales} sales were refunded.",
        "Many of your last sales were refunded.",
    ),
    "CONCENTRATED_PAYERS": ("Most of this money comes from very few buyers, so we look once more.",) * 2,
    "BANK_CHANGED": ("You changed where you are paid to, so we wait before money leaves.",) * 2,
    "KYC_MISSING": ("We need {document}.", "We need a document from you."),
    "TAX_FORM": ("We need your tax form.",) * 2,
    "CHECK_IN_PROGRESS": ("A routine check is running.",) * 2,
    "NEGATIVE_BALANCE": ("Refunds exceeded sales; new sales fill it first.",) * 2,
}
OTHER = CAUSES["CHECK_IN_PROGRESS"]

ACTIONS: Mapping[str, str] = {
    "nothing": "You need to do nothing.",
    "answer_disputes": "Answer each dispute in your portal: that can end it sooner.",
    "verify_identity": "Prove who you are in your portal: that can end it sooner.",
    "upload_document": "Upload it in your portal and we look at it at once.",
    "review_listings": "Look at what was refunded and why.",
    "contact": "Write to us if something about it is wrong.",
}
TITLES: Mapping[str, str] = {
    FreezeType.PAYOUT: "A payout is on hold",
    FreezeType.WALLET_SEGMENT: "A part of your balance is on hold",
    FreezeType.REVENUE_SOURCE: "Some of your earnings are on hold",
    FreezeType.ACCOUNT: "Your payouts are on hold",
}
REST: Mapping[str, str] = {
    FreezeType.PAYOUT: "The money stays yours; your other payouts go on.",
    FreezeType.WALLET_SEGMENT: "The rest of your balance is free.",
    FreezeType.REVENUE_SOURCE: "Your other income still pays out.",
    FreezeType.ACCOUNT: "The money stays yours.",
}


@dataclass(frozen=True, slots=True)
class Message:
    title: str
    body: str
    cause: str
    until: str
    action: str


def message(
    *, freeze_type: str, code: str, facts: Mapping[str, Any], path: str, until: datetime, action: str
) -> Message:
    """The notice of one freeze, at most 60 words."""
    cause = _cause(code, facts)
    date = f"{until:%-d %B %Y}"
    when = f"It is free again on {date}." if path == ReleasePath.TIME_BASED else f"You hear from us by {date}."
    what = ACTIONS.get(action, ACTIONS["contact"])
    title = TITLES[freeze_type]
    return Message(title, f"{cause} {when} {REST[freeze_type]} {what}", cause, when, what)


def lifted(freeze_type: str) -> Message:
    """What the creator reads when it is over."""
    body = "We looked at it and it goes on. You need to do nothing."
    return Message(f"{TITLES[freeze_type].replace('is on hold', 'goes on').replace('are on hold', 'go on')}", body,
                   "", "", "")  # fmt: skip


def _cause(code: str, facts: Mapping[str, Any]) -> str:
    filled, plain = CAUSES.get(code, OTHER)
    try:
        return filled.format_map({name: value for name, value in facts.items() if value not in (None, "")})
    except KeyError:
        return plain
