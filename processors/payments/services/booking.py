"""What payments do to the books. Each verb is called in the transaction that makes it true."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from foundation.ids import named_id
from foundation.money import Money
from ledger import chart, flows
from ledger.flows import (
    held_for,
    lose_dispute,
    moved,
    open_dispute,
    post_legs,
    read_sold,
    record_sale,
    refund_sale,
    win_dispute,
)
from ledger.rules.flows import crypto
from ledger.rules.flows.chargebacks import creators_part
from ledger.rules.flows.crypto import Sent
from ledger.rules.flows.refunds import FeePolicy
from ledger.rules.flows.sales import Product, Sale
from ledger.rules.legs import Leg, leg_id
from ledger.splits.selectors import Line, creators_parts, split_in_force
from processors.payments.giving_back import Dispute, Refund
from processors.payments.models import Payment
from processors.payments.seams import make_room
from processors.payments.services.held import effective
from processors.payments.states import DisputeState, RefundState

BEYOND = "refund.beyond"


class Splits(dict[Line, int]):
    """The creator's part that is in force at a moment, asked once for each platform, product and creator."""

    def __init__(self, at: datetime, payments: Iterable[Payment] = ()) -> None:
        """Those of these payments are asked for together."""
        lines = [(payment.platform_id, payment.product, payment.creator_id) for payment in payments]
        super().__init__(creators_parts(lines, at=at) if lines else {})
        self.at = at

    def __missing__(self, line: Line) -> int:
        platform_id, product, creator_id = line
        split = split_in_force(platform_id=platform_id, product=Product(product), creator_id=creator_id, at=self.at)
        self[line] = split.creator_basis_points
        return self[line]


def book_sale(payment: Payment, *, journal_id: UUID, merchant: str, is_counted: bool, at: datetime) -> None:
    """Captured: paid from the clearing account of our account with the provider, split as is in force."""
    record_sale(
        journal_id=journal_id, sold=sale_of(payment, Splits(at), merchant=merchant, is_counted=is_counted),
        effective_at=effective(at),
    )  # fmt: skip


def sale_of(payment: Payment, splits: Splits, *, merchant: str, is_counted: bool) -> Sale:
    """The sale as the books see it."""
    return Sale(
        platform_id=payment.platform_id,
        product=Product(payment.product),
        creator_id=payment.creator_id,
        gross=payment.amount,
        tax=Money(payment.tax_minor, payment.currency),
        creator_basis_points=splits[payment.platform_id, payment.product, payment.creator_id],
        paid_from=chart.clearing(merchant, payment.currency),
        jurisdiction=payment.jurisdiction,
        is_counted=is_counted,
    )


def sale_journal(payment: Payment) -> UUID:
    """The journal of the sale that stands."""
    if payment.sale_journal is None:
        raise RuntimeError(f"payment {payment.pk} was never captured")
    return payment.sale_journal


def next_sale_journal(payment: Payment) -> UUID:
    """The payment's own name; another one when a capture was undone before."""
    return payment.pk if payment.sale_journal is None else named_id("payment.sale", payment.pk, payment.version)


def book_refund(payment: Payment, refund: Refund, *, merchant: str, at: datetime) -> None:
    """The money is back: the parts of the sale are, and what a bank took already is our loss."""
    won = paid_again(payment)
    within = refund.amount
    if payment.is_paid_back_twice or payment.disputed_minor:
        within = min(refund.amount, _left_of_sale(payment, won))
    if within:
        _make_room(payment, lambda: _creators_part(payment, within, FeePolicy(refund.fee_policy)), "a refund", at)
        refund_sale(
            journal_id=refund.pk, sale_journal_id=sale_journal(payment), amount=within,
            policy=FeePolicy(refund.fee_policy), paid_again=won, effective_at=effective(at),
        )  # fmt: skip
    if beyond := refund.amount - within:
        post_legs(
            journal_id=beyond_journal(refund.pk),
            legs=[
                Leg(
                    BEYOND, chart.chargeback("loss", merchant, payment.currency),
                    chart.clearing(merchant, payment.currency), beyond,
                )
            ],
            effective_at=effective(at),
        )  # fmt: skip


def book_made_good(payment: Payment, dispute: Dispute, *, at: datetime) -> None:
    """A won dispute brought money again: refunds that had been our loss are taken from the sale after all."""
    won, losses = paid_again(payment), {refund: leg_id(beyond_journal(refund.pk), BEYOND) for refund in _given(payment)}
    posted = moved(losses.values())
    for refund, id in losses.items():
        if id not in posted:
            continue
        loss = posted[id]
        amount = min(loss.left, _left_of_sale(payment, won))
        if not amount:
            continue
        no_loss, made_good = made_good_journals(refund.pk, dispute.pk)
        post_legs(journal_id=no_loss, legs=[loss.back("refund.no_loss", amount)], effective_at=effective(at))
        refund_sale(
            journal_id=made_good, sale_journal_id=sale_journal(payment), amount=amount,
            policy=FeePolicy(refund.fee_policy), paid_again=won, effective_at=effective(at),
        )  # fmt: skip


def _given(payment: Payment) -> Iterable[Refund]:
    return payment.refunds.filter(state__in=[RefundState.SUCCEEDED, RefundState.MANUAL_SETTLED]).order_by(
        "done_at", "pk"
    )


def _left_of_sale(payment: Payment, won: Iterable[UUID]) -> Money:
    """What is neither refunded nor with a bank."""
    sold, nothing = read_sold(sale_journal(payment), won), Money.zero(payment.currency)
    return min(sum((leg.left for leg in legs), nothing) for legs in (sold.paid, sold.parts))


def beyond_journal(refund_id: UUID) -> UUID:
    return named_id("refund.beyond", refund_id)


def made_good_journals(refund_id: UUID, dispute_id: UUID) -> tuple[UUID, UUID]:
    """By which a refund that had been a loss is one of the sale, after that dispute was won."""
    return named_id("refund.no_loss", refund_id, dispute_id), named_id("refund.made_good", refund_id, dispute_id)


def book_coins_sent(refund: Refund, sent: Sent, *, at: datetime) -> None:
    """Coins of ours went back by hand for a refund that is booked: they left the treasury."""
    clearing = chart.clearing(refund.merchant_account_id, refund.currency)
    post_legs(
        journal_id=coins_journal(refund.pk), legs=crypto.send(sent, refund.amount, clearing), effective_at=effective(at)
    )


def coins_journal(refund_id: UUID) -> UUID:
    return named_id("refund.coins", refund_id)


def book_undone(payment: Payment, *, at: datetime) -> None:
    """A capture that vanished: its sale is taken back whole, the creator's part from wherever it is by now."""
    whole = Money(payment.captured_minor, payment.currency)
    _make_room(payment, lambda: _creators_part(payment, whole), "a payment that vanished", at)
    refund_sale(
        journal_id=named_id("payment.undone", sale_journal(payment)), sale_journal_id=sale_journal(payment),
        amount=whole, effective_at=effective(at),
    )  # fmt: skip


def book_dispute(payment: Payment, dispute: Dispute, *, at: datetime) -> None:
    open_dispute(
        journal_id=dispute_journal(dispute.pk, "opened"),
        sale_journal_id=sale_journal(payment),
        disputed=Money(dispute.amount_minor, dispute.currency),
        fee=Money(dispute.fee_minor, dispute.currency),
        paid_again=paid_again(payment),
        effective_at=effective(at),
    )


def hold_disputed(*, creator_id: UUID, currency: str, event_id: UUID) -> None:
    """Money of a creator is about to be free: their open disputes hold their parts of it first, under this event once.

    Called under the creator's balances, so that no dispute opens or ends meanwhile.
    """
    disputed = Dispute.objects.filter(payment__creator_id=creator_id, currency=currency, state=DisputeState.OPENED)
    journals = [
        (sale_journal(dispute.payment), dispute_journal(dispute.pk, "opened"))
        for dispute in disputed.select_related("payment").order_by("pk")
    ]
    if journals:
        flows.hold_disputed(event_id=event_id, creator_id=creator_id, currency=currency, disputes=journals)


def book_won(payment: Payment, dispute: Dispute, *, is_fee_returned: bool, at: datetime) -> None:
    win_dispute(
        journal_id=dispute_journal(dispute.pk, "won"),
        sale_journal_id=sale_journal(payment),
        dispute_journal_id=dispute_journal(dispute.pk, "opened"),
        is_fee_returned=is_fee_returned,
        effective_at=effective(at),
    )


def book_lost(payment: Payment, dispute: Dispute, *, fee_borne: Money | None, at: datetime) -> None:
    _make_room(payment, lambda: _not_held(payment, dispute), "a lost dispute", at)
    lose_dispute(
        journal_id=dispute_journal(dispute.pk, "lost"),
        sale_journal_id=sale_journal(payment),
        dispute_journal_id=dispute_journal(dispute.pk, "opened"),
        fee_borne=fee_borne,
        effective_at=effective(at),
    )


def _make_room(payment: Payment, wanted: Callable[[], Money], why: str, at: datetime) -> None:
    make_room(
        creator_id=payment.creator_id, currency=payment.currency, wanted=wanted,
        why=f"{why} of an earlier sale takes the money", at=at,
    )  # fmt: skip


def _creators_part(payment: Payment, amount: Money, policy: FeePolicy = FeePolicy.RETURNED) -> Money:
    sold = read_sold(sale_journal(payment), paid_again(payment))
    left = sum((part.left for part in sold.parts), Money.zero(payment.currency))
    return creators_part(sold, min(amount, left), policy)


def _not_held(payment: Payment, dispute: Dispute) -> Money:
    """The creator's part of a dispute, less what was held for it when it began."""
    line = payment.creator_id, payment.platform_id, payment.product, payment.currency
    held = [
        held_for(key, dispute_journal(dispute.pk, "opened"))
        for key in (
            chart.earning_line("pending", *line),
            chart.creator("available", payment.creator_id, payment.currency),
        )
    ]
    part = _creators_part(payment, Money(dispute.amount_minor, dispute.currency))
    return max(part - sum(held[1:], held[0]), Money.zero(part.currency))


def dispute_journal(dispute_id: UUID, part: str) -> UUID:
    """opened, won or lost: each its own journal under a name that anybody can work out."""
    return named_id("dispute", dispute_id, part)


def paid_again(payment: Payment) -> tuple[UUID, ...]:
    """The journals by which won disputes brought the money again."""
    won: Iterable[UUID] = payment.disputes.filter(state=DisputeState.WON).order_by("id").values_list("pk", flat=True)
    return tuple(dispute_journal(id, "won") for id in won)
