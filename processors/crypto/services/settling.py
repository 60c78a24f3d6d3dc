"""From transfers to books: one invoice at a time, each in a transaction of its own, again after any crash."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction

from foundation import clock
from foundation.actors import Actor, system
from foundation.clock.functions import FanzNow
from foundation.crash import crash_point
from foundation.errors import Refusal
from foundation.events import publish
from foundation.ids import named_id
from foundation.money import Money, total
from foundation.retry import retrying
from foundation.states import move
from ledger import chart
from ledger.flows import receive_coins, undo_coins, use_coins
from ledger.rules.flows.crypto import Coins
from ledger.types import AccountKey
from processors.crypto.errors import refusal
from processors.crypto.events import InvoiceMoved, InvoiceStuck
from processors.crypto.models import ChainBlock, CoinRate, CryptoInvoice, Deposit
from processors.crypto.rules.judging import Standing, judge, use_of
from processors.crypto.rules.pricing import in_coins, rate_of
from processors.crypto.selectors import newest_rate
from processors.crypto.setup import Setup, chain_of
from processors.crypto.states import COMING, DepositState, InvoiceState
from processors.gateways.types import Code, Outcome, Result
from processors.payments.models import Attempt, Payment
from processors.payments.rules.finalising import Source
from processors.payments.services import apply_outcome, undo_capture
from processors.payments.states import TAKEN, WITH_PROVIDER, PaymentState

WATCHER = system("crypto.watch")
DEEP = 100
"""Blocks are followed this far down; what lies deeper does not change."""
TRIED_AGAIN_AFTER = timedelta(seconds=30)
S = InvoiceState
PAID = (S.CONFIRMED, S.OVERPAID, S.LATE, S.SETTLED)
log = structlog.get_logger("fanz.crypto")


def settle_due(*, setup: Setup, limit: int = 500) -> int:
    """Look at every invoice whose transfers or time have changed; one that cannot be booked keeps nobody waiting."""
    due = CryptoInvoice.objects.filter(due_at__lte=FanzNow()).order_by("due_at").values_list("pk", flat=True)
    settled = 0
    for invoice_id in list(due[:limit]):
        try:
            settle_invoice(invoice_id=invoice_id, setup=setup, by=WATCHER)
            settled += 1
        except Refusal as refused:
            _note_stuck(invoice_id, refused)
    return settled


@retrying
def settle_invoice(*, invoice_id: UUID, setup: Setup, by: Actor) -> None:
    """Bring books, payment and invoice to what the chain says now."""
    with transaction.atomic(durable=True):
        at = clock.now()
        payment = Payment.objects.filter(crypto_invoice=invoice_id).select_for_update(of=("self",)).get()
        invoice = CryptoInvoice.objects.select_related("rate").locked(invoice_id)
        deposits = list(invoice.deposits.select_for_update(of=("self",)).select_related("rate").order_by("pk"))
        work = _Settling(setup, payment, invoice, deposits, by, at)
        work.take_back()
        work.receive()
        is_valued = work.value()
        work.use()
        crash_point("crypto.booked")
        work.conclude(is_valued=is_valued)
    crash_point("crypto.settled")


class _Settling:
    """The rows of one invoice, held."""

    def __init__(
        self, setup: Setup, payment: Payment, invoice: CryptoInvoice, deposits: list[Deposit], by: Actor, at: datetime
    ) -> None:
        self.setup, self.payment, self.invoice, self.deposits = setup, payment, invoice, deposits
        self.by, self.at = by, at
        self.chain = chain_of(invoice.coin)

    @property
    def paid_by(self) -> UUID | None:
        return self.invoice.paid_by

    @property
    def wallet(self) -> AccountKey:
        return chart.wallet(self.payment.fan_id, self.invoice.currency)

    @property
    def is_over(self) -> bool:
        return self.invoice.expires_at <= self.at

    def of(self, *states: str) -> list[Deposit]:
        return [one for one in self.deposits if one.state in states]

    def take_back(self) -> None:
        """Coins on the books that are no longer in the chain: what they paid for first, then the coins."""
        gone = [one for one in self.deposits if one.received_by and one.state != DepositState.CONFIRMED]
        if not gone:
            return
        for booking in sorted({one.used_by for one in gone if one.used_by}):
            self._unuse(booking)
        for one in gone:
            if one.received_by:
                self._undo(one.received_by)
            self._keep(one, received_by=None, rate=None if one.is_late else one.rate)

    def _unuse(self, booking: UUID) -> None:
        """What was paid for is not paid for any more: its sale first, then the coins' use."""
        is_payment = booking == self.paid_by
        if is_payment:
            undo_capture(payment_id=self.payment.pk, reason="its coins vanished", by=self.by, at=self.at)
            self.payment.refresh_from_db()
        if self.invoice.state in PAID:
            self._move(S.REORGED)
        if is_payment:
            self._keep(self.invoice, paid_by=None)
        self._undo(booking)
        for one in self.deposits:
            if one.used_by == booking:
                self._keep(one, used_by=None)

    def receive(self) -> None:
        """Coins that are deep enough stand on the books."""
        for one in self.of(DepositState.CONFIRMED):
            if one.received_by is None:
                journal = named_id("crypto.received", one.pk, one.receipts + 1)
                receive_coins(journal_id=journal, currency=one.coin, on_chain=one.units)
                self._keep(one, received_by=journal, receipts=one.receipts + 1)

    def value(self) -> bool:
        """Name each transfer's rate: the locked one in time, else that of this moment. False while one is missing."""
        for one in self.deposits:
            if one.rate is None:
                self._keep(one, rate=self._rate(one))
        return all(one.rate for one in self.of(DepositState.CONFIRMED))

    def use(self) -> None:
        """Claim the coins for the price, or for the fan's wallet."""
        free = [one for one in self.of(DepositState.CONFIRMED) if one.used_by is None and one.rate]
        if not free:
            return
        price, currency = self.invoice.price, self.invoice.currency
        coins = self._coins(free)
        use = use_of(
            total((one.worth for one in coins), currency),
            price,
            Money(self.invoice.tolerance_minor, currency),
            is_paid=self.paid_by is not None or self._is_payment_closed(),
            is_over=self.is_over,
            is_coming=bool(self.of(*COMING)),
        )
        if use is None:
            return
        journal = named_id("crypto.used", self.invoice.pk, self.invoice.bookings + 1)
        use_coins(
            journal_id=journal, coins=coins, price=use.price, wallet=self.wallet,
            paid_to=chart.clearing(self.invoice.merchant_account_id, currency),
        )  # fmt: skip
        for one in free:
            self._keep(one, used_by=journal)
        self._keep(self.invoice, bookings=self.invoice.bookings + 1)
        if use.price:
            self._tell(Outcome(Result.APPROVED, provider_ref=self.invoice.reference, amount=price))
            if self.payment.state not in TAKEN:
                raise refusal("crypto.not_taken", state=self.payment.state)
            self._keep(self.invoice, paid_by=journal)

    def conclude(self, *, is_valued: bool) -> None:
        """The state these facts make, the payment's end where there is one, and when to look again."""
        used = [one for one in self.deposits if one.used_by]
        state = judge(
            Standing(
                is_paid=self.paid_by is not None,
                is_over=self.is_over,
                is_surplus=self._is_surplus(used),
                is_late=any(one.is_late for one in used),
                is_deep=self.invoice.state in PAID and self._is_deep(used),
                confirmed=len(self.of(DepositState.CONFIRMED)),
                confirming=len(self.of(DepositState.CONFIRMING)),
                seen=len(self.of(DepositState.SEEN)),
                lost=len(self.of(DepositState.REORGED)),
            )
        )
        if state != self.invoice.state and not (self.invoice.state == S.SETTLED and state != S.OVERPAID):
            self._move(state)
        is_lost = self.is_over and self.paid_by is None and not self.of(*COMING, DepositState.REORGED)
        if is_lost and self.payment.state in WITH_PROVIDER:
            code = Code.UNDERPAID if used else Code.EXPIRED
            self._tell(Outcome(Result.DECLINED, provider_ref=self.invoice.reference, code=code))
        self._keep(self.invoice, due_at=self._next_look(is_valued), why_stuck="")

    def _next_look(self, is_valued: bool) -> datetime | None:
        if not is_valued:
            return self.at + TRIED_AGAIN_AFTER
        return self.invoice.expires_at if self.paid_by is None and not self.is_over else None

    def _rate(self, one: Deposit) -> CoinRate | None:
        if not one.is_late and one.coin == self.invoice.coin:
            return self.invoice.rate
        return newest_rate(coin=one.coin, currency=self.invoice.currency, at=self.at, lasts=self.setup.rate_lasts)

    def _coins(self, deposits: list[Deposit]) -> list[Coins]:
        """Transfers at one rate are converted together, so that rounding is lost once."""
        units: Counter[tuple[str, UUID]] = Counter()
        rates = {}
        for one in deposits:
            if one.rate:
                units[one.coin, one.rate.pk] += in_coins(one.coin, one.units).minor
                rates[one.rate.pk] = one.rate
        return [
            Coins(
                Money(minor, coin),
                rate_of(
                    coin, self.invoice.currency, rates[rate].rate, day=rates[rate].quoted_at.date(),
                    source=rates[rate].source,
                ),
            )
            for (coin, rate), minor in units.items()
        ]  # fmt: skip

    def _is_surplus(self, used: list[Deposit]) -> bool:
        worth = total((one.worth for one in self._coins(used)), self.invoice.currency)
        return worth > self.invoice.price

    def _is_deep(self, used: list[Deposit]) -> bool:
        tip = ChainBlock.objects.filter(chain=self.chain).order_by("-height").first()
        if tip is None or not used:
            return False
        return all(one.block_height and tip.height - one.block_height >= DEEP - 1 for one in used)

    def _is_payment_closed(self) -> bool:
        """Whether the payment cannot take money any more: it has, or it was given back as a whole."""
        return self.payment.state in (*TAKEN, PaymentState.VOIDED)

    def _tell(self, outcome: Outcome) -> None:
        attempt = Attempt.objects.get(reference=self.invoice.reference)
        apply_outcome(attempt_id=attempt.pk, outcome=outcome, source=Source.TOLD, by=self.by, at=self.at)
        self.payment.refresh_from_db()

    def _undo(self, journal: UUID) -> None:
        undo_coins(journal_id=named_id("crypto.undone", journal), undone_journal_id=journal, wallet=self.wallet)

    def _keep(self, row: CryptoInvoice | Deposit, **facts: object) -> None:
        type(row)._default_manager.filter(pk=row.pk).update(**facts)
        for name, value in facts.items():
            setattr(row, name, value)

    def _move(self, state: InvoiceState) -> None:
        move(self.invoice, to=state, by=self.by, at=self.at)
        publish(
            InvoiceMoved(
                self.invoice.pk, self.payment.pk, self.invoice.platform_id, self.invoice.coin, str(state)
            ),
            key=self.invoice,
        )  # fmt: skip


@retrying
def _note_stuck(invoice_id: UUID, refused: Refusal) -> None:
    """A person has to look; it is tried again meanwhile, and told once."""
    said = f"{refused.code}: {refused.detail}"[:300]
    log.error("crypto.stuck", invoice=str(invoice_id), code=refused.code)
    with transaction.atomic(durable=True):
        invoice = CryptoInvoice.objects.locked(invoice_id)
        if invoice.why_stuck != said and not refused.retryable:
            publish(
                InvoiceStuck(invoice.pk, invoice.payment_id, invoice.platform_id, refused.code, refused.detail),
                key=invoice,
            )
        CryptoInvoice.objects.filter(pk=invoice_id).update(due_at=clock.now() + TRIED_AGAIN_AFTER, why_stuck=said)
