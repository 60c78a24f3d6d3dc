"""Disputes: the bank takes back, what it concerns is held, and one day it is won or lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from foundation.errors import Conflict, NotFound
from foundation.ids import named_id
from foundation.money import Money
from ledger import chart
from ledger.flows.earnings import collect_debt
from ledger.flows.freezes import freeze_part, held_for, lift_freeze
from ledger.flows.journal import Journal, Standing, lock_creator, moved, post_decided, post_legs, posted_before
from ledger.flows.sales import read_sold
from ledger.rules.flows import chargebacks
from ledger.rules.flows.chargebacks import Dispute
from ledger.rules.flows.refunds import FeePolicy, Sold
from ledger.rules.legs import Legs, Moved, Source, leg_id
from ledger.types import AccountKey

REASON = "dispute"


def open_dispute(
    *, journal_id: UUID, sale_journal_id: UUID, disputed: Money, fee: Money, policy: FeePolicy = FeePolicy.RETURNED,
    paid_again: Iterable[UUID] = (), effective_at: datetime | None = None,
) -> Journal:  # fmt: skip
    """Book that a bank took a payment back, once, and hold the creator's part of it as far as it is there.

    Conflict when the sale was not paid through a processor.
    """
    again = tuple(paid_again)
    sold = read_sold(sale_journal_id, again)
    if sold.paid[0].debit.kind != "processor":
        raise Conflict("ledger.not_disputable", "Only what a processor charged can be disputed.")
    part = chargebacks.creators_part(sold, disputed, policy)

    with transaction.atomic():
        journal = post_decided(
            journal_id=journal_id, asked={"sale": sale_journal_id, "disputed": disputed, "fee": fee, "policy": policy},
            creator_id=sold.creator_id, currency=disputed.currency, effective_at=effective_at,
            decide=lambda _: chargebacks.open_dispute(read_sold(sale_journal_id, again), disputed, fee),
        )  # fmt: skip
        if journal.is_new:
            freeze_part(freeze_id=journal_id, keys=_where_held(sold), amount=part, subject=journal_id, reason=REASON)
    return journal


def hold_disputed(
    *, event_id: UUID, creator_id: UUID, currency: str, disputes: Iterable[tuple[UUID, UUID]],
    policy: FeePolicy = FeePolicy.RETURNED,
) -> None:  # fmt: skip
    """Hold what open disputes could not hold so far, as far as it is there by now; under this event once.

    `disputes`: the journals of sale and dispute. Nothing is held for one that is over.
    """
    with transaction.atomic():
        lock_creator(creator_id, currency)
        for sale_journal_id, dispute_journal_id in disputes:
            id = leg_id(dispute_journal_id, "dispute.claim")
            claim = moved([id]).get(id)
            if claim and claim.left:
                sold = read_sold(sale_journal_id)
                freeze_part(
                    freeze_id=event_id, keys=_where_held(sold), subject=dispute_journal_id, reason=REASON,
                    amount=chargebacks.creators_part(sold, claim.left, policy),
                )  # fmt: skip


def win_dispute(
    *, journal_id: UUID, sale_journal_id: UUID, dispute_journal_id: UUID, is_fee_returned: bool = False,
    effective_at: datetime | None = None,
) -> Journal:  # fmt: skip
    """Book that the bank gave the money back, and let the creator's part go. This journal's id belongs into
    `paid_again` of whatever is asked about the sale from now on."""
    sold = read_sold(sale_journal_id)
    clearing = sold.paid[0].debit
    return _end(
        journal_id, sold, dispute_journal_id, {"won": dispute_journal_id, "is_fee_returned": is_fee_returned},
        lambda dispute, _: chargebacks.win_dispute(dispute, clearing, is_fee_returned=is_fee_returned), effective_at,
    )  # fmt: skip


def lose_dispute(
    *, journal_id: UUID, sale_journal_id: UUID, dispute_journal_id: UUID, policy: FeePolicy = FeePolicy.RETURNED,
    fee_borne: Money | None = None, effective_at: datetime | None = None,
) -> Journal:  # fmt: skip
    """Book that the money is gone: the parts of the sale are taken back, the creator's from what was held first."""
    sold = read_sold(sale_journal_id)

    def legs(dispute: Dispute, standing: Standing) -> Legs:
        return chargebacks.lose_dispute(read_sold(sale_journal_id), dispute, policy, standing.sources, fee_borne)

    asked = {"lost": dispute_journal_id, "policy": policy, "fee_borne": fee_borne}
    return _end(journal_id, sold, dispute_journal_id, asked, legs, effective_at)


def dispute_top_up(
    *, journal_id: UUID, top_up_journal_id: UUID, disputed: Money, fee: Money, effective_at: datetime | None = None
) -> Journal:
    """Book that a bank took back what a wallet was loaded with, and hold what is still in the wallet."""
    topped_up = _top_up(top_up_journal_id)
    legs = chargebacks.open_top_up_dispute(topped_up, disputed, fee)
    with transaction.atomic():
        journal = post_legs(journal_id=journal_id, legs=legs, effective_at=effective_at)
        if journal.is_new:
            freeze_part(
                freeze_id=journal_id, keys=[topped_up.credit], amount=disputed, subject=journal_id, reason=REASON
            )
    return journal


def read_dispute(dispute_journal_id: UUID) -> Dispute:
    """An opened dispute as it stands now; NotFound."""
    ids = [leg_id(dispute_journal_id, kind) for kind in ("dispute.claim", "dispute.beyond", "dispute.fee")]
    legs = moved(ids)
    if not legs:
        raise NotFound("ledger.no_dispute", "There is no such dispute.", journal_id=str(dispute_journal_id))
    return Dispute(*(legs.get(id) for id in ids))


def win_top_up_dispute(
    *, journal_id: UUID, top_up_journal_id: UUID, dispute_journal_id: UUID, is_fee_returned: bool = False
) -> Journal:
    """The bank gave the money back; the wallet is free again."""
    topped_up, dispute = _top_up(top_up_journal_id), read_dispute(dispute_journal_id)
    with transaction.atomic():
        if known := posted_before(journal_id):
            return known
        lift_freeze(keys=[topped_up.credit], subject=dispute_journal_id, reason=REASON)
        legs = chargebacks.win_dispute(dispute, topped_up.debit, is_fee_returned=is_fee_returned)
        return post_legs(journal_id=journal_id, legs=legs)


def lose_top_up_dispute(*, journal_id: UUID, top_up_journal_id: UUID, dispute_journal_id: UUID) -> Journal:
    """The wallet gives back what was held on it; the rest is our loss."""
    topped_up = _top_up(top_up_journal_id)
    with transaction.atomic():
        if known := posted_before(journal_id):
            return known
        dispute, held = _still_open(dispute_journal_id), held_for(topped_up.credit, dispute_journal_id)
        taken = chargebacks.lose_top_up_dispute(dispute, Source(topped_up.credit, held))
        lift_freeze(keys=[topped_up.credit], subject=dispute_journal_id, reason=REASON)
        return post_legs(journal_id=journal_id, legs=taken)


def _end(
    journal_id: UUID, sold: Sold, dispute_journal_id: UUID, asked: dict[str, Any],
    legs: Callable[[Dispute, Standing], Legs], effective_at: datetime | None,
) -> Journal:  # fmt: skip
    """Let go of what was held, then post, then fill what became owed while it was held."""
    with transaction.atomic():
        lift_freeze(keys=_where_held(sold), subject=dispute_journal_id, reason=REASON)
        journal = post_decided(
            journal_id=journal_id, asked=asked, creator_id=sold.creator_id, currency=sold.earned.currency,
            decide=lambda standing: legs(_still_open(dispute_journal_id), standing), effective_at=effective_at,
        )  # fmt: skip
        if journal.is_new:
            debt = named_id("dispute.debt", journal_id)
            collect_debt(journal_id=debt, creator_id=sold.creator_id, currency=sold.earned.currency)
    return journal


def _still_open(dispute_journal_id: UUID) -> Dispute:
    dispute = read_dispute(dispute_journal_id)
    if not any(claim and claim.left for claim in (dispute.claim, dispute.beyond)):
        raise Conflict("ledger.dispute_over", "The dispute is over.", journal_id=str(dispute_journal_id))
    return dispute


def _top_up(journal_id: UUID) -> Moved:
    id = leg_id(journal_id, "wallet.topped_up")
    if id not in (found := moved([id])):
        raise NotFound("ledger.no_top_up", "There is no such top-up.", journal_id=str(journal_id))
    return found[id]


def _where_held(sold: Sold) -> tuple[AccountKey, AccountKey]:
    """The sale's pending line, then available."""
    line = sold.earned
    return (
        AccountKey("creator", "pending", line.currency, line.party_id, line.platform_id, line.source),
        chart.creator("available", sold.creator_id, line.currency),
    )
