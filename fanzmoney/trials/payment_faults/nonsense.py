"""XG6 and XP11: two accounts at providers that answer nonsense, late, in halves or not at all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from fanzmoney.trials.payment_faults.scene import BATTERY, Scene, scene
from fanzmoney.trials.payment_faults.wild import WildProvider, wild
from foundation import clock, nearby
from foundation.faults import Battery, Run, batteries
from foundation.ids import uuid7
from foundation.money import Money
from ledger.selectors import get_trial_balance
from processors.gateways.ccbill import client
from processors.gateways.types import Outcome, Result
from processors.payments.models import Attempt, MerchantAccount, Payment
from processors.payments.services import apply_outcome, grant_warrant, repair_payment, send_attempt
from processors.payments.types import PaymentView

PRICE = 20_00
SECONDS = 1
"""What an answer may take here; the house gives it half a minute."""
CALM_AFTER = timedelta(minutes=4)
LIES = (
    Money(PRICE * 100, "USD"), Money(PRICE // 100, "USD"), Money(PRICE, "EUR"), Money(PRICE, "JPY"),
    Money(PRICE * 10, "KWD"), Money(0, "USD"), Money(-PRICE, "USD"), Money(2**62, "USD"),
)  # fmt: skip


def answer_nonsense(run: Run) -> None:
    """Charged once at most, nowhere else while it is unclear; no answer holds a worker, and all is known in the end."""
    with scene() as there, wild(run.random, 2) as providers, _accounts(providers):
        ahead = timedelta()
        for _ in run:
            for one in providers:
                one.is_calm = False
            payment_id = _bought(run, there)
            repair_payment(payment_id=payment_id, by=BATTERY)
            _lie(run, payment_id)
            for one in providers:
                one.is_calm = True
            ahead += CALM_AFTER
            clock.move_clock(ahead=ahead)
            repair_payment(payment_id=payment_id, by=BATTERY)
            _judge(run, payment_id, providers)


def _bought(run: Run, there: Scene) -> UUID:
    attempt_id = there.prepared(PRICE, f"tok{uuid7().hex}")
    began = time.monotonic()
    send_attempt(attempt_id=attempt_id, by=BATTERY, again=_allowed_again)
    tries = Attempt.objects.filter(payment__attempts=attempt_id).count()
    if (took := time.monotonic() - began) > (SECONDS + client.CONNECT_SECONDS) * 2 * tries:
        run.violated(f"{tries} tries held a worker for {took:.1f} s")
    payment_id: UUID = Attempt.objects.get(pk=attempt_id).payment_id
    return payment_id


def _allowed_again(payment: PaymentView) -> UUID:
    at = clock.now()
    return grant_warrant(
        payment_id=payment.id, verdict="allow", most=payment.amount, reasons=["a trial"], policy="battery/1",
        by=BATTERY, at=at, expires_at=at + timedelta(minutes=5),
    ).pk  # fmt: skip


def _lie(run: Run, payment_id: UUID) -> None:
    """Somebody says that it was taken, of another amount, currency or exponent, or under another name."""
    payment = Payment.objects.get(pk=payment_id)
    before, attempt = payment.state, payment.attempts.latest("number")
    lie = run.random.choice([*(Outcome(Result.APPROVED, amount=one) for one in LIES), _named_otherwise()])
    with transaction.atomic():
        after = apply_outcome(attempt_id=attempt.pk, outcome=lie, by=BATTERY, at=clock.now()).state
    if after != before and after != "UNKNOWN":
        run.violated(f"{payment_id} became {after} by {lie}")


def _named_otherwise() -> Outcome:
    return Outcome(Result.APPROVED, amount=Money(PRICE, "USD"), reference="another", provider_ref=uuid7().hex)


def _judge(run: Run, payment_id: UUID, providers: list[WildProvider]) -> None:
    payment = Payment.objects.get(pk=payment_id)
    references = list(payment.attempts.values_list("reference", flat=True))
    taken = [number for one in providers for name in references for number in one.taken.get(name, ())]
    if len(taken) > 1:
        run.violated(f"{payment_id} was charged {len(taken)} times")
    if (payment.state == "CAPTURED") != bool(taken) or payment.state == "UNKNOWN":
        run.violated(f"{payment_id} is {payment.state} at last, charged there {len(taken)} times")
    if payment.state == "CAPTURED" and payment.attempts.get(result="approved").provider_ref not in taken:
        run.violated(f"{payment_id} names a charge that is none")
    if not get_trial_balance().is_balanced:
        run.violated("the books do not balance")


@contextmanager
def _accounts(providers: list[WildProvider]) -> Iterator[None]:
    """Two accounts with CCBill, each at a provider of its own, and nowhere else to go."""
    MerchantAccount.objects.update(is_open=False)
    usual = client.ANSWER_SECONDS, client.BEARER_SECONDS
    client.ANSWER_SECONDS = client.BEARER_SECONDS = SECONDS
    for number, one in enumerate(providers, 1):
        where = {"api_url": one.url, "asks_threeds": "never", "secrets_of": "ccbill"}
        MerchantAccount.objects.create(
            slug=f"wild-{number}", provider="ccbill", currencies=["USD"], rank=number, settings=where
        )
    nearby.forget_all()
    try:
        yield
    finally:
        client.ANSWER_SECONDS, client.BEARER_SECONDS = usual
        clock.move_clock(ahead=timedelta())


batteries.add(
    "payments_nonsense",
    Battery("Providers that answer nonsense, late, in halves or not at all (XG6, XP11)", answer_nonsense),
)
