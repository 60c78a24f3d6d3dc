"""Creators with money, destinations and a rail inside the process: it keeps its own book and answers as told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

from django.db import transaction

from foundation import clock
from foundation.errors import Unprocessable
from foundation.events.models import Outbox
from foundation.ids import uuid7
from foundation.money import Money
from foundation.reasons import Reason
from ledger import chart
from ledger.selectors import find_account, get_balance, list_journal
from ledger.services import open_account, post
from ledger.types import AccountKey, Posting
from payouts.life import seams
from payouts.life.models import Payout, PayoutInstruction
from payouts.life.seams import Look, Measured
from payouts.life.services import freeze_payout, release_due, request_payout
from payouts.methods.models import PayoutMethod, PayoutMethodCode
from payouts.methods.selectors import code_of
from payouts.methods.services import add_method, prove_method
from processors.gateways.rails.types import (
    Destination,
    RailCapabilities,
    RailOutcome,
    RailRequest,
    RailResult,
)
from processors.gateways.types import Merchant
from processors.payments.models import MerchantAccount
from tests.cast import HOUSE, member
from tests.ledger.books import usd

ACCOUNT = "desk-main"
_numbers = count(1)


class Desk:
    """A rail that is told one payout at a time. What it did stands in `paid`; `answers` is what the next calls hear."""

    capabilities = RailCapabilities(
        rail="paxum", currencies=frozenset({"USD", "EUR"}), least_minor={"USD": 1_00}, most_minor={}, is_file=False,
        asks_status=True, returns_within_days=0, confirms=True, needs=("email",),
    )  # fmt: skip

    def __init__(self) -> None:
        self.paid: dict[str, Money] = {}
        self.calls: list[str] = []
        self.answers: list[RailOutcome | Callable[[RailRequest], RailOutcome]] = []

    def will(self, *answers: RailOutcome | Callable[[RailRequest], RailOutcome]) -> None:
        self.answers += answers

    def read_destination(self, details: Mapping[str, str]) -> Destination:
        email = details.get("email", "")
        if "@" not in email:
            errors = [{"field": "email", "detail": "bad"}]
            raise Unprocessable("rails.bad_destination", "Not an address.", errors=errors)
        return Destination(f"Paxum {email[:2]}···", f"paxum:{email}", "", {"email": email})

    def send(self, merchant: Merchant, request: RailRequest) -> RailOutcome:
        self.calls.append("send")
        if self.answers:
            answer = self.answers.pop(0)
            return answer(request) if callable(answer) else answer
        return self.pay(request)

    def pay(self, request: RailRequest) -> RailOutcome:
        self.paid[request.reference] = request.amount
        return RailOutcome(RailResult.PAID, f"T-{request.reference}", "00", fee=Money(50, request.amount.currency))

    def status(self, merchant, reference, provider_ref, sent_at, request=None) -> RailOutcome:  # type: ignore[no-untyped-def]
        self.calls.append("status")
        if self.answers:
            answer = self.answers.pop(0)
            assert request is not None
            return answer(request) if callable(answer) else answer
        if reference in self.paid:
            return RailOutcome(RailResult.PAID, f"T-{reference}", "00")
        return RailOutcome(RailResult.NOT_SENT)


def open_desk(rail: str = "paxum", currencies: tuple[str, ...] = ("USD", "EUR")) -> None:
    MerchantAccount.objects.get_or_create(
        slug=f"{rail}-test", defaults={"provider": rail, "rank": 1, "is_open": True, "currencies": list(currencies)}
    )


def creator(name: str = "") -> UUID:
    """A creator as their platform told of them."""
    return member(name or f"creator-{next(_numbers)}").party_id


def fund(creator_id: UUID, minor: int, currency: str = "USD", kind: str = "story") -> None:
    """Earnings that have settled."""
    world = open_account(AccountKey("story", "world", currency))
    available = open_account(chart.creator("available", creator_id, currency))
    post(Posting(uuid7(), world, available, Money(minor, currency), kind))


def on(purpose: str, creator_id: UUID, currency: str = "USD") -> int:
    account = find_account(chart.creator(purpose, creator_id, currency))
    return get_balance(account).posted.minor if account else 0


def method_of(creator_id: UUID, *, rail: str = "paxum", currency: str = "USD", **details: str) -> PayoutMethod:
    """A destination that was proved by its code."""
    given = details or {"email": f"{creator_id.hex[-8:]}@paxum.example"}
    view = add_method(creator_id=creator_id, rail=rail, currency=currency, details=given, by=HOUSE, at=clock.now())
    prove(view.id, creator_id)
    return PayoutMethod.objects.get(pk=view.id)


def prove(method_id: UUID, creator_id: UUID) -> None:
    code = PayoutMethodCode.objects.filter(method_id=method_id).latest("id")
    prove_method(method_id=method_id, creator_id=creator_id, code=code_of(code.pk), by=HOUSE, at=clock.now())


def rich(minor: int = 500_00, name: str = "") -> UUID:
    """A creator with money and a proved destination."""
    creator_id = creator(name)
    fund(creator_id, minor)
    method_of(creator_id)
    return creator_id


def ask(creator_id: UUID, minor: int = 100_00, **more: object) -> Payout:
    facts = {"creator_id": creator_id, "amount": usd(minor), "by": HOUSE, "at": clock.now(), **more}
    return request_payout(**facts)  # type: ignore[arg-type]


def queued(minor: int = 100_00, creator_id: UUID | None = None) -> Payout:
    """A payout whose hours are over."""
    payout = ask(creator_id or rich(minor + 100_00), minor)
    later(hours=200)
    release_due(by=HOUSE)
    payout.refresh_from_db()
    assert payout.state == "QUEUED", payout.state
    return payout


def queue_of(count: int, minor: int = 100_00) -> list[Payout]:
    """Payouts of as many creators whose hours are over."""
    asked = [ask(rich(minor + 100_00), minor) for _ in range(count)]
    later(hours=200)
    release_due(by=HOUSE)
    return [seen(payout) for payout in asked]


def later(**ahead: float) -> None:
    """From now on it is so much later than it is."""
    clock.move_clock(ahead=timedelta(**ahead))


def seen(payout: Payout) -> Payout:
    return Payout.objects.get(pk=payout.pk)


def instruction_of(payout: Payout) -> PayoutInstruction:
    return PayoutInstruction.objects.filter(payout=payout).latest("number")


def topics(*wanted: str) -> list[str]:
    return list(Outbox.objects.filter(type__in=wanted).order_by("id").values_list("type", flat=True))


def legs(journal_id: UUID) -> dict[str, int]:
    return {leg.kind: leg.amount.minor for leg in list_journal(journal_id)}


class Standing:
    """How creators stand in a story, instead of what their sales would say; and who stops payouts."""

    def __init__(self) -> None:
        self.score, self.refund_ratio = 850, Decimal(0)
        self.stopped: list[tuple[UUID, str]] = []

    def measure(self, creator_id: UUID) -> Measured:
        return Measured(uuid7(), self.score, self.refund_ratio)

    def stop(self, payout: Payout, look: Look, by, at) -> None:  # type: ignore[no-untyped-def]
        self.stopped.append((payout.pk, look.check))
        freeze_payout(payout_id=payout.pk, code=str(look.code or Reason.CHECK_IN_PROGRESS), by=by, at=at)


@transaction.atomic
def in_one(work: Callable[[], object]) -> object:
    return work()


__all__ = ["seams"]
