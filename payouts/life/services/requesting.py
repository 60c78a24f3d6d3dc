"""A creator asks for money: it leaves available, is looked at, and its hours begin; all at once or not at all."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from compliance.tax.services import what_to_withhold
from foundation.actors import Actor
from foundation.crash import crash_point
from foundation.events import publish
from foundation.ids import uuid7
from foundation.money import Money
from foundation.reasons import Reason
from ledger.flows import collect_debt, post_legs
from ledger.rules.flows import payouts as flow
from payouts.life import events, seams
from payouts.life.errors import refusal
from payouts.life.models import Payout, PayoutEscrow
from payouts.life.rules import amounts, escrow
from payouts.life.selectors import sources_of
from payouts.life.services.approving import ask_release
from payouts.life.services.held import database_now, go, journal
from payouts.life.services.screening import look_at, stop_if_wanted
from payouts.life.services.taxing import withhold
from payouts.life.services.timing import hours_of
from payouts.life.states import PayoutState
from payouts.methods.models import PayoutMethod
from payouts.methods.selectors import method_to_pay

Origin = Payout.Origin
P = PayoutState


def request_payout(
    *, creator_id: UUID, amount: Money, method_id: UUID | None = None, origin: str = Origin.CREATOR, by: Actor,
    at: datetime, payout_id: UUID | None = None, approval_id: UUID | None = None,
) -> Payout:  # fmt: skip
    """Ask for a payout, to this method or the preferred one of the currency; it waits in escrow or is frozen at once.

    Tax is kept back of it as the creator's form says. The same `payout_id` again returns what stands. Refuses a method
    that is not the creator's, not proved or stopped, an amount outside the rail's limits, and more than is available
    once debts are filled.
    """
    with transaction.atomic():
        if payout_id is not None:
            _one_at_a_time(payout_id)
        payout_id = payout_id or uuid7()
        if known := Payout.objects.select_for_update(of=("self",)).filter(pk=payout_id).first():
            if (known.creator_id, known.asked) != (creator_id, amount):
                raise refusal("payouts.other_request")
            return known
        method = method_to_pay(creator_id=creator_id, currency=amount.currency, method_id=method_id)
        kept = what_to_withhold(party_id=creator_id, amount=amount, at=at)
        asked, amount = amount, amount - kept.amount
        fee = amounts.refuse_outside(method.rail, amount).fee
        payout = Payout.objects.create(
            id=payout_id, creator_id=creator_id, method=method, rail=method.rail, amount_minor=amount.minor,
            fee_minor=fee.minor, withheld_minor=kept.amount.minor, currency=amount.currency, origin=origin,
            requested_by=by.reference, requested_at=at, needs_approval=amounts.is_large(amount),
            approval_id=approval_id,
        )  # fmt: skip
        collect_debt(journal_id=journal("debt", payout.pk), creator_id=creator_id, currency=amount.currency)
        post_legs(journal_id=payout.pk, legs=flow.request(creator_id, amount))
        withhold(payout, asked, kept, by=by, at=at)
        crash_point("payouts.reserved")
        publish(
            events.PayoutRequested(payout.pk, creator_id, amount.minor, amount.currency, method.rail, str(origin)),
            key=payout,
        )
        record = _open_escrow(payout, method)
        looks = look_at(payout, at)
        go(payout, P.SCREENED, by=by, reason=origin, at=at)
        go(
            payout, P.IN_ESCROW, by=by, reason=f"{record.hours} hours", at=at, due_at=record.planned_release_at,
            promised_at=record.planned_release_at, reason_code=_code(record),
        )  # fmt: skip
        publish(
            events.PayoutEscrowed(payout.pk, creator_id, record.hours, record.planned_release_at, record.warning),
            key=payout,
        )
        crash_point("payouts.escrowed")
        is_stopped = stop_if_wanted(payout, looks, by=by, at=at)
        if payout.needs_approval and payout.approval_id is None and not is_stopped:
            ask_release(payout, at=at)
        crash_point("payouts.requested")
    return payout


def _one_at_a_time(payout_id: UUID) -> None:
    """Asked for twice at once under one id, the second waits and then finds what the first made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"payouts.request:{payout_id}"])


def _open_escrow(payout: Payout, method: PayoutMethod) -> PayoutEscrow:
    """The record of a payout's hours, counted from the database's moment."""
    standing = seams.measuring.function(payout.creator_id)
    found = escrow.Hours(0, 0) if payout.origin == Origin.EMERGENCY else hours_of(payout.creator_id, standing)
    began = database_now()
    first = escrow.over_at(began, found.hours)
    planned = max(first, method.usable_from or first) if payout.origin != Origin.EMERGENCY else first
    return PayoutEscrow.objects.create(
        payout=payout, starts_at=began, first_release_at=first, planned_release_at=planned, hours=found.hours,
        extension_reason=Reason.BANK_CHANGED if planned > first else "", score=standing.score,
        score_record_id=standing.record_id, risk_factors=list(standing.flags), warning=found.warning,
        sources=sources_of(payout.creator_id, payout.amount),
    )  # fmt: skip


def _code(record: PayoutEscrow) -> str:
    if record.extension_reason:
        return str(record.extension_reason)
    return str(Reason.HIGH_REFUND_RATIO if record.warning else Reason.ESCROW_STANDARD)
