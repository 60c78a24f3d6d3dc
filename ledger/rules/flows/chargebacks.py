"""A bank takes a payment back: opened, won or lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from foundation.money import Money
from ledger import chart
from ledger.rules.flows.refunds import FeePolicy, Sold, give_back, parts_of, take_apart
from ledger.rules.legs import Leg, Legs, Moved, Source, fill
from ledger.types import AccountKey


@dataclass(frozen=True, slots=True)
class Dispute:
    """An opened dispute as it was posted."""

    claim: Moved | None
    """Our claim for what is still part of the sale."""
    beyond: Moved | None
    """What the bank took although it had been refunded already."""
    charged: Moved | None
    """The processor's fee for the dispute."""


def open_dispute(sold: Sold, disputed: Money, fee: Money) -> Legs:
    """The bank takes the money back and the processor charges its fee.

    What is disputed counts as taken back from the sale at once, so it cannot be refunded as well. A bank may also take
    what was refunded before: that part becomes our claim too, outside the sale.
    """
    clearing, sales = sold.paid[0].debit, sold.paid[0].credit
    claim = chart.chargeback("disputed", clearing.source, disputed.currency)
    taken, beyond = give_back("dispute.taken", sold, disputed)
    return (
        *taken,
        Leg("dispute.claim", claim, sales, disputed - beyond),
        Leg("dispute.beyond", claim, clearing, beyond),
        Leg("dispute.fee", chart.chargeback("fees", clearing.source, fee.currency), clearing, fee),
    )


def win_dispute(dispute: Dispute, clearing: AccountKey, *, is_fee_returned: bool = False) -> Legs:
    """The bank gives the money back; the first leg stands for the payment from now on."""
    legs: list[Leg] = []
    if dispute.claim:
        legs += [
            Leg("dispute.won", clearing, dispute.claim.credit, dispute.claim.left),
            dispute.claim.back("dispute.claim_met", dispute.claim.left),
        ]
    if dispute.beyond:
        legs.append(dispute.beyond.back("dispute.beyond_met", dispute.beyond.left))
    if dispute.charged and is_fee_returned:
        legs.append(dispute.charged.back("dispute.fee_returned", dispute.charged.left))
    return tuple(legs)


def lose_dispute(
    sold: Sold, dispute: Dispute, policy: FeePolicy = FeePolicy.RETURNED, sources: Iterable[Source] = (),
    fee_borne: Money | None = None,
) -> Legs:  # fmt: skip
    """The money is gone: share, fee and tax give back their parts as in a refund, and the claim is closed.

    What was refunded before is our loss. `fee_borne` is what the creator bears of the processor's fee.
    """
    legs: list[Leg] = []
    if dispute.claim:
        amount = dispute.claim.left
        legs.append(dispute.claim.back("dispute.lost", amount))
        legs += take_apart(sold, amount, policy, sources)
    if dispute.beyond:
        claim = dispute.beyond.debit
        loss = chart.chargeback("loss", claim.source, claim.currency)
        legs.append(Leg("dispute.lost_beyond", loss, claim, dispute.beyond.left))
    if dispute.charged and fee_borne:
        legs.append(Leg("dispute.fee_borne", sold.owing, dispute.charged.debit, fee_borne))
    return tuple(legs)


def creators_part(sold: Sold, disputed: Money, policy: FeePolicy = FeePolicy.RETURNED) -> Money:
    """What a creator would have to give back if a dispute about this much were lost: so much is held meanwhile."""
    within = min(disputed, sum((part.left for part in sold.parts), Money.zero(disputed.currency)))
    share, fee, _ = parts_of(sold, within)
    return share + fee if policy is FeePolicy.KEPT else share


def open_top_up_dispute(topped_up: Moved, disputed: Money, fee: Money) -> Legs:
    """The bank takes back what a wallet was loaded with; what is still in the wallet is held meanwhile."""
    clearing = topped_up.debit
    claim = chart.chargeback("disputed", clearing.source, disputed.currency)
    charged = chart.chargeback("fees", clearing.source, fee.currency)
    return (Leg("dispute.beyond", claim, clearing, disputed), Leg("dispute.fee", charged, clearing, fee))


def lose_top_up_dispute(dispute: Dispute, wallet: Source) -> Legs:
    """The wallet gives back what it still has; the rest is our loss."""
    if dispute.beyond is None:
        raise ValueError("a disputed top-up is a claim outside every sale")
    claim, amount = dispute.beyond.debit, dispute.beyond.left
    taken, missing = fill("dispute.lost", [wallet], claim, amount)
    loss = chart.chargeback("loss", claim.source, claim.currency)
    return (*taken, Leg("dispute.lost_beyond", loss, claim, missing))
