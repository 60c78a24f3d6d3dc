"""What banks report of files and of payouts in them, read again and again: told twice it changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Min

from foundation import clock
from foundation.actors import Actor
from foundation.identity.roles import Role
from foundation.identity.selectors import people_with
from foundation.ids import named_id
from foundation.money import Money
from foundation.notifications.services import notify
from foundation.retry import retrying
from payouts.life.models import PayoutBatch, PayoutInstruction
from payouts.life.rules import amounts
from payouts.life.services.batches import settle_if_over, tell_file
from payouts.life.services.held import alarm, hold_instruction
from payouts.life.services.settling import settle
from payouts.life.states import BatchState
from processors.gateways.rails.base import rails
from processors.gateways.rails.types import RailOutcome, RailResult, RailTold
from processors.gateways.types import Merchant
from processors.payments.directory import merchants_of

OVERLAP = timedelta(days=3)
"""Reports of so long before the newest word are read again: banks are late."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a reading of reports came to."""

    told: int = 0
    unknown: int = 0
    """References that are not ours."""

    def __add__(self, other: Read) -> Read:
        return Read(self.told + other.told, self.unknown + other.unknown)


def read_reports(*, rail: str, by: Actor) -> Read:
    """Ask a rail that takes files what it has told since, and write it down. Called outside of any transaction."""
    done = Read()
    for account in merchants_of(rail):
        since = _since(account)
        if since is not None:
            for told in rails.find(rail).reports(account, since):  # type: ignore[union-attr]
                done += hear(told, by=by)
    return done


def hear(told: RailTold, *, by: Actor) -> Read:
    """Write down one thing a report told. What nobody can read, and what names another amount than was sent, is not
    believed: finance is called, once. A return less a charge that banks take is believed."""
    if not told.reference and not told.batch_reference:
        call_once(told, f"A rail's report cannot be read: {told.text or told.code or told.key}")
        return Read(unknown=1)
    outcome = RailOutcome(
        told.result, told.provider_ref, told.code, told.text, told.disables_destination, told.fee, dict(told.raw)
    )
    if told.batch_reference:
        batch = PayoutBatch.objects.defer("file").filter(reference=told.batch_reference).first()
        if batch is None:
            return Read(unknown=1)
        if _names_another(told, Money(batch.total_minor, batch.currency)):
            sent = Money(batch.total_minor, batch.currency)
            call_once(told, f"{batch.reference}: the bank speaks of {told.amount}, and {sent} was sent")
            return Read(told=1)
        tell_file(batch_id=batch.pk, outcome=outcome, by=by, at=clock.now())
        return Read(told=1)
    return _hear_one(told, outcome, by)


@retrying
def _hear_one(told: RailTold, outcome: RailOutcome, by: Actor) -> Read:
    with transaction.atomic():
        known = PayoutInstruction.objects.filter(reference=told.reference).values_list("pk", flat=True).first()
        if known is None:
            return Read(unknown=1)
        at = clock.now()
        payout, instruction = hold_instruction(known)
        sent = Money(instruction.amount_minor, instruction.currency)
        if _is_charged_return(told, sent):
            outcome = replace(outcome, came_back=told.amount)
        elif _names_another(told, sent):
            detail = f"{told.reference}: the rail says {told.result} of {told.amount}, and {sent} was sent"
            call_once(told, detail, payout.pk)
            return Read(told=1)
        if told.corrects and told.key not in instruction.raw.get("corrected", []):
            instruction.raw = {**instruction.raw, "corrected": [*instruction.raw.get("corrected", []), told.key]}
            PayoutInstruction.objects.filter(pk=instruction.pk).update(raw=instruction.raw)
            alarm(
                payout,
                "details_corrected",
                f"{told.reference}: the bank wants {', '.join(sorted(told.corrects))} changed",
            )
        settle(payout, instruction, outcome, by=by, at=at)
        if instruction.batch_id is not None:
            settle_if_over(PayoutBatch.objects.locked(instruction.batch_id), by=by, at=at)
    return Read(told=1)


def _names_another(told: RailTold, sent: Money) -> bool:
    return told.amount is not None and told.amount != sent


def _is_charged_return(told: RailTold, sent: Money) -> bool:
    is_less = told.amount is not None and amounts.kept_on_return(sent, told.amount) is not None
    return is_less and told.result is RailResult.RETURNED


def call_once(told: RailTold, detail: str, payout_id: UUID | None = None) -> None:
    """Tell finance of a report that is not believed; it is read again and again, and they hear of it once."""
    with transaction.atomic():
        notify(
            recipients=people_with(Role.FINANCE),
            notice="payout.alarm",
            dedupe=f"payout.report:{named_id('payout.report', told.key)}",
            facts={"payout": f"/{payout_id}" if payout_id else "", "detail": detail[:300]},
            at=clock.now(),
        )


def _since(account: Merchant) -> datetime | None:
    """From when on reports may say something new; None when nothing was ever handed over."""
    files = PayoutBatch.objects.filter(merchant_account_id=account.slug, transmitted_at__isnull=False)
    waiting = files.filter(state__in=(BatchState.TRANSMITTED, BatchState.ACCEPTED))
    oldest = waiting.aggregate(Min("transmitted_at"))["transmitted_at__min"]
    newest = files.aggregate(Max("instructions__answered_at"))["instructions__answered_at__max"]
    known = [moment for moment in (oldest, newest) if moment is not None]
    return min(known) - OVERLAP if known else None
