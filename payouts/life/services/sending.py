"""Rails that are told one payout at a time: claim, note that it leaves, tell, write down what was said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from foundation import clock
from foundation.actors import Actor
from foundation.crash import crash_point
from foundation.events import publish_all
from foundation.money import Money
from foundation.restrictions.selectors import kinds_in_force_now
from foundation.retry import retrying
from foundation.states import move_each
from ledger.flows import post_journals
from ledger.rules.flows import payouts as flow
from payouts.life import events
from payouts.life.checks import WAITS
from payouts.life.errors import refusal
from payouts.life.models import Payout, PayoutInstruction
from payouts.life.rules import asking
from payouts.life.services.accounts import account_for, requests_for
from payouts.life.services.claiming import QUIET, currencies_due, hold_queued, prepare
from payouts.life.services.held import alarm, database_now, go_all, hold_instruction, sent_of
from payouts.life.services.settling import settle
from payouts.life.services.unpreparing import take_back_unsent
from payouts.life.states import InstructionState, PayoutState
from payouts.life.switches import is_rail_stopped
from processors.gateways.rails.base import rails
from processors.gateways.rails.types import RailOutcome, RailRequest
from processors.gateways.types import Merchant

I, P = InstructionState, PayoutState  # noqa: E741
AT_ONCE = 20
LOCK, UNLOCK = "SELECT pg_advisory_lock(%s)", "SELECT pg_advisory_unlock(%s)"
TRY_LOCK = "SELECT pg_try_advisory_lock(%s)"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a run of a rail came to."""

    sent: int = 0
    put_off: int = 0
    """Stopped between being taken and sent."""

    def __add__(self, other: Sent) -> Sent:
        return Sent(self.sent + other.sent, self.put_off + other.put_off)


@dataclass(frozen=True, slots=True)
class _Call:
    merchant: Merchant
    request: RailRequest


def send_due(*, rail: str, by: Actor, limit: int = 1_000) -> Sent:
    """Hand over what is due by the database's clock, each payout once, whoever else does the same.

    Called outside of any transaction. One that goes wrong waits for the repair; its error is raised at the end.
    """
    done, wrong = Sent(), list[Exception]()
    for currency in currencies_due(rail):
        account = account_for(rail, currency)
        while done.sent + done.put_off < limit and not is_rail_stopped(rail):
            claimed = _claim(rail, currency, account.slug, min(AT_ONCE, limit - done.sent - done.put_off), by)
            if not claimed:
                break
            crash_point("payouts.claimed")
            for instruction_id, fence in claimed:
                try:
                    done += send_claimed(instruction_id=instruction_id, fence=fence, by=by)
                except Exception as error:  # noqa: BLE001 - raised below, after the others had their turn
                    wrong.append(error)
    if wrong:
        raise wrong[0]
    return done


@retrying
def _claim(rail: str, currency: str, merchant: str, size: int, by: Actor) -> list[tuple[UUID, int]]:
    with transaction.atomic():
        while True:
            found = hold_queued(rail, currency, size)
            if found or not _are_some_due(rail, currency):
                break
        prepared = prepare(found, merchant, by=by)
        crash_point("payouts.before_claimed")
    return [(instruction.pk, instruction.fence) for _, instruction in prepared]


def _are_some_due(rail: str, currency: str) -> bool:
    """Whether others are due behind those that were put off."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM (SELECT id FROM payout WHERE state = 'QUEUED' AND rail = %s AND currency = %s "
            "AND due_at <= fanz_now() LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) due)",
            [rail, currency],
        )
        return bool(cursor.fetchone()[0])


def send_claimed(*, instruction_id: UUID, fence: int, by: Actor) -> Sent:
    """Send one that this worker claimed. Conflict `payouts.lost_claim` when it was taken from it meanwhile."""
    with in_hand(instruction_id) as still_holding:
        call = _mark_sent(instruction_id, fence, by)
        if call is None:
            return Sent(put_off=1)
        crash_point("payouts.sent")
        still_holding()
        rail = rails.find(call.merchant.provider)
        outcome = rail.send(call.merchant, call.request)  # type: ignore[union-attr]
        crash_point("payouts.answered")
        _finish(instruction_id, outcome, by)
    crash_point("payouts.final")
    return Sent(sent=1)


@retrying
def _mark_sent(instruction_id: UUID, fence: int, by: Actor) -> _Call | None:
    """From here on only the rail knows. Committed, with the books, before anything leaves."""
    with transaction.atomic(durable=True):
        at = clock.now()
        payout, instruction = hold_instruction(instruction_id)
        if instruction.state != I.PREPARED or instruction.fence != fence or payout.state != P.PREPARED:
            raise refusal("payouts.lost_claim", state=instruction.state)
        if is_rail_stopped(payout.rail) or kinds_in_force_now(payout.creator_id) & WAITS:
            take_back_unsent(payout, reason="stopped meanwhile", by=by, at=at, due_at=database_now() + QUIET)
            return None
        request = requests_for([(payout, instruction)]).get(instruction.pk)
        if request is None:
            take_back_unsent(payout, reason="no details", by=by, at=at, due_at=None)
            alarm(payout, "no_details", f"{instruction.reference}: its destination cannot be opened")
            return None
        mark_sent([(payout, instruction)], by=by)
        crash_point("payouts.before_sent")
        account = account_for(payout.rail, payout.currency)
        return _Call(account, request)


def mark_sent(pairs: Sequence[tuple[Payout, PayoutInstruction]], *, by: Actor) -> None:
    """Note that these leave now, with the books, on rows that are held: so many statements, however many there are."""
    at = clock.now()
    fees = {payout.pk: Money(payout.fee_minor, payout.currency) for payout, _ in pairs}
    post_journals(
        (instruction.pk, flow.send(payout.creator_id, payout.amount, fees[payout.pk]), None)
        for payout, instruction in pairs
    )
    facts = {"sent_at": at, "lease_until": None}
    asked = asking.next_asking(at, 0, at)
    move_each(
        [(one, {**facts, "repair_at": None if one.batch_id else asked}) for _, one in pairs], to=I.SENT, by=by, at=at
    )
    go_all([payout for payout, _ in pairs], P.SENT, by=by, at=at, sent_at=at, due_at=None)
    publish_all(
        {
            payout: events.PayoutSent(
                payout.pk, payout.creator_id, instruction.pk, instruction.reference, sent_of(payout).minor,
                fees[payout.pk].minor, payout.currency, payout.rail,
            )
            for payout, instruction in pairs
        }
    )  # fmt: skip


@retrying
def _finish(instruction_id: UUID, outcome: RailOutcome, by: Actor) -> None:
    with transaction.atomic(durable=True):
        payout, instruction = hold_instruction(instruction_id)
        settle(payout, instruction, outcome, by=by, at=clock.now())
        crash_point("payouts.before_final")


@contextmanager
def in_hand(instruction_id: UUID) -> Iterator[Callable[[], None]]:
    """This worker may be talking to the rail about it: nobody asks what became of it before it has ended.

    The lock is the session's: it lives as long as the process does, also while that is stopped. What is given refuses
    to go on when the session was lost, and the lock with it.
    """
    connection.ensure_connection()
    session = connection.connection
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [_number(instruction_id)])

    def still_holding() -> None:
        if connection.connection is not session or session.closed:
            raise refusal("payouts.lost_claim")
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    try:
        yield still_holding
    finally:
        if connection.connection is session and not session.closed:
            with connection.cursor() as cursor:
                cursor.execute(UNLOCK, [_number(instruction_id)])


def is_in_hand(instruction_id: UUID) -> bool:
    """Whether a worker that lives is talking to the rail about it."""
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK, [_number(instruction_id)])
        is_free = bool(cursor.fetchone()[0])
        if is_free:
            cursor.execute(UNLOCK, [_number(instruction_id)])
    return not is_free


def _number(instruction_id: UUID) -> int:
    """The last 63 bits of the id: random, and never the number of another lock of ours in practice."""
    return instruction_id.int & (2**63 - 1)


__all__ = ["Sent", "in_hand", "is_in_hand", "mark_sent", "send_claimed", "send_due"]
