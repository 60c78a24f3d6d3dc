"""Payouts of the past: each asked for, let go, handed over and answered by the services, on the days of the story."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction

from fanzmoney.demo.clockwork import as_of
from fanzmoney.demo.people import DEMO
from foundation import clock
from foundation.actors import Actor
from foundation.errors import Refusal
from foundation.hooks.queueing import GROUP
from foundation.ids import uuid7
from foundation.inbox.services import pass_over
from foundation.money import Money
from payouts.life.models import Payout, PayoutBatch, PayoutInstruction
from payouts.life.services import cancel_payout, request_payout
from payouts.life.services.accounts import account_for
from payouts.life.services.batches import fill_file, mark_handed_over, open_batch, settle_file, settle_if_over
from payouts.life.services.claiming import prepare
from payouts.life.services.held import hold_instruction
from payouts.life.services.releasing import release_held
from payouts.life.services.sending import mark_sent
from payouts.life.services.settling import apply_rail
from processors.gateways.rails.base import rails
from processors.gateways.rails.types import RailOutcome, RailResult

log = structlog.get_logger("fanz.demo")
FEES = {"paxum": 50, "epayservice": 40}
# By rail: the word with which a payee is refused, and one with which money comes back later.
REFUSALS = {
    "paxum": ("NM", "The payee's account does not take money."), "epayservice": ("receiver", "Unknown receiver."),
    "ach": ("R03", "No account or unable to locate account"), "sepa": ("AC04", "Closed account number"),
    "wire": ("AC01", "Incorrect account number"), "crypto": ("refused", "The signers do not send there."),
}  # fmt: skip
COMES_BACK = {"ach": ("R01", "Insufficient funds"), "sepa": ("MS03", "Reason not given"), "wire": ("MS03", "Not given")}
ANSWERS_AFTER = {
    "paxum": timedelta(seconds=3), "epayservice": timedelta(seconds=4), "ach": timedelta(days=1),
    "sepa": timedelta(hours=20), "wire": timedelta(hours=30), "crypto": timedelta(minutes=35),
}  # fmt: skip
RETURNS_AFTER = timedelta(hours=30)


class End(StrEnum):
    """What becomes of a payout of the past."""

    PAID = "paid"
    REFUSED = "refused"
    RETURNED = "returned"
    GIVEN_UP = "given up"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A payout that somebody asked for then."""

    creator_id: UUID
    by: Actor
    amount: Money
    method_id: UUID
    asked_at: datetime
    end: End = End.PAID
    origin: str = str(Payout.Origin.CREATOR)
    payout_id: UUID = field(default_factory=uuid7)


def write_past(wanted: Sequence[Wanted]) -> list[Payout]:
    """These payouts as far as they came by now; what a rule of the house refuses is left out.

    What should have been answered after this moment is left for the rail itself to answer.
    """
    with transaction.atomic():
        left = [one for one in wanted if _is_gone(one)]
        for one, instruction_id in _hand_over(left):
            _answer(one, instruction_id)
        rows = Payout.objects.in_bulk([one.payout_id for one in wanted])
        pass_over(GROUP, rows.values())
    return [rows[one.payout_id] for one in wanted if one.payout_id in rows]


def _is_gone(one: Wanted) -> bool:
    """Ask for it and let it go; whether it left by now."""
    try:
        with transaction.atomic():
            return _ask_and_release(one)
    except (Refusal, IntegrityError) as refused:  # the latter: something of today may not be joined by the past
        log.info("demo.payout_refused", why=str(refused)[:200])
        return False


def _ask_and_release(one: Wanted) -> bool:
    until = clock.now()
    with as_of(one.asked_at):
        payout = request_payout(
            creator_id=one.creator_id, amount=one.amount, method_id=one.method_id, origin=one.origin, by=one.by,
            at=clock.now(), payout_id=one.payout_id,
        )  # fmt: skip
    if one.end is End.GIVEN_UP:
        with as_of(one.asked_at + timedelta(hours=2)):
            cancel_payout(payout_id=payout.pk, reason="the creator gave it up", by=one.by, at=clock.now())
        return False
    if payout.due_at is None or payout.due_at > until:
        return False
    with as_of(payout.due_at):
        release_held([_read(payout.pk)], by=DEMO, at=clock.now())
    released = _read(payout.pk)
    return bool(released.state == "QUEUED" and released.due_at and released.due_at + _takes(released.rail) < until)


def _takes(rail: str) -> timedelta:
    return ANSWERS_AFTER[rail] + timedelta(minutes=1)


def _hand_over(left: Sequence[Wanted]) -> Iterator[tuple[Wanted, UUID]]:
    """In the run of its rail: alone, or in one file with whoever leaves with the same run."""
    by_id = {one.payout_id: one for one in left}
    rows = sorted(Payout.objects.filter(pk__in=by_id), key=lambda row: (row.rail, row.currency, row.due_at, row.pk))
    for (rail, currency, run_at), same in groupby(rows, key=lambda row: (row.rail, row.currency, row.due_at)):
        found = [_read(row.pk) for row in same]
        with as_of(run_at + timedelta(seconds=20)):
            account = account_for(rail, currency)
            if rails.find(rail).capabilities.is_file:
                batch = open_batch(found, account.slug, by=DEMO)
                fill_file(batch.pk, by=DEMO)
                mark_handed_over(batch.pk, by=DEMO)
                settle_file(batch.pk, RailOutcome(RailResult.ACCEPTED, f"{rail}-past"), by=DEMO, at=clock.now())
            else:
                mark_sent(prepare(found, account.slug, by=DEMO), by=DEMO)
        sent = PayoutInstruction.objects.filter(payout__in=found).order_by("pk").values_list("payout_id", "pk")
        yield from ((by_id[payout_id], instruction_id) for payout_id, instruction_id in sent)


def _answer(one: Wanted, instruction_id: UUID) -> None:
    payout, instruction = hold_instruction(instruction_id)
    if instruction.sent_at is None:
        return
    until, answered_at = clock.now(), instruction.sent_at + ANSWERS_AFTER[payout.rail]
    if one.end is End.REFUSED:
        code, text = REFUSALS[payout.rail]
        said = RailOutcome(RailResult.RETURNED if payout.rail == "ach" else RailResult.REFUSED, code=code, text=text)
    else:
        fee = Money(FEES[payout.rail], payout.currency) if payout.rail in FEES else None
        said = RailOutcome(RailResult.PAID, f"past-{instruction.reference}", fee=fee)
    _tell(instruction, said, answered_at)
    back_at = answered_at + RETURNS_AFTER
    if one.end is End.RETURNED and payout.rail in COMES_BACK and back_at < until:
        code, text = COMES_BACK[payout.rail]
        _tell(instruction, RailOutcome(RailResult.RETURNED, code=code, text=text), back_at)


def _tell(instruction: PayoutInstruction, outcome: RailOutcome, at: datetime) -> None:
    with as_of(at):
        apply_rail(instruction_id=instruction.pk, outcome=outcome, by=DEMO, at=clock.now())
        if instruction.batch_id is not None:
            settle_if_over(PayoutBatch.objects.locked(instruction.batch_id), by=DEMO, at=clock.now())


def _read(payout_id: UUID) -> Payout:
    return Payout.objects.select_related("method", "creator").select_for_update(of=("self",)).get(pk=payout_id)
