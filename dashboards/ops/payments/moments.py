"""The past of a payment as one line per thing that happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from dashboards.ops.ledger.parts import entry_url
from dashboards.ops.payments.words import (
    DISPUTE,
    PAYMENT,
    REFUND,
    TOLD,
    TOLD_OF,
    decline_words,
    provider_name,
    reason_words,
)  # fmt: skip
from foundation.http.components import Moment
from processors.gateways.types import EventKind
from processors.payments.states import AttemptState, DisputeState, PaymentState, RefundState
from processors.payments.types import TimelineEntry
from processors.webhooks.states import ToldState


@dataclass(frozen=True, slots=True)
class Reader:
    """What the person who reads may follow."""

    names: Mapping[str, str]
    has_books: bool
    has_audit: bool

    def name(self, reference: str) -> str:
        return self.names.get(reference, reference)


ATTEMPTS = {
    AttemptState.PREPARED: "prepared, not sent", AttemptState.SENT: "sent, no answer yet",
    AttemptState.ANSWERED: "answered", AttemptState.TIMED_OUT: "sent, the answer was lost",
    AttemptState.REPAIRED: "known after asking",
}  # fmt: skip
RESULTS = {
    "approved": ("normal", "check"), "declined": ("frozen", "x"), "unknown": ("delayed", "help"),
    "not_sent": ("neutral", "x"),
}  # fmt: skip


def moments_of(history: Sequence[TimelineEntry], reader: Reader) -> list[Moment]:
    """Newest last, as it happened."""
    return [DRAWN[entry.kind](entry, reader) for entry in history]


def _created(entry: TimelineEntry, reader: Reader) -> Moment:
    return Moment(entry.at, f"Asked for: {entry.amount}", "", "", "neutral", "inbox")


def _moved(entry: TimelineEntry, reader: Reader) -> Moment:
    badge = PAYMENT[PaymentState(entry.title)]
    href = reverse("compliance:audit_record", args=[entry.facts["record"]]) if reader.has_audit else ""
    title, why = f"Payment: {badge.word.lower()}", str(entry.facts.get("reason") or "")
    return Moment(entry.at, title, reader.name(entry.by), why, badge.tone, badge.icon, href)


def _warrant(entry: TimelineEntry, reader: Reader) -> Moment:
    tone, icon = {"allow": ("normal", "shield"), "review": ("review", "shield")}.get(entry.title, ("frozen", "shield"))
    word = {"allow": "may be charged", "review": "a person looks first"}.get(entry.title, "may not be charged")
    why = "; ".join(map(reason_words, entry.facts["reasons"])) or "Within every limit"
    by = ", ".join(filter(None, (reader.name(entry.by), str(entry.facts["policy"]))))
    return Moment(entry.at, f"Judged: {word}, up to {entry.amount}", by, why, tone, icon)  # type: ignore[arg-type]


def _attempt(entry: TimelineEntry, reader: Reader) -> Moment:
    facts = entry.facts
    tone, icon = RESULTS.get(str(facts["result"]), ("review", "arrow-right"))
    said = decline_words(str(facts["code"])) if facts["code"] else ""
    theirs = " ".join(filter(None, (str(facts["provider_code"]), str(facts["provider_text"]))))
    parts = [
        said, f"it says: {theirs}" if theirs else "", f"our reference {facts['reference']}",
        f"theirs {facts['provider_ref']}" if facts["provider_ref"] else "",
        f"{facts['latency_ms']} ms" if facts["latency_ms"] is not None else "",
        f"asked {facts['repairs']} times" if facts["repairs"] else "",
        f"asked again at {facts['repair_at']:%H:%M:%S} UTC" if facts["repair_at"] else "",
    ]  # fmt: skip
    who = "charged by itself" if facts["origin"] == "provider" else ATTEMPTS[AttemptState(entry.title)]
    title = f"{provider_name(entry.by)}: {who}" + (f", {facts['result']}" if facts["result"] else "")
    return Moment(entry.at, title, "", ". ".join(filter(None, parts)), tone, icon)  # type: ignore[arg-type]


def _told(entry: TimelineEntry, reader: Reader) -> Moment:
    facts = entry.facts
    badge = TOLD[ToldState(str(facts["state"]))]
    parts = [
        "proved" if facts["is_proved"] else "not proved: we asked", badge.word.lower(),
        f"told {facts['times_told']} times" if facts["times_told"] > 1 else "", str(facts["why"]),
    ]  # fmt: skip
    title = f"{provider_name(entry.by)} told: {TOLD_OF[EventKind(entry.title)]}"
    return Moment(entry.at, title, str(facts["key"]), ", ".join(filter(None, parts)), badge.tone, "mail")


def _refund(entry: TimelineEntry, reader: Reader) -> Moment:
    badge = REFUND[RefundState(entry.title)]
    what = "Void" if entry.facts["is_void"] else "Refund"
    by = reader.name(entry.by) if entry.facts["origin"] == "ours" else "The provider, by itself"
    parts = [str(entry.facts["reason"]), str(entry.facts["proof"]), str(entry.facts["code"])]
    title = f"{what} of {entry.amount}: {badge.word.lower()}"
    return Moment(entry.at, title, by, ", ".join(filter(None, parts)), badge.tone, badge.icon)


def _dispute(entry: TimelineEntry, reader: Reader) -> Moment:
    badge = DISPUTE[DisputeState(entry.title)]
    title = f"Dispute of {entry.amount}: {badge.word.lower()}"
    return Moment(entry.at, title, provider_name(entry.by), str(entry.facts["reason"]), badge.tone, badge.icon)


def _journal(entry: TimelineEntry, reader: Reader) -> Moment:
    legs = entry.facts["legs"]
    href = entry_url(UUID(legs[0]["id"])) if reader.has_books else ""
    kinds = ", ".join(dict.fromkeys(leg["kind"] for leg in legs))
    count = f"{len(legs)} movement{'s' * (len(legs) != 1)}"
    return Moment(entry.at, f"On the books: {count}", "", kinds, "normal", "money", href)


DRAWN: dict[str, Callable[[TimelineEntry, Reader], Moment]] = {
    "created": _created, "moved": _moved, "warrant": _warrant, "attempt": _attempt, "told": _told, "refund": _refund,
    "dispute": _dispute, "journal": _journal,
}  # fmt: skip
