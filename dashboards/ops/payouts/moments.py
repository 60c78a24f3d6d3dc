"""The past of a payout as one line per thing that happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from dashboards.ops.ledger.parts import entry_url
from dashboards.ops.payouts.words import DEEDS, FREEZE, INSTRUCTION, PAYOUT, check_name, rail_name, reason_name
from foundation.http.components import Moment
from foundation.reasons import Reason
from payouts.freezes.states import FreezeState
from payouts.life.states import InstructionState, PayoutState
from payouts.operations.history import Event


@dataclass(frozen=True, slots=True)
class Reader:
    """What the person who reads may see and follow."""

    names: Mapping[str, str]
    has_books: bool
    has_audit: bool
    sees_inside: bool
    """What was found by checks and rules."""

    def name(self, reference: str) -> str:
        return self.names.get(reference, reference)

    def why(self, words: str) -> str:
        """A reason that creators read too is for everybody, other words only inside."""
        if words in Reason.values:
            return reason_name(words)
        return words if self.sees_inside else ""

    def record(self, event: Event) -> str:
        return reverse("compliance:audit_record", args=[event.facts["record"]]) if self.has_audit else ""


def moments_of(history: Sequence[Event], reader: Reader) -> list[Moment]:
    """Newest last, as it happened."""
    return [DRAWN[event.kind](event, reader) for event in history]


def _asked(event: Event, reader: Reader) -> Moment:
    return Moment(event.at, f"{event.title}: {event.amount}", reader.name(event.by), "", "neutral", "inbox")


def _looked(event: Event, reader: Reader) -> Moment:
    title = f"Looked at by {event.facts['count']} checks"
    if not reader.sees_inside:
        return Moment(event.at, title, "", "", "neutral", "search")
    stopped, noted = ([check_name(kind) for kind in event.facts[name]] for name in ("stopped", "noted"))
    parts = [f"stopped by: {', '.join(stopped)}" if stopped else "", f"noted by: {', '.join(noted)}" if noted else ""]
    tone, icon = ("frozen", "stop") if stopped else ("delayed", "search") if noted else ("normal", "search")
    detail = ". ".join(filter(None, parts)) or "nothing found"
    return Moment(event.at, title, "", detail, tone, icon)  # type: ignore[arg-type]


def _moved(event: Event, reader: Reader) -> Moment:
    badge, why = PAYOUT[PayoutState(event.title)], str(event.facts["reason"] or "")
    title = f"Payout: {badge.word.lower()}"
    return Moment(
        event.at, title, reader.name(event.by), reader.why(why), badge.tone, badge.icon, reader.record(event),
    )  # fmt: skip


def _hold(event: Event, reader: Reader) -> Moment:
    badge, words = FREEZE[FreezeState(event.title)], reader.why(str(event.facts["reason"] or ""))
    return Moment(event.at, badge.word, reader.name(event.by), words, badge.tone, badge.icon, reader.record(event))


def _told(event: Event, reader: Reader) -> Moment:
    facts, badge = event.facts, INSTRUCTION[InstructionState(event.title)]
    said = reader.why(str(facts["reason"] or ""))
    parts = [
        f"our reference {facts['reference']}", f"theirs {facts['provider_ref']}" if facts["provider_ref"] else "",
        f"why: {said}" if said else "",
    ]  # fmt: skip
    title = f"{rail_name(str(facts['rail']))}: {badge.word.lower()}, {event.amount}"
    detail = ". ".join(filter(None, parts))
    return Moment(event.at, title, reader.name(event.by), detail, badge.tone, badge.icon, reader.record(event))


def _frozen(event: Event, reader: Reader) -> Moment:
    detail = f"{event.facts['rule']}. {event.facts['notes']}".strip(". ") if reader.sees_inside else ""
    return Moment(event.at, f"Frozen: {event.title.lower()}", reader.name(event.by), detail, "frozen", "stop")


def _released(event: Event, reader: Reader) -> Moment:
    wrong = "It should not have been stopped" if event.facts["was_wrong"] and reader.sees_inside else ""
    detail = ". ".join(filter(None, (reader.why(str(event.facts["reason"])), wrong)))
    return Moment(event.at, f"Let go: {event.title.lower()}", reader.name(event.by), detail, "normal", "check")


def _deed(event: Event, reader: Reader) -> Moment:
    title = DEEDS.get(event.title, event.title.replace(".", " ").replace("_", " ").capitalize())
    until = f"until {event.facts['until'][:16].replace('T', ' ')} UTC. " if "until" in event.facts else ""
    detail = (until + reader.why(str(event.facts["reason"] or ""))).strip()
    return Moment(event.at, title, reader.name(event.by), detail, "review", "person", reader.record(event))


def _journal(event: Event, reader: Reader) -> Moment:
    legs = event.facts["legs"]
    href = entry_url(legs[0]["id"]) if reader.has_books else ""
    kinds = ", ".join(dict.fromkeys(leg["kind"] for leg in legs))
    count = f"{len(legs)} movement{'s' * (len(legs) != 1)}"
    return Moment(event.at, f"On the books: {count}", "", kinds, "normal", "money", href)


DRAWN: dict[str, Callable[[Event, Reader], Moment]] = {
    "asked": _asked, "looked": _looked, "moved": _moved, "hold": _hold, "told": _told, "frozen": _frozen,
    "released": _released, "deed": _deed, "journal": _journal,
}  # fmt: skip
