"""Fans buy and are given back, providers answer badly, banks take back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import transaction

from fanzmoney.trials.simulator.simulation import Simulation, operation
from fanzmoney.trials.simulator.world import BY
from foundation import clock
from foundation.actors import Actor, ActorKind
from foundation.idempotency.services import Reply
from foundation.ids import uuid7
from foundation.money import Money
from processors.payments.giving_back import Dispute, Refund
from processors.payments.models import Attempt, Payment
from processors.payments.selectors import get_payment, get_refund
from processors.payments.services import (
    lose_dispute,
    repair_payment,
    repair_refund,
    settle_refund_by_hand,
    win_dispute,
)
from processors.payments.types import PaymentView, RefundView, Wish
from products.fanzpay.api.shown import is_known, is_over
from products.fanzpay.once import Answer, Once
from products.fanzpay.services import give_back, give_up, pay, take_back

ANSWERS = ("approved", "approved", "approved", "approved", "approved", "declined24", "declined31")
CHARGE_TROUBLES = ("close_before", "close_after", "half_body", "http_500", "http_500_after", "throttle")
REFUND_TROUBLES = ("close_before", "close_after", "half_body", "http_500", "http_500_after")
TROUBLED = 0.25
COIN_STEPS = (
    ("pay", "exact"), ("pay", "exact"), ("pay", "exact"), ("pay", "partial"), ("pay", "over"), ("pay", "late"),
    ("confirm", ""), ("confirm", ""), ("complete", ""), ("expire", ""), ("invalidate", ""), ("lie", ""),
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A purchase as the platform's program asked for it, under its key."""

    key: str
    wish: Wish
    by: Actor

    def once(self) -> Once[PaymentView]:
        return Once(
            self.by, self.key, self.key.encode(), "processors.payment", _said, is_known,
            partial(get_payment, actor=self.by),
        )  # fmt: skip


@operation(24)
def buy(sim: Simulation) -> str:
    """By card or with coins, of a creator of the fan's own platform."""
    platform_id, fan_id = sim.random.choice(sim.world.fans)
    creator_id = sim.random.choice([creator for place, creator in sim.world.creators if place == platform_id])
    minor = sim.random.randint(3, 180) * 100 + sim.random.choice((0, 0, 50, 99))
    method = sim.random.choice(("card", "card", "card", "crypto"))
    answer = sim.random.choice(ANSWERS) if method == "card" else ""
    _trouble(sim, method, "charge" if method == "card" else "invoice", CHARGE_TROUBLES)
    key = uuid7().hex
    wish = Wish(
        platform_id=platform_id, fan_id=fan_id, creator_id=creator_id, reference=f"order-{key}",
        product=sim.random.choice(("ppv", "tip")), amount=Money(minor, "USD"), method=method,
        token=f"testtoken{answer}{key}" if answer else "", device=str(fan_id), return_url="http://localhost:8000/",
    )  # fmt: skip
    asked = Asked(key, wish, Actor(ActorKind.CLIENT, str(platform_id), platform_id=platform_id))
    sim.asked.append(asked)
    sim.note(minor, method, answer)
    return _heard(pay(wish=wish, period_days=None, once=asked.once()))


@operation(4)
def buy_again(sim: Simulation) -> str:
    """The same request under the same key, once more."""
    asked = sim.pick(sim.asked)
    if asked is None:
        return "nothing"
    sim.note(sim.asked.index(asked) + 1)
    return _heard(pay(wish=asked.wish, period_days=None, once=asked.once()))


@operation(10)
def coins_move(sim: Simulation) -> str:
    """What happens to an invoice on the chain and at BitPay."""
    attempt = sim.pick(list(Attempt.objects.filter(provider="bitpay").exclude(provider_ref="").order_by("pk")))
    if attempt is None:
        return "nothing"
    sim.note(_number(attempt.payment_id))
    for do, how in sim.random.sample(COIN_STEPS, len(COIN_STEPS)):
        order = {"invoice": attempt.provider_ref, "do": do, **({"coin": "BTC", "how": how} if how else {})}
        if sim.outside.order("/_sandbox/bitpay/invoices", order) == "done":
            return f"{do} {how}"
    return "over"


@operation(4)
def coins_go_back(sim: Simulation) -> str:
    """A refund in coins goes its way at BitPay."""
    refund = sim.pick(list(Refund.objects.filter(provider="bitpay").exclude(provider_ref="").order_by("pk")))
    if refund is None:
        return "nothing"
    do = sim.random.choice(("pending", "success", "success", "failure"))
    sim.note(_number(refund.payment_id), do)
    return sim.outside.order("/_sandbox/bitpay/refunds", {"refund": refund.provider_ref, "do": do})


@operation(9)
def refund(sim: Simulation) -> str:
    """All, a part, or more than there is."""
    payment = sim.pick(list(Payment.objects.filter(captured_minor__gt=0).order_by("pk")))
    if payment is None:
        return "nothing"
    share = sim.random.choice((1, 1, 2, 3))
    left = payment.refundable.minor if sim.random.random() < 0.7 else payment.captured_minor
    minor = max(left // share, 1) + (1 if sim.random.random() < 0.1 else 0)
    _trouble(sim, payment.method, "refund", REFUND_TROUBLES)
    sim.note(_number(payment.pk), minor)
    by = _program(payment)
    return _heard(give_back(payment_id=payment.pk, amount=Money(minor, "USD"), reason="asked for", once=_once_back(by)))


@operation(3)
def void(sim: Simulation) -> str:
    payment = sim.pick(list(Payment.objects.filter(captured_minor__gt=0).order_by("pk")))
    if payment is None:
        return "nothing"
    _trouble(sim, payment.method, "void", REFUND_TROUBLES)
    sim.note(_number(payment.pk))
    return _heard(take_back(payment_id=payment.pk, reason="a mistake", once=_once_back(_program(payment))))


@operation(2)
def cancel(sim: Simulation) -> str:
    payment = sim.pick(list(Payment.objects.order_by("pk")))
    if payment is None:
        return "nothing"
    sim.note(_number(payment.pk))
    by = _program(payment)
    once = Once(by, uuid7().hex, b"c", "processors.payment", _said, is_known, partial(get_payment, actor=by))
    return _heard(give_up(payment_id=payment.pk, reason="changed their mind", once=once))


@operation(5)
def provider_takes_back(sim: Simulation) -> str:
    """The bank's chargeback, or CCBill's own refund or void."""
    attempt = sim.pick(list(Attempt.objects.filter(provider="ccbill", sent_at__isnull=False).order_by("pk")))
    if attempt is None:
        return "nothing"
    do = sim.random.choice(("chargeback", "chargeback", "refund", "void"))
    sim.note(_number(attempt.payment_id), do)
    sales = sim.outside.sales(attempt.reference)
    if not sales:
        return "no sale"
    return sim.outside.order("/_sandbox/ccbill/sales", {"transaction": sales[0]["transaction_id"], "do": do})


@operation(4)
def bank_decides(sim: Simulation) -> str:
    dispute = sim.pick(list(Dispute.objects.order_by("pk")))
    if dispute is None:
        return "nothing"
    is_won = sim.random.random() < 0.5
    sim.note(_number(dispute.payment_id), "won" if is_won else "lost")
    end = win_dispute if is_won else lose_dispute
    return str(end(dispute_id=dispute.pk, by=BY, at=clock.now()).state)


@operation(4)
def ask_provider(sim: Simulation) -> str:
    """Somebody looks at a payment and asks what became of it."""
    payment = sim.pick(list(Payment.objects.order_by("pk")))
    if payment is None:
        return "nothing"
    sim.note(_number(payment.pk))
    return repair_payment(payment_id=payment.pk, by=BY).state


@operation(2)
def ask_refund(sim: Simulation) -> str:
    asked = sim.pick(list(Refund.objects.order_by("pk")))
    if asked is None:
        return "nothing"
    sim.note(_number(asked.payment_id))
    return repair_refund(refund_id=asked.pk, by=BY).state


@operation(2)
def pay_by_hand(sim: Simulation) -> str:
    """Finance gives back what no provider can."""
    due = sim.pick(list(Refund.objects.filter(state="MANUAL_DUE").order_by("pk")))
    if due is None:
        return "nothing"
    sim.note(_number(due.payment_id))
    with transaction.atomic():
        return str(settle_refund_by_hand(refund_id=due.pk, proof="statement 7", by=BY, at=clock.now()).state)


def end_coins(sim: Simulation) -> None:
    """BitPay comes to an end with every invoice and refund of ours, whatever it was."""
    for number in _with_bitpay(Attempt):
        for do in ("confirm", "complete", "invalidate"):
            sim.outside.order("/_sandbox/bitpay/invoices", {"invoice": number, "do": do})
    for number in _with_bitpay(Refund):
        for do in ("pending", "success"):
            sim.outside.order("/_sandbox/bitpay/refunds", {"refund": number, "do": do})


def _with_bitpay(table: type[Attempt | Refund]) -> list[str]:
    rows = table._default_manager.filter(provider="bitpay").exclude(provider_ref="").order_by("pk")
    return list(rows.values_list("provider_ref", flat=True))


def _trouble(sim: Simulation, method: str, operation: str, kinds: tuple[str, ...]) -> None:
    if sim.random.random() < TROUBLED:
        kind = sim.random.choice(kinds)
        provider = "ccbill" if method == "card" else "bitpay"
        if (provider, operation) != ("bitpay", "void"):
            sim.outside.trouble(provider, operation, kind)
            sim.note(kind)


def _program(payment: Payment) -> Actor:
    return Actor(ActorKind.CLIENT, str(payment.platform_id), platform_id=payment.platform_id)


def _once_back(by: Actor) -> Once[RefundView]:
    return Once(by, uuid7().hex, b"b", "processors.refund", _said, is_over, partial(get_refund, actor=by))


def _said(view: PaymentView | RefundView) -> Reply:
    return Reply(200, f"{view.state} {view.amount.minor}".encode())


def _heard(answer: Answer) -> str:
    return answer.reply.body.decode() + (" as before" if answer.earlier else "")


def _number(payment_id: UUID) -> int:
    """Which payment this is, in the order of their birth."""
    return Payment.objects.filter(pk__lte=payment_id).count()
