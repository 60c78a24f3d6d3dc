"""Everything that happened to a payout, in one list and in a number of questions that does not grow with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from foundation.audit.selectors import AuditLine, records_about_all
from foundation.money import Money
from ledger.selectors import list_journals
from ledger.types import TransferInfo
from payouts.freezes.models import Freeze
from payouts.life.models import Payout, PayoutCheck, PayoutInstruction
from payouts.life.services.held import journal

ORDER = ("asked", "looked", "frozen", "moved", "hold", "told", "deed", "released", "journal")
OF_PAYOUTS = ("cancelled", "withheld", "withheld_back")
OF_INSTRUCTIONS = ("paid", "failed", "returned", "unsent")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, whoever did it."""

    at: datetime
    kind: str
    """asked, looked, moved, hold, told, frozen, released, deed or journal"""
    title: str
    by: str = ""
    amount: Money | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def history_of(
    payout: Payout, instructions: Sequence[PayoutInstruction], freezes: Sequence[Freeze], checks: Sequence[PayoutCheck]
) -> tuple[list[Event], list[TransferInfo]]:
    """Oldest first, and the movements on the books behind it."""
    journals = list_journals(journals_of(payout.pk, [one.pk for one in instructions]))
    by_id = {str(one.pk): one for one in instructions}
    own = [one for one in freezes if one.payout_id == payout.pk]
    records = records_about_all([str(payout.pk), *by_id])
    found = [
        Event(payout.requested_at, "asked", payout.get_origin_display(), payout.requested_by, payout.amount),
        *_looks(checks), *_freezes(own), *_records(records, by_id),
        *(_journal(legs) for legs in journals.values()),
    ]  # fmt: skip
    found.sort(key=_place)
    legs = sorted((leg for legs in journals.values() for leg in legs), key=lambda leg: leg.seq)
    return found, legs


def history_of_freeze(freeze_id: UUID) -> list[Event]:
    """What was done with a freeze, oldest first."""
    return sorted(_records(records_about_all([str(freeze_id)]), {}, moved="hold"), key=_place)


def journals_of(payout_id: UUID, instruction_ids: Sequence[UUID]) -> list[UUID]:
    """Every journal that may have been posted for it; names can be worked out, so none is looked for."""
    of_instructions = [journal(what, id) for id in instruction_ids for what in OF_INSTRUCTIONS]
    of_payout = [journal(what, payout_id) for what in OF_PAYOUTS]
    return [payout_id, *of_payout, *instruction_ids, *of_instructions]


def _place(event: Event) -> tuple[datetime, int]:
    """Records keep thousandths of a second, rows millionths."""
    return event.at.replace(microsecond=event.at.microsecond // 1000 * 1000), ORDER.index(event.kind)


def _looks(checks: Sequence[PayoutCheck]) -> Iterator[Event]:
    """The checks of one moment are one line."""
    for at, same in groupby(checks, key=lambda check: check.at):
        looks = list(same)
        noted = [look.kind for look in looks if look.outcome == PayoutCheck.Outcome.NOTED]
        stopped = [look.kind for look in looks if look.outcome == PayoutCheck.Outcome.STOPPED]
        facts = {"noted": noted, "stopped": stopped, "count": len(looks)}
        yield Event(at, "looked", "stopped" if stopped else "noted" if noted else "passed", facts=facts)


def _freezes(freezes: Sequence[Freeze]) -> Iterator[Event]:
    for one in freezes:
        facts = {"code": one.code, "rule": one.rule, "severity": one.severity, "id": one.pk, "notes": one.notes}
        yield Event(one.frozen_at, "frozen", one.get_code_display(), one.frozen_by, facts=facts)
        if one.released_at:
            facts = {"reason": one.release_reason, "was_wrong": one.was_wrong, "id": one.pk}
            yield Event(one.released_at, "released", one.get_code_display(), one.released_by, facts=facts)


def _records(
    records: Sequence[AuditLine], instructions: Mapping[str, PayoutInstruction], *, moved: str = "moved"
) -> Iterator[Event]:  # fmt: skip
    for line in records:
        said_at = line.facts.get("at")
        at = datetime.fromisoformat(said_at) if said_at else line.at
        facts = {"reason": line.reason, "record": line.id}
        if line.action.endswith(".moved"):
            after = line.facts["after"]
            if one := instructions.get(line.subject_id):
                facts |= {"reference": one.reference, "rail": one.rail, "provider_ref": one.provider_ref}
                yield Event(at, "told", str(after), line.actor, Money(one.amount_minor, one.currency), facts)
            else:
                yield Event(at, moved, str(after), line.actor, facts=facts)
        else:
            more = {name: value for name, value in line.facts.items() if name not in ("reason", "record")}
            yield Event(at, "deed", line.action, line.actor, facts={**more, **facts})


def _journal(legs: Sequence[TransferInfo]) -> Event:
    """A journal by what its first leg moved, with all its legs."""
    facts = {"legs": [{"kind": leg.kind, "id": leg.id} for leg in legs]}
    return Event(legs[0].effective_at, "journal", legs[0].kind, amount=legs[0].amount, facts=facts)
