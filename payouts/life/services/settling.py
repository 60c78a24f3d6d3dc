"""The one place where a rail's word becomes the state of a payout, its books and news; under the payout's lock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.crash import crash_point
from foundation.events import Event, publish, publish_all
from foundation.money import Money
from foundation.reasons import Reason
from foundation.states import move, move_each
from ledger import flows
from ledger.rules.flows import payouts as flow
from ledger.rules.legs import Legs
from payouts.life import events
from payouts.life.models import Payout, PayoutInstruction
from payouts.life.rules import asking
from payouts.life.rules.asking import Word
from payouts.life.services.held import (
    alarm,
    database_now,
    go,
    go_all,
    hold_instruction,
    journal,
    sent_of,
)
from payouts.life.services.timing import run_after
from payouts.life.states import InstructionState, PayoutState
from payouts.methods.models import PayoutMethod
from payouts.methods.services import stop_method
from payouts.methods.states import Rail
from processors.gateways.rails.base import rails
from processors.gateways.rails.types import RailOutcome, RailResult

I, P = InstructionState, PayoutState  # noqa: E741
Facts = dict[str, Any]
Pairs = Sequence[tuple[Payout, PayoutInstruction]]
TRY_AGAIN = timedelta(minutes=15)


def apply_rail(
    *, instruction_id: UUID, outcome: RailOutcome, by: Actor, at: datetime, is_asked: bool = False
) -> Payout:
    """Write down what a rail said of an instruction, whoever heard it; the same again changes nothing."""
    with transaction.atomic():
        payout, instruction = hold_instruction(instruction_id)
        settle(payout, instruction, outcome, by=by, at=at, is_asked=is_asked)
    return payout


def settle(
    payout: Payout, instruction: PayoutInstruction, outcome: RailOutcome, *, by: Actor, at: datetime,
    is_asked: bool = False,
) -> None:  # fmt: skip
    """Decide and carry out, on rows that are held."""
    settle_all([(payout, instruction)], outcome, by=by, at=at, is_asked=is_asked)


def settle_all(pairs: Pairs, outcome: RailOutcome, *, by: Actor, at: datetime, is_asked: bool = False) -> None:
    """The same word about many: what was taken and what was paid in so many statements, however many there are."""
    told: dict[Word, list[tuple[Payout, PayoutInstruction]]] = {}
    for payout, instruction in pairs:
        age = at - instruction.sent_at if instruction.sent_at else timedelta(0)
        said = asking.word(
            I(instruction.state), outcome.result, is_asked=is_asked, age=age,
            is_in_file=instruction.batch_id is not None,
            is_against_people=_is_against_people(payout, instruction, outcome),
        )  # fmt: skip
        told.setdefault(said, []).append((payout, instruction))
    for said, some in told.items():
        if said in _TOGETHER:
            _TOGETHER[said](some, outcome, by, at)
            crash_point("payouts.booked")
        else:
            for payout, instruction in some:
                _settle_one(said, payout, instruction, outcome, by, at, is_asked=is_asked)
    if outcome.disables_destination:
        for payout, instruction in pairs:
            method = PayoutMethod.objects.select_for_update(of=("self",)).get(pk=instruction.method_id)
            stop_method(method, f"{Rail(payout.rail).label} does not pay there any more.", by=by, at=at)


def _is_against_people(payout: Payout, instruction: PayoutInstruction, outcome: RailOutcome) -> bool:
    """Whether a rail says another thing than what two people told of its return."""
    told = instruction.raw.get(asking.TOLD_BY_PEOPLE)
    if told is None:
        return False
    if outcome.result in (RailResult.RETURNED, RailResult.REFUSED):
        return (outcome.came_back or sent_of(payout)).minor != told
    return outcome.result is RailResult.PAID and payout.paid_at is None


def _settle_one(
    said: Word, payout: Payout, instruction: PayoutInstruction, outcome: RailOutcome, by: Actor, at: datetime, *,
    is_asked: bool,
) -> None:  # fmt: skip
    if said is Word.KNOWN:
        _learn(instruction, outcome, at, is_asked=is_asked)
    elif said is Word.ALARM:
        said_now = f"{instruction.reference}: {instruction.state}, and the rail says {outcome.result}"
        alarm(payout, "contradiction", said_now)
        if instruction.state == I.REFUSED:
            PayoutInstruction.objects.filter(pk=instruction.pk).update(repair_at=None)
    else:
        _DEEDS[said](payout, instruction, outcome, _facts(instruction, outcome), by, at)
        crash_point("payouts.booked")


def _facts(instruction: PayoutInstruction, outcome: RailOutcome) -> Facts:
    return {
        "code": outcome.code[:40], "provider_text": outcome.text[:300], "raw": {**instruction.raw, **outcome.raw},
        "provider_ref": (outcome.provider_ref or instruction.provider_ref)[:120], "lease_until": None,
    }  # fmt: skip


def _take(pairs: Pairs, outcome: RailOutcome, by: Actor, at: datetime) -> None:
    moves = []
    for p, i in pairs:
        asks = rails.find(p.rail).capabilities.asks_status
        look = asking.next_look(i.sent_at or at, i.repairs, at) if asks else None
        moves.append((i, {"answered_at": at, "repair_at": look, **_facts(i, outcome)}))
    move_each(moves, to=I.ACCEPTED, by=by, reason=outcome.code[:40], at=at)
    waiting = [p for p, _ in pairs if p.state != P.PROCESSING]
    go_all(waiting, P.PROCESSING, by=by, at=at, due_at=None)
    publish_all({p: events.PayoutTaken(p.pk, p.creator_id, p.rail) for p in waiting})


def _pay(pairs: Pairs, outcome: RailOutcome, by: Actor, at: datetime) -> None:
    fees = {p.pk: _fee(p, outcome) for p, _ in pairs}
    flows.post_journals((journal("paid", i.pk), _confirm(p, fees[p.pk]), None) for p, i in pairs)
    same = {"answered_at": at, "repair_at": None}
    moves = [(i, {**same, "rail_fee_minor": fees[p.pk].minor, **_facts(i, outcome)}) for p, i in pairs]
    move_each(moves, to=I.DONE, by=by, at=at)
    paid = [p for p, _ in pairs]
    go_all(paid, P.PAID, by=by, at=at, paid_at=at, due_at=None)
    publish_all({p: events.PayoutPaid(p.pk, p.creator_id, sent_of(p).minor, p.currency, p.rail, at) for p in paid})


def _fee(p: Payout, outcome: RailOutcome) -> Money:
    return outcome.fee if outcome.fee and outcome.fee.currency == p.currency else Money.zero(p.currency)


def _confirm(p: Payout, fee: Money) -> Legs:
    if _is_coin(p):
        return flow.confirm_coins(p.creator_id, sent_of(p), fee)
    return flow.confirm(p.creator_id, sent_of(p), p.rail, fee)


def _refuse(p: Payout, i: PayoutInstruction, outcome: RailOutcome, facts: Facts, by: Actor, at: datetime) -> None:
    """Nothing was paid and nothing will be under this name: the money is available again, our fee with it.

    What was only not listed is looked for a while longer.
    """
    watch_at = asking.next_watch(i.sent_at, at) if i.sent_at and outcome.result is RailResult.NOT_SENT else None
    fee = Money(p.fee_minor, p.currency)
    flows.fail_payout(journal_id=journal("failed", i.pk), creator_id=p.creator_id, amount=p.amount, fee=fee)
    why = facts["code"] or facts["provider_text"] or str(outcome.result)
    move(i, to=I.REFUSED, by=by, reason=why, at=at, answered_at=at, repair_at=watch_at, **facts)
    go(p, P.FAILED, by=by, reason=why, at=at, due_at=None, ended_at=at, ended_reason=why[:300],
       reason_code=Reason.RETURNED_BY_BANK)  # fmt: skip
    _tell(p, events.PayoutFailed(p.pk, p.creator_id, p.amount_minor, p.currency, p.rail, facts["code"]))


def _come_back(p: Payout, i: PayoutInstruction, outcome: RailOutcome, facts: Facts, by: Actor, at: datetime) -> None:
    if i.state == I.DONE and _is_coin(p):
        alarm(p, "coins_back", f"{i.reference}: coins are said to have come back; look, then ask for it to be booked")
        return
    why = facts["code"] or facts["provider_text"] or "returned"
    take_back(p, i, outcome.came_back or sent_of(p), why, facts, by=by, at=at)


def take_back(
    p: Payout, i: PayoutInstruction, came: Money, why: str, facts: Facts, *, by: Actor, at: datetime
) -> None:  # fmt: skip
    """It arrived, or was on its way, and came back: the creator has all of it again, what banks kept is ours to bear.

    Our fee stays: the rail did its work.
    """
    amount = sent_of(p)
    kept = amount - came
    flows.return_payout(
        journal_id=journal("returned", i.pk), creator_id=p.creator_id, amount=amount, rail=p.rail, kept=kept,
        was_paid=i.state == I.DONE,
    )  # fmt: skip
    if i.state == I.SENT:
        move(i, to=I.ACCEPTED, by=by, at=at, answered_at=at)
        go(p, P.PROCESSING, by=by, at=at)
    move(i, to=I.RETURNED, by=by, reason=why, at=at, answered_at=at, repair_at=None,
         rail_fee_minor=i.rail_fee_minor + kept.minor, **facts)  # fmt: skip
    go(p, P.RETURNED, by=by, reason=why, at=at, due_at=None, ended_at=at, ended_reason=why[:300],
       reason_code=Reason.RETURNED_BY_BANK)  # fmt: skip
    _tell(p, events.PayoutReturned(p.pk, p.creator_id, amount.minor, p.currency, p.rail, facts.get("code", "")))


def _requeue(p: Payout, i: PayoutInstruction, outcome: RailOutcome, facts: Facts, by: Actor, at: datetime) -> None:
    """Certain that nothing reached the rail: it waits for another run, under another name."""
    was_sent = i.state == I.SENT
    if was_sent:
        legs = flow.unsend(p.creator_id, p.amount, Money(p.fee_minor, p.currency))
        flows.post_legs(journal_id=journal("unsent", i.pk), legs=legs)
    move(i, to=I.NOT_SENT, by=by, reason=facts["code"] or "not sent", at=at, answered_at=at, repair_at=None, **facts)
    go(p, P.QUEUED, by=by, reason=facts["code"] or "not sent", at=at, sent_at=None,
       due_at=max(run_after(p, at), database_now() + TRY_AGAIN), reason_code=Reason.RAIL_DELAY)  # fmt: skip
    if was_sent and i.number % asking.MOST_TRIES == 0:
        why = facts["provider_text"]
        alarm(p, "rail_not_reached", f"{i.reference}: {p.rail} did not take it {i.number} times ({why})")


def _doubt(p: Payout, i: PayoutInstruction, outcome: RailOutcome, facts: Facts, by: Actor, at: datetime) -> None:
    """Nobody knows: ask later, and call a person when asking has not helped."""
    is_absent = outcome.result is RailResult.NOT_SENT
    when = asking.next_search if is_absent and i.batch_id is None else asking.next_asking
    ask_at = when(i.sent_at or at, i.repairs, at)
    if i.state in (I.SENT, I.ACCEPTED) and not is_absent:
        move(i, to=I.TIMED_OUT, by=by, reason="no sure answer", at=at, repair_at=ask_at, **facts)
        go(p, P.UNKNOWN, by=by, reason="no sure answer", at=at, due_at=None, reason_code=Reason.RAIL_DELAY)
        return
    i.repair_at = ask_at
    PayoutInstruction.objects.filter(pk=i.pk).update(repair_at=ask_at)
    if ask_at is None:
        alarm(p, "unknown", f"{i.reference}: asked {i.repairs} times, and nobody knows what became of it")


def _learn(i: PayoutInstruction, outcome: RailOutcome, at: datetime, *, is_asked: bool) -> None:
    """The same again: it may bring the rail's own number; a report read again does not put off the next question."""
    if is_asked and i.state == I.ACCEPTED and i.repair_at is not None:
        i.repair_at = asking.next_look(i.sent_at or at, i.repairs, at)
    elif is_asked and i.state == I.REFUSED:
        i.repair_at = asking.next_watch(i.sent_at or at, at)
    if outcome.provider_ref and not i.provider_ref:
        i.provider_ref = outcome.provider_ref[:120]
    PayoutInstruction.objects.filter(pk=i.pk).update(repair_at=i.repair_at, provider_ref=i.provider_ref)


_TOGETHER = {Word.TAKE: _take, Word.PAY: _pay}
_DEEDS = {Word.REFUSE: _refuse, Word.COME_BACK: _come_back, Word.REQUEUE: _requeue, Word.DOUBT: _doubt}


def _is_coin(payout: Payout) -> bool:
    return payout.rail == Rail.CRYPTO


def _tell(payout: Payout, event: Event) -> None:
    publish(event, key=payout)
