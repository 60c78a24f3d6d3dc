"""Every word a creator reads about payouts, in one place: cause first, date second, what they can do third.

Never a score, a bound, the name of a rule, or how something was found. Rooms fill in facts and dates and add no words.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from foundation.http.amounts import plain_amount
from foundation.money import Money
from foundation.reasons import Reason as R


@dataclass(frozen=True, slots=True)
class Why:
    """A cause with the creator's own facts, the same without them, and the first thing they can do about it."""

    filled: str
    action: str = "nothing"
    plain: str = ""
    otherwise: str = ""
    """The cause by other facts, where those of the first sentence were not it."""

    def said(self, facts: Mapping[str, Any]) -> str:
        """The cause by the first sentence whose facts are all there; the plain one when none is."""
        known = {name: value for name, value in facts.items() if value not in (None, "")}
        for sentence in filter(None, (self.filled, self.otherwise)):
            with suppress(KeyError):
                return sentence.format_map(known)
        return self.plain or self.filled


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a creator can do: its button, its sentence, and what it does to the date (`{date}` is computed)."""

    label: str
    text: str
    effect: str
    path: str = ""


NOTHING, AWAIT_REVIEW = "nothing", "await_review"
ROUTINE = Why("A routine check is running.")
REASONS: Final[Mapping[str, Why]] = {
    R.ESCROW_STANDARD: Why(
        "Every payout waits before it leaves; yours waits {wait}.", NOTHING,
        "Every payout waits before it leaves.",
    ),
    R.NEW_ACCOUNT_LARGE_PAYOUT: Why(
        "This is a first large payout on a new account, so a person looks at it.", "verify_identity"
    ),
    R.CHARGEBACK_SPIKE: Why(
        "{disputes} card disputes arrived in 7 days.", "answer_disputes",
        "Several card disputes arrived in a short time.",
        "{disputed} card disputes arrived in 90 days, which is many for {sales} sales.",
    ),
    R.HIGH_REFUND_RATIO: Why(
        "{refunded} of your last {sales} sales were refunded.", "review_listings",
        "Many of your last sales were refunded.",
    ),
    R.CONCENTRATED_PAYERS: Why("Most of this money comes from very few buyers, so we look once more.", "contact"),
    R.BANK_CHANGED: Why("You changed where you are paid to, so we wait before money leaves.", "check_method"),
    R.KYC_MISSING: Why("We need {document}.", "upload_document", "We need a document from you."),
    R.TAX_FORM: Why("We need your tax form.", "tax_form"),
    R.CHECK_IN_PROGRESS: ROUTINE,
    R.RAIL_DELAY: Why(
        "{rail} takes longer than usual; your money is safe.", "other_method",
        "The bank or service that pays you takes longer than usual; your money is safe.",
    ),
    R.HOLIDAY: Why("Banks do not work today; your money is safe with us.", "other_method"),
    R.OUTAGE: Why(
        "Payouts by {rail} wait for the moment, for everybody; your money is safe with us.", "other_method",
        "Payouts wait for the moment, for everybody; your money is safe with us.",
    ),
    R.RETURNED_BY_BANK: Why(
        "Your bank sent it back: {bank}. It is in your balance again.", "check_method",
        "Your bank sent it back. It is in your balance again.",
    ),
    R.NEGATIVE_BALANCE: Why("Refunds exceeded sales; new sales fill it first.", "see_earnings"),
    R.REQUESTED: Why("You asked for it.", NOTHING),
    R.DECIDED_BY_PERSON: Why("A person of ours stopped it to look at it.", "contact"),
    R.DECIDED_BY_RULE: ROUTINE,
    R.EXPIRED: Why("The time for it ran out, so we look once more.", "contact"),
    R.SCHEDULED: Why("It follows the plan you chose.", NOTHING),
    R.CORRECTION: Why("We correct an entry that was wrong; nothing is taken from you for it.", "contact"),
    R.SECURITY: Why("Somebody else may have used your account, so money waits.", "contact"),
    R.CRISIS: Why("Payouts wait while we mend a fault of ours; your money is safe with us.", NOTHING),
}  # fmt: skip
OTHER: Final = ROUTINE

DEEDS: Final[Mapping[str, Deed]] = {
    NOTHING: Deed("Nothing", "You need to do nothing.", "It goes on by itself."),
    AWAIT_REVIEW: Deed("Nothing", "You need to do nothing.", "It goes on once a person of ours has looked at it."),
    "answer_disputes": Deed(
        "Answer your disputes", "Answer each dispute in your portal: that can end it sooner.",
        "Once they are answered and looked at, the money can be there by {date}.",
    ),
    "verify_identity": Deed(
        "Prove who you are", "Prove who you are to your platform: that can end it sooner.",
        "Done today, the money can be there by {date}.",
    ),
    "upload_document": Deed(
        "Send the document", "Send it on the page of the payout and we look at it at once: a photo will do.",
        "Once it holds, the money can be there by {date}.",
    ),
    "tax_form": Deed(
        "Fill in your tax form", "Fill it in on your tax page and we look at it at once.",
        "Once it holds, the money can be there by {date}.", "/starz/tax",
    ),
    "review_listings": Deed(
        "Look at your refunds", "Look at what was refunded and why.",
        "Fewer refunds make your waits shorter; the rest of your income still pays out.",
    ),
    "contact": Deed(
        "Ask a person", "Write to us if something about it is wrong.",
        "A person reads it. It makes nothing later.",
    ),
    "check_method": Deed(
        "Look at where you are paid to", "Look at where you are paid to; if the change was not yours, say so there.",
        "If it is right, it goes on by itself. If it is not yours, nothing goes there.", "/starz/settings/methods",
    ),
    "other_method": Deed(
        "Choose another way", "Choose another way to be paid, if you have one.",
        "It would be there by {date}.",
    ),
    "see_earnings": Deed(
        "Look at your statement", "Look at the lines of your statement.",
        "New sales fill it first; payouts go on after that.", "/starz/statements",
    ),
    "ask_again": Deed("Ask for it again", "Ask for it again from your balance.", "It could be there by {date}.",
                      "/starz/payouts"),
    "cancel": Deed(
        "Cancel it", "Give it up: the money is in your balance again at once.", "Asking again begins a new wait.",
    ),
}  # fmt: skip

# What the rails' reasons are in a creator's words; those that lie with us are told as such.
BANKS_SAY: Final[Mapping[str, str]] = {
    "payee_invalid": "the account does not exist, is closed, or its details are wrong",
    "payee_blocked": "the account is blocked there",
    "refused_by_payee": "it was sent back on the account holder's word",
    "regulatory": "it may not take this payment",
    "duplicate": "it took it for a second one",
}
NOT_PAID = "{rail} could not pay it: {bank}. It is in your balance again."
NOT_PAID_SOMEHOW = "{rail} could not pay it. It is in your balance again."
NOT_PAID_BY_US = "{rail} could not pay it, and it was not your fault. It is in your balance again."

TO_OTHER = "Sent to {destination} it would be there by {date}."

WAITING: Final[Mapping[str, tuple[str, str]]] = {
    "REQUESTED": ("Waits with us", "You asked for it; we look at it now."),
    "SCREENED": ("Waits with us", "You asked for it; we look at it now."),
    "IN_ESCROW": ("Waits with us", ""),
    "FROZEN": ("On hold", ""),
    "APPROVED": ("Leaves soon", "Its wait is over; it leaves with the next run."),
    "QUEUED": ("Leaves soon", "Its wait is over; it leaves with the next run."),
    "PREPARED": ("Leaving now", "It is being handed to {rail} at this moment."),
    "SENT": ("On its way", "We handed it to {rail}."),
    "PROCESSING": ("On its way", "{rail} has it and pays it out."),
    "UNKNOWN": (
        "Being looked for",
        "We handed it to {rail} and its answer was lost. We ask until we know; it is never paid twice.",
    ),
    "PAID": ("Arrived", "It was paid out by {rail}."),
    "RETURNED": ("Came back", ""),
    "FAILED": ("Did not arrive", ""),
    "CANCELLED": ("Given up", "It was not sent. The money is in your balance again, less what you owed."),
}
"""By a payout's state: a word, and the sentence that stands where no reason of its own does."""
SECOND_PERSON = "A payout of this size is agreed to by two people of ours before it leaves."
DISPUTED = "A buyer's bank asks for money inside it back, so we look at it before it leaves."
LONGER = "So this one waits {wait}."
LATE = "It should have left by now. We are working on it and you need to do nothing."

PLACES: Final[Mapping[str, str]] = {"platform": "With us", "rail": "{rail}", "bank": "Your bank"}
NOTES: Final[Mapping[str, str]] = {
    "waits": "end of its wait", "hold": "on hold", "leaves": "leaves by then", "by": "there by then",
    "arrived": "arrived", "back": "came back", "review": "being looked at", "asking": "being looked for",
    "refused": "did not take it", "cancelled": "given up",
}  # fmt: skip
"""Under the stage it is at; the moment follows where there is one."""

STATUSES: Final[Mapping[str, tuple[str, str]]] = {
    "NORMAL": ("Everything is on its way", "Nothing of yours is held up."),
    "DELAYED": ("Something takes longer", "Below is why, until when, and what you can do."),
    "FROZEN": ("Some of your money is on hold", "It stays yours. Below is why, until when, and what you can do."),
    "UNDER_REVIEW": ("A person looks at a payout", "Below is why, and by when you hear from us."),
}
NOTHING_RUNS = "No payout is on its way."

HOLD_TITLES: Final[Mapping[str, str]] = {
    "PAYOUT": "A payout is on hold",
    "WALLET_SEGMENT": "A part of your balance is on hold",
    "REVENUE_SOURCE": "Some of your earnings are on hold",
    "ACCOUNT": "Your payouts are on hold",
}
HOLD_ENDED: Final[Mapping[str, str]] = {
    "PAYOUT": "A payout goes on",
    "WALLET_SEGMENT": "A part of your balance goes on",
    "REVENUE_SOURCE": "Some of your earnings go on",
    "ACCOUNT": "Your payouts go on",
}
HOLD_RESTS: Final[Mapping[str, str]] = {
    "PAYOUT": "The money stays yours; your other payouts go on.",
    "WALLET_SEGMENT": "The rest of your balance is free.",
    "REVENUE_SOURCE": "Your other income still pays out.",
    "ACCOUNT": "The money stays yours.",
}
FREE_ON, HEAR_BY = "It is free again on {date}.", "You hear from us by {date}."
FREE_WHEN = "It goes on by itself once that is done; you hear from us by {date} at the latest."
HOLD_OVER = "We looked at it and it goes on. You need to do nothing."

TIERS: Final[Mapping[str, str]] = {
    "GOLD": "Your payouts wait the shortest time there is.",
    "SILVER": "Your payouts wait a day or two.",
    "BRONZE": "Your payouts wait a few days while your sales build a history.",
    "PROBATION": "Your payouts wait the longest time there is, and people look at more of them.",
}
LONGER_FOR_NOW = "Many of your last sales were refunded, so your payouts wait {wait} for now."
HINTS: Final[Mapping[str, tuple[str, str]]] = {
    "sell_more_than_one_thing": (
        "Sell more than one thing",
        "Income from subscriptions, tips, media or calls together is steadier than from one of them alone.",
    ),
    "fewer_refunds": (
        "Have fewer refunds", "Say in each listing exactly what a buyer gets; look at what was refunded and why.",
    ),
    "fewer_disputes": (
        "Have fewer card disputes", "Answer buyers quickly and refund early when they are right.",
    ),
    "more_buyers": ("Have more buyers", "Income that comes from many people does not stand and fall with one."),
    "time_on_the_platform": ("Time", "It grows by itself with each month you are here."),
    "steady_sales": ("Sell steadily", "A sudden jump is looked at once more; it evens out within weeks."),
}  # fmt: skip
TIER_ROSE, TIER_FELL, TIER_FIRST = "You rose to {tier}", "You went down to {tier}", "You began as {tier}"

TIMELINE: Final[Mapping[str, str]] = {
    "REQUESTED": "Asked for",
    "IN_ESCROW": "Its wait began",
    "BACK_IN_ESCROW": "Goes on",
    "FROZEN": "Put on hold",
    "QUEUED": "Its wait is over",
    "SENT": "Handed to {rail}",
    "PROCESSING": "{rail} took it",
    "UNKNOWN": "No sure answer yet; we keep asking",
    "PAID": "Arrived",
    "RETURNED": "Came back",
    "FAILED": "{rail} could not pay it",
    "CANCELLED": "Given up",
    "rerouted": "Goes to another destination",
    "asked": "You asked a person",
    "answered": "A person answered you",
    "BY_SCHEDULE": "Asked for by your plan",
}

AGENDA: Final[Mapping[str, str]] = {
    "settles": "Sales become available",
    "leaves": "Its wait ends",
    "arrives": "Arrives at {where}",
    "weekly": "Your weekly payout is asked for",
    "threshold": "Your payout by amount is asked for",
    "there": "It would be there by {date}, at {where}.",
    "closed": "No bank works on this day: {rails}.",
    "no_method": "Say first where you want to be paid to in this currency.",
    "too_little": "It begins once {least} are available.",
    "too_little_after_tax": "{free} are enough before tax and too little after it: {kept} of them are kept back, "
    "and at least {least} have to be left.",
}


def plain(amount: Money) -> str:
    """An amount inside a sentence."""
    return f"{plain_amount(amount)} {amount.currency}"


def span(hours: int) -> str:
    """How long something waits: hours up to a day, then days."""
    if hours < 24 or hours % 24:
        return f"{hours} hours"
    return "1 day" if hours == 24 else f"{hours // 24} days"


def why(code: str) -> Why:
    """The words of a reason; one that has none of its own is a routine check."""
    return REASONS.get(code, OTHER)


def deed(name: str) -> Deed:
    """What an action is called and does; one that nobody knows is a word with us."""
    return DEEDS.get(name, DEEDS["contact"])
