"""What is not known is asked about, never sent again; what was taken and never sent goes back to the queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from foundation import clock
from foundation.actors import Actor
from foundation.crash import crash_point
from foundation.errors import Unavailable
from foundation.retry import let_connection_go, retrying
from payouts.life.errors import refusal
from payouts.life.models import Payout, PayoutInstruction
from payouts.life.rules.asking import LEASE
from payouts.life.services.accounts import requests_for
from payouts.life.services.held import hold_instruction
from payouts.life.services.sending import is_in_hand
from payouts.life.services.settling import settle
from payouts.life.states import InstructionState
from processors.gateways.rails.base import rails
from processors.gateways.rails.types import RailOutcome, RailRequest, RailResult
from processors.gateways.types import Merchant
from processors.payments.directory import merchant

I = InstructionState  # noqa: E741
OPEN = (I.SENT, I.TIMED_OUT, I.ACCEPTED)
LEASES_OVER = """
SELECT id FROM payout_instruction WHERE state = 'PREPARED' AND lease_until <= fanz_now() ORDER BY lease_until LIMIT %s
"""
# The claim is the lease: who takes a row puts its next time off, and a second worker finds nothing.
CLAIM = """
UPDATE payout_instruction SET repair_at = fanz_now() + %s * interval '1 second' WHERE id IN (
    SELECT id FROM payout_instruction WHERE repair_at <= fanz_now() ORDER BY repair_at LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a round of asking came to."""

    asked: int = 0
    taken_back: int = 0
    """Taken by a run that died before it sent them."""
    put_off: int = 0


@dataclass(frozen=True, slots=True)
class _Question:
    merchant: Merchant
    rail: str
    reference: str
    provider_ref: str
    sent_at: datetime
    request: RailRequest | None


def repair_due(*, by: Actor, limit: int = 200) -> Repaired:
    """Take back what was never sent and ask about everything whose time has come.

    Called outside of any transaction. One that goes wrong does not keep the others waiting; its error is raised at the
    end.
    """
    wrong: list[Exception] = []
    taken_back = sum(_each(_leases_over(limit), lambda id: _take_back(id, by), wrong))
    claimed = _claim(limit)
    asked = sum(_each(claimed, lambda id: ask(id, by=by) is not None, wrong))
    if wrong:
        raise wrong[0]
    return Repaired(asked, taken_back, len(claimed) - asked)


def _each(ids: list[UUID], work: Callable[[UUID], bool], wrong: list[Exception]) -> list[bool]:
    done = []
    for id in ids:
        try:
            done.append(work(id))
        except Unavailable:
            done.append(False)
        except Exception as error:  # noqa: BLE001 - raised by the caller, after the others had their turn
            wrong.append(error)
    return done


def ask(instruction_id: UUID, *, by: Actor) -> Payout | None:
    """One question to the rail about one instruction; None while a worker is still talking to it."""
    if is_in_hand(instruction_id):
        return None
    question = _note_question(instruction_id)
    if question is None:
        return None
    crash_point("payouts.asking")
    let_connection_go()
    rail = rails.find(question.rail)
    outcome = rail.status(
        question.merchant, question.reference, question.provider_ref, question.sent_at, question.request
    )
    crash_point("payouts.asked")
    return _finish(instruction_id, outcome, by)


def ask_payout(*, payout_id: UUID, by: Actor) -> Payout | None:
    """Ask now about the open instruction of a payout; None when there is nothing to ask. Outside of any transaction."""
    open_one = PayoutInstruction.objects.filter(payout_id=payout_id, state__in=OPEN).first()
    if open_one is None or not rails.find(open_one.rail).capabilities.asks_status:
        if not Payout.objects.filter(pk=payout_id).exists():
            raise refusal("payouts.not_found")
        return None
    return ask(open_one.pk, by=by)


def _leases_over(limit: int) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(LEASES_OVER, [limit])
        return [id for (id,) in cursor.fetchall()]


@retrying
def _claim(limit: int) -> list[UUID]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, [LEASE.total_seconds(), limit])
        return [id for (id,) in cursor.fetchall()]


@retrying
def _take_back(instruction_id: UUID, by: Actor) -> bool:
    """Whoever took it died or sleeps before sending it: certain that nothing left, and its claim is over."""
    with transaction.atomic(durable=True):
        payout, instruction = hold_instruction(instruction_id)
        if instruction.state != I.PREPARED:
            return False
        settle(payout, instruction, RailOutcome(RailResult.NOT_SENT, code="never_sent"), by=by, at=clock.now())
        return True


@retrying
def _note_question(instruction_id: UUID) -> _Question | None:
    with transaction.atomic(durable=True):
        payout, instruction = hold_instruction(instruction_id)
        if instruction.state not in (*OPEN, I.REFUSED) or instruction.sent_at is None:
            PayoutInstruction.objects.filter(pk=instruction.pk).update(repair_at=None)
            return None
        PayoutInstruction.objects.filter(pk=instruction.pk).update(repairs=instruction.repairs + 1)
        return _Question(
            merchant(instruction.merchant_account_id), instruction.rail, instruction.reference,
            instruction.provider_ref, instruction.sent_at,
            requests_for([(payout, instruction)]).get(instruction.pk),
        )  # fmt: skip


@retrying
def _finish(instruction_id: UUID, outcome: RailOutcome, by: Actor) -> Payout:
    with transaction.atomic(durable=True):
        payout, instruction = hold_instruction(instruction_id)
        settle(payout, instruction, outcome, by=by, at=clock.now(), is_asked=True)
        return payout
