"""A provider inside the process, for pure orderings: it keeps its own book, answers as told, and forgets nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from foundation import clock
from foundation.events.models import Outbox
from foundation.ids import uuid7
from foundation.money import Money
from ledger.selectors import list_journal
from processors.gateways.types import (
    Capabilities,
    ChargeRequest,
    Checked,
    Method,
    Operation,
    Outcome,
    Proof,
    Ref,
    RefundRequest,
    Reply,
    Result,
    WebhookTrust,
)
from processors.payments.models import Attempt, MerchantAccount, Payment
from processors.payments.services import create_payment, grant_warrant, prepare_attempt, send_attempt
from processors.payments.types import PaymentView, Wish
from processors.webhooks.models import ProviderTold
from tests.cast import HOUSE, member, platform

PROVIDER, ACCOUNT = "till", "till-main"


class Till:
    """What it did stands in `charged` and `refunded`; `answers` says what the next calls get to hear instead."""

    capabilities = Capabilities(
        provider=PROVIDER,
        operations=frozenset(Operation) - {Operation.THREEDS},
        methods=frozenset(Method),
        currencies=frozenset({"USD", "EUR", "JPY"}),
        webhook_trust=WebhookTrust.SIGNED,
        is_idempotent=False,
        settles_after_days=2,
        least_minor={"USD": 50},
        most_minor={"USD": 500_00},
    )

    def __init__(self) -> None:
        self.charged: dict[str, Money] = {}
        self.refunded: dict[str, Money] = {}
        self.voided: list[str] = []
        self.stopped: list[str] = []
        self.calls: list[str] = []
        self.answers: list[Outcome | Callable[[], Outcome]] = []

    def will(self, *answers: Outcome | Callable[[], Outcome]) -> None:
        self.answers += answers

    def charge(self, merchant, request: ChargeRequest) -> Outcome:  # type: ignore[no-untyped-def]
        self.calls.append("charge")
        if (said := self._said()) is not None and said.result is not Result.UNKNOWN:
            return said
        self.charged[request.reference] = request.amount
        return said or Outcome(Result.APPROVED, provider_ref=f"t{request.reference}", amount=request.amount)

    def refund(self, merchant, request: RefundRequest) -> Outcome:  # type: ignore[no-untyped-def]
        self.calls.append("refund")
        if (said := self._said()) is not None and said.result is not Result.UNKNOWN:
            return said
        self.refunded[request.reference] = request.amount
        return said or Outcome(Result.APPROVED, provider_ref=f"r{request.reference}", amount=request.amount)

    def void(self, merchant, charge: Ref, reference: str) -> Outcome:  # type: ignore[no-untyped-def]
        self.calls.append("void")
        if said := self._said():
            return said
        self.voided.append(charge.reference)
        return Outcome(Result.APPROVED, provider_ref=f"v{reference}")

    def cancel_rebill(self, merchant, subscription_ref: str) -> Outcome:  # type: ignore[no-untyped-def]
        self.calls.append("cancel_rebill")
        if said := self._said():
            return said
        self.stopped.append(subscription_ref)
        return Outcome(Result.APPROVED)

    def charge_status(self, merchant, charge: Ref) -> Outcome:  # type: ignore[no-untyped-def]
        self.calls.append("charge_status")
        if said := self._said():
            return said
        amount = self.charged.get(charge.reference)
        if amount is None:
            return Outcome(Result.NOT_SENT)
        return Outcome(Result.APPROVED, provider_ref=f"t{charge.reference}", amount=amount)

    def refund_status(self, merchant, refund: Ref, charge: Ref) -> Outcome:  # type: ignore[no-untyped-def]
        self.calls.append("refund_status")
        if said := self._said():
            return said
        amount = self.refunded.get(refund.reference)
        if amount is None:
            return Outcome(Result.NOT_SENT)
        return Outcome(Result.APPROVED, provider_ref=f"r{refund.reference}", amount=amount)

    def confirm(self, merchant, event, charge: Ref) -> Outcome:  # type: ignore[no-untyped-def]
        self.calls.append("confirm")
        return self._said() or Outcome(Result.NOT_SENT)

    def check(self, merchant, webhook) -> Checked:  # type: ignore[no-untyped-def]
        return Checked(Proof.VERIFIED)

    def parse(self, merchant, webhook):  # type: ignore[no-untyped-def]
        return []

    def reply(self, *, is_taken: bool) -> Reply:
        return Reply()

    def _said(self) -> Outcome | None:
        if not self.answers:
            return None
        said = self.answers.pop(0)
        return said() if callable(said) else said


def open_account(slug: str = ACCOUNT, **more: object) -> MerchantAccount:
    account, _ = MerchantAccount.objects.get_or_create(
        slug=slug, defaults={"provider": PROVIDER, "currencies": ["USD", "EUR"], **more}
    )
    return account


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def wish(minor: int = 20_00, **more: object) -> Wish:
    """Sam pays Maya."""
    return Wish(
        **{
            "platform_id": platform().pk,
            "fan_id": member("sam", "fan").party_id,
            "creator_id": member("maya").party_id,
            "reference": f"order-{uuid7()}",
            "product": "ppv",
            "amount": usd(minor),
            "token": "tok_visa",
            **more,
        }  # type: ignore[arg-type]
    )


@transaction.atomic
def asked_for(minor: int = 20_00, **more: object) -> Payment:
    return create_payment(wish=wish(minor, **more), by=HOUSE, at=clock.now())


@transaction.atomic
def allowed(payment: Payment, verdict: str = "allow", **more: object):  # type: ignore[no-untyped-def]
    at = clock.now()
    return grant_warrant(
        **{
            "payment_id": payment.pk, "verdict": verdict, "most": payment.amount, "reasons": ["within limits"],
            "policy": "tests/1", "by": HOUSE, "at": at, "expires_at": at + timedelta(minutes=5), **more,
        }  # type: ignore[arg-type]
    )  # fmt: skip


@transaction.atomic
def prepared(minor: int = 20_00, **more: object) -> Attempt:
    """A payment that is judged and routed, ready to leave."""
    return prepare(asked_for(minor, **more), token=str(more.get("token", "tok_visa")))


def bought(minor: int = 20_00, **more: object) -> PaymentView:
    return send_attempt(attempt_id=prepared(minor, **more).pk, by=HOUSE)


@transaction.atomic
def prepare(payment: Payment, warrant=None, token: str = "tok_visa") -> Attempt:  # type: ignore[no-untyped-def]  # noqa: S107
    warrant = warrant or allowed(payment)
    return prepare_attempt(payment_id=payment.pk, warrant_id=warrant.pk, token=token, by=HOUSE, at=clock.now())


def later(**ahead: float) -> None:
    """From now on it is this much later than it is."""
    clock.move_clock(ahead=timedelta(**ahead))


def topics(*wanted: str) -> list[str]:
    return list(Outbox.objects.filter(type__in=wanted).order_by("id").values_list("type", flat=True))


def legs(journal_id: UUID | None) -> dict[str, int]:
    return {leg.kind: leg.amount.minor for leg in list_journal(journal_id)} if journal_id else {}


def payment_of(attempt: Attempt | PaymentView | UUID) -> Payment:
    """The row as it stands."""
    if isinstance(attempt, Attempt):
        return Payment.objects.get(pk=attempt.payment_id)
    return Payment.objects.get(pk=attempt.id if isinstance(attempt, PaymentView) else attempt)


def told(kind: str, minor: int | None = None, *, proved: bool = True, key: str = "", **more: object) -> ProviderTold:
    """A fact as the webhooks room stores it before it is applied."""
    return ProviderTold.objects.create(
        **{
            "provider": PROVIDER, "merchant_account_id": ACCOUNT, "key": key or f"{kind}-{uuid7()}", "kind": kind,
            "is_proved": proved, "amount_minor": minor, "currency": "USD" if minor is not None else "",
            "due_at": clock.now(), "received_at": clock.now(), **more,
        }
    )  # fmt: skip
