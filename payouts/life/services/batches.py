"""Rails that take files: chosen, written once, handed over, and told about by reports."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from foundation import clock
from foundation.actors import Actor
from foundation.crash import crash_point
from foundation.errors import Invalid
from foundation.ids import uuid7
from foundation.money import total
from foundation.retry import retrying
from foundation.states import move
from payouts.life.models import Payout, PayoutBatch, PayoutInstruction
from payouts.life.rules.asking import LEASE, next_asking
from payouts.life.services.accounts import account_for, requests_for
from payouts.life.services.claiming import currencies_due, hold_queued, prepare
from payouts.life.services.held import alarm, database_now
from payouts.life.services.sending import in_hand, is_in_hand, mark_sent
from payouts.life.services.settling import settle, settle_all
from payouts.life.services.timing import books_on
from payouts.life.services.unpreparing import take_back_unsent
from payouts.life.states import BatchState, InstructionState
from payouts.life.switches import is_rail_stopped
from processors.gateways.rails.base import FileRail, rails
from processors.gateways.rails.reasons import is_twice
from processors.gateways.rails.types import BatchToWrite, RailFile, RailOutcome, RailRequest, RailResult
from processors.payments.directory import merchant

B, I = BatchState, InstructionState  # noqa: E741
# Files of one account and day are numbered one after another.
NUMBERING = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
CLAIM = """
UPDATE payout_batch SET repair_at = fanz_now() + %s * interval '1 second' WHERE id IN (
    SELECT id FROM payout_batch WHERE repair_at <= fanz_now() ORDER BY repair_at LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING id
"""
Pairs = list[tuple[Payout, PayoutInstruction]]


@dataclass(frozen=True, slots=True)
class Filed:
    """What a run of a rail that takes files came to."""

    files: int = 0
    payouts: int = 0


def file_due(*, rail: str, by: Actor, limit: int = 10_000) -> Filed:
    """Write and hand over what is due by the database's clock, each payout in one file, whoever else does the same.

    Called outside of any transaction. What dies on the way is carried on by `repair_files`.
    """
    files, payouts, most = 0, 0, rails.find(rail).capabilities.most_in_a_file
    for currency in currencies_due(rail):
        while payouts < limit and not is_rail_stopped(rail):
            batch_id, count = choose(rail, currency, min(most, limit - payouts), by)
            if batch_id is None:
                break
            crash_point("payouts.batched")
            carry_on(batch_id, by=by)
            files, payouts = files + 1, payouts + count
    return Filed(files, payouts)


def carry_on(batch_id: UUID, *, by: Actor) -> None:
    """Take a file as far as it goes at the moment: written, handed over, asked about."""
    with in_hand(batch_id):
        if _state(batch_id) == B.BATCHED:
            write_file(batch_id, by)
            crash_point("payouts.file_written")
        if _state(batch_id) == B.FILE_CREATED and _mark_transmitted(batch_id, by):
            crash_point("payouts.file_marked")
            _hand_over(batch_id, by)


def repair_files(*, by: Actor, limit: int = 50) -> int:
    """Carry on files whose worker died, and ask about those that got no answer; returns how many."""
    done = 0
    for batch_id in _claim(limit):
        if is_in_hand(batch_id):
            continue
        if _state(batch_id) != B.TRANSMITTED:
            carry_on(batch_id, by=by)
        elif _ask_file(batch_id, by).result is RailResult.NOT_SENT:
            with in_hand(batch_id):
                _hand_over(batch_id, by)
        done += 1
    return done


@retrying
def choose(rail: str, currency: str, size: int, by: Actor) -> tuple[UUID | None, int]:
    """The payouts of the next file, held together by a batch; nothing has left."""
    account = account_for(rail, currency)
    with transaction.atomic():
        found = hold_queued(rail, currency, size)
        if not found:
            return None, 0
        batch = open_batch(found, account.slug, by=by)
        crash_point("payouts.before_batched")
    return batch.pk, len(found)


def open_batch(found: list[Payout], account: str, *, by: Actor) -> PayoutBatch:
    """Hold queued payouts of one rail and currency together, in the caller's transaction."""
    at, now = clock.now(), database_now()
    rail, currency, day = found[0].rail, found[0].currency, now.date()
    with connection.cursor() as cursor:
        cursor.execute(NUMBERING, [f"payouts.file:{account}:{currency}:{day}"])
    same = {"rail": rail, "merchant_account_id": account, "currency": currency, "day": day}
    number = (PayoutBatch.objects.filter(**same).aggregate(Max("number"))["number__max"] or 0) + 1
    batch_id = uuid7()
    batch = PayoutBatch.objects.create(
        id=batch_id,
        **same,
        number=number,
        reference=f"PB{batch_id.hex[:18].upper()}",
        created_at=at,
        execute_on=books_on(rail, now),
        repair_at=now + LEASE,
    )
    prepare(found, account, batch=batch, by=by)
    return batch


@retrying
def write_file(batch_id: UUID, by: Actor) -> None:
    """Write the file once, of what is still in the batch; it never changes again."""
    with transaction.atomic():
        fill_file(batch_id, by=by)
        crash_point("payouts.before_file")


def fill_file(batch_id: UUID, *, by: Actor) -> None:
    """The same in the caller's transaction."""
    pairs, batch = _hold(batch_id, I.PREPARED)
    if batch.state != B.BATCHED:
        return
    at, asked = clock.now(), requests_for(pairs)
    good = _writable(batch, pairs, asked, by, at)
    if not good:
        move(batch, to=B.REFUSED, by=by, reason="nothing is left in it", at=at, repair_at=None,
             refused_reason="nothing is left in it")  # fmt: skip
        return
    file = _build(batch, [asked[instruction.pk] for _, instruction in good])
    amount = total((asked[instruction.pk].amount for _, instruction in good), batch.currency)
    move(
        batch, to=B.FILE_CREATED, by=by, at=at, count=len(good), total_minor=amount.minor, file=file.content,
        file_name=file.name[:80], file_sha256=hashlib.sha256(file.content).digest(),
    )  # fmt: skip


def _writable(batch: PayoutBatch, pairs: Pairs, asked: dict[UUID, RailRequest], by: Actor, at: datetime) -> Pairs:
    """Those the file can carry; the others wait for a person."""
    good = []
    for payout, instruction in pairs:
        why = "" if instruction.pk in asked else "its destination cannot be opened"
        if not why:
            try:
                _build(batch, [asked[instruction.pk]])
            except Invalid as refused:
                why = refused.detail
        if why:
            take_back_unsent(payout, reason=why, by=by, at=at, due_at=None)
            alarm(payout, "not_writable", f"{instruction.reference}: {why}")
        else:
            good.append((payout, instruction))
    return good


def _build(batch: PayoutBatch, entries: list[RailRequest]) -> RailFile:
    written = BatchToWrite(batch.reference, batch.day, batch.number, tuple(entries), batch.execute_on)
    return _rail(batch).build(merchant(batch.merchant_account_id), written)


@retrying
def _mark_transmitted(batch_id: UUID, by: Actor) -> bool:
    """From here on the bank may have it. Committed, with the books of every payout in it, before anything leaves."""
    with transaction.atomic(durable=True):
        is_marked = mark_handed_over(batch_id, by=by)
        crash_point("payouts.before_transmitted")
    return is_marked


def mark_handed_over(batch_id: UUID, *, by: Actor) -> bool:
    """The same in the caller's transaction; False when it does not leave now."""
    pairs, batch = _hold(batch_id, I.PREPARED)
    if batch.state != B.FILE_CREATED or is_rail_stopped(batch.rail):
        return False
    at = clock.now()
    mark_sent(pairs, by=by)
    move(batch, to=B.TRANSMITTED, by=by, at=at, transmitted_at=at, repair_at=next_asking(at, 0, at))
    return True


def _hand_over(batch_id: UUID, by: Actor) -> None:
    """The same bytes under the same reference: handed over again it is still one file."""
    batch = PayoutBatch.objects.get(pk=batch_id)
    file = RailFile(batch.file_name, bytes(batch.file or b""))
    outcome = _rail(batch).transmit(merchant(batch.merchant_account_id), file, batch.reference)
    crash_point("payouts.transmitted")
    tell_file(batch_id=batch_id, outcome=outcome, by=by, at=clock.now())


def _ask_file(batch_id: UUID, by: Actor) -> RailOutcome:
    batch = PayoutBatch.objects.get(pk=batch_id)
    PayoutBatch.objects.filter(pk=batch_id).update(repairs=batch.repairs + 1)
    outcome = _rail(batch).status(
        merchant(batch.merchant_account_id), batch.reference, batch.bank_ref, batch.transmitted_at or batch.created_at
    )
    if outcome.result is not RailResult.NOT_SENT:
        tell_file(batch_id=batch_id, outcome=outcome, by=by, at=clock.now())
    return outcome


@retrying
def tell_file(*, batch_id: UUID, outcome: RailOutcome, by: Actor, at: datetime) -> None:
    """Write down what became of a whole file, for all in it that have no word of their own."""
    with transaction.atomic():
        settle_file(batch_id, outcome, by=by, at=at)


def settle_file(batch_id: UUID, outcome: RailOutcome, *, by: Actor, at: datetime) -> None:
    """The same in the caller's transaction."""
    pairs, batch = _hold(batch_id, I.SENT, I.TIMED_OUT, I.ACCEPTED)
    if batch.state in (B.REFUSED, B.SETTLED):
        return
    ref, why = outcome.provider_ref[:120] or batch.bank_ref, (outcome.text or outcome.code)[:300]
    if outcome.result in (RailResult.UNKNOWN, RailResult.NOT_SENT):
        is_open = batch.state == B.TRANSMITTED
        ask_at = next_asking(batch.transmitted_at or at, batch.repairs, at) if is_open else None
        PayoutBatch.objects.filter(pk=batch.pk).update(repair_at=ask_at)
        if is_twice(outcome.code) and not batch.refused_reason:
            PayoutBatch.objects.filter(pk=batch.pk).update(refused_reason=why)
            alarm(batch, "file_twice", f"{batch.reference}: refused as one that was paid before ({why}): ask the bank")
        elif ask_at is None and batch.repair_at is not None:
            alarm(batch, "unknown", f"{batch.reference}: nobody knows what became of this file")
    elif outcome.result is RailResult.REFUSED:
        move(batch, to=B.REFUSED, by=by, reason=why, at=at, repair_at=None, refused_reason=why or "refused")
        alarm(batch, "file_refused", f"{batch.reference}: {why or 'the bank refused it'}")
        for payout, instruction in pairs:
            said = RailResult.NOT_SENT if instruction.state == I.SENT else RailResult.REFUSED
            settle(payout, instruction, RailOutcome(said, code="file_refused", text=why), by=by, at=at)
    else:
        if batch.state == B.TRANSMITTED:
            move(batch, to=B.ACCEPTED, by=by, reason=why, at=at, repair_at=None, bank_ref=ref)
        settle_all(pairs, RailOutcome(outcome.result, code=outcome.code), by=by, at=at)
        settle_if_over(batch, by=by, at=at)


def settle_if_over(batch: PayoutBatch, *, by: Actor, at: datetime) -> None:
    """A file every payout of which has an end is settled."""
    is_open = batch.instructions.filter(state__in=(I.PREPARED, I.SENT, I.TIMED_OUT, I.ACCEPTED)).exists()
    if not is_open and batch.state in (B.TRANSMITTED, B.ACCEPTED):
        move(batch, to=B.SETTLED, by=by, at=at, settled_at=at, repair_at=None)


@retrying
def _claim(limit: int) -> list[UUID]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, [LEASE.total_seconds(), limit])
        return [id for (id,) in cursor.fetchall()]


def _hold(batch_id: UUID, *states: InstructionState) -> tuple[Pairs, PayoutBatch]:
    """The payouts of a file in the order of their ids, then the file, held."""
    ids = PayoutInstruction.objects.filter(batch_id=batch_id).values_list("payout_id", flat=True)
    held = Payout.objects.select_for_update(of=("self",)).filter(pk__in=list(ids)).order_by("pk")
    payouts = {row.pk: row for row in held}
    batch = PayoutBatch.objects.locked(batch_id)
    rows = PayoutInstruction.objects.filter(batch_id=batch_id, state__in=states).select_related("method")
    return [(payouts[row.payout_id], row) for row in rows.order_by("payout_id")], batch


def _state(batch_id: UUID) -> str:
    return PayoutBatch.objects.values_list("state", flat=True).get(pk=batch_id)


def _rail(batch: PayoutBatch) -> FileRail:
    rail = rails.find(batch.rail)
    assert rail.capabilities.is_file
    return rail  # type: ignore[return-value]
