"""XP11 at the providers: the wires to card company, coin company and rail are slow, silent, cut, or end in mid-word."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from types import ModuleType
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction

from fanzmoney.demo.merchants import accounts
from fanzmoney.trials.outages.relay import Relay
from fanzmoney.trials.payment_faults import scene as buying
from fanzmoney.trials.payout_faults import scene as paying
from foundation import clock, nearby
from foundation.faults import Battery, Run, batteries
from foundation.ids import uuid7
from ledger.selectors import get_trial_balance
from payouts.life.models import Payout
from payouts.life.rules.asking import ABSENT_AFTER
from payouts.life.services import repair_due, send_due
from processors.gateways.bitpay import client as bitpay
from processors.gateways.ccbill import client as ccbill
from processors.gateways.rails.paxum import client as paxum
from processors.payments.giving_back import Refund
from processors.payments.models import Attempt, MerchantAccount, Payment
from processors.payments.services import (
    repair_payment,
    repair_refund,
    request_refund,
    send_attempt,
    send_refund,
)

BATTERY, PRICE = buying.BATTERY, 20_00
CLIENTS: tuple[ModuleType, ...] = (ccbill, bitpay, paxum)
SECONDS = 2
"""What an answer may take here; the house gives it twenty and some."""
MOST_SECONDS = 8 * (SECONDS + ccbill.CONNECT_SECONDS)
"""A refund asks what is left before it is given, and a bearer may have to be renewed before each."""
LATER = (timedelta(minutes=5), timedelta(minutes=40))


@dataclass
class World:
    """Both rooms, and the wire between them and everybody outside."""

    buying: buying.Scene
    paying: paying.Scene
    wire: Relay
    ahead: timedelta = timedelta()

    def bought(self, method: str) -> UUID:
        """An attempt that is ready to leave."""
        is_card = method == "card"
        token = f"testtokenapproved{uuid7().hex[-20:]}" if is_card else ""
        wish = replace(self.buying.wish(PRICE, token), method=method, coin="" if is_card else "BTC")
        return self.buying.prepared_wish(wish)

    def asked_back(self) -> UUID:
        """Half of what was taken a moment ago."""
        view = send_attempt(attempt_id=self.bought("card"), by=BATTERY)
        with transaction.atomic():
            refund = request_refund(
                payment_id=view.id, amount=view.amount.allocate(1, 1)[0], reason="a trial", by=BATTERY,
                at=clock.now(), is_agreed_first=False,
            )  # fmt: skip
        refund_id: UUID = refund.pk
        return refund_id

    def move(self, ahead: timedelta) -> None:
        """For us and for everybody outside: a rail is asked for the transfers of a day."""
        self.ahead = ahead
        clock.move_clock(ahead=ahead)
        self.paying.rails.ask("/_sandbox/clock", {"ahead_seconds": ahead.total_seconds()})

    def mend(self, payments: Sequence[Payment], refund_id: UUID) -> None:
        """What the sweepers do in the hour afterwards, and a day later about payouts that are not listed."""
        for step in LATER:
            self.move(self.ahead + step)
            for payment in payments:
                repair_payment(payment_id=payment.pk, by=BATTERY)
            repair_refund(refund_id=refund_id, by=BATTERY)
            repair_due(by=BATTERY)
            send_due(rail=paying.RAIL, by=BATTERY)
            repair_due(by=BATTERY)
        today = self.ahead
        self.move(today + ABSENT_AFTER)
        repair_due(by=BATTERY)
        self.move(today)


def trouble_gateways(run: Run) -> None:
    """A charge, an invoice, a refund and two payouts at once: each once at most, none held, and all known at last."""
    with _world() as world:
        for trial in run:
            ccbill._bearers.clear()
            refund_id, payouts = world.asked_back(), world.paying.queued(2)
            attempts = [world.bought("card"), world.bought("crypto")]
            if run.random.random() < 0.5:
                ccbill._bearers.clear()
            way = WAYS[(trial - 1) % len(WAYS)]
            with way(run, world.wire):
                _act(run, [partial(_send, attempt) for attempt in attempts] + [partial(_give, refund_id), _pay])
            payments = [Attempt.objects.select_related("payment").get(pk=one).payment for one in attempts]
            world.mend(payments, refund_id)
            _judge(run, world, payments, refund_id, payouts, way.__name__)


def _act(run: Run, works: Sequence[Callable[[], str]]) -> None:
    def timed(work: Callable[[], str]) -> str:
        began = time.monotonic()
        try:
            return work()
        finally:
            if (took := time.monotonic() - began) > MOST_SECONDS:
                run.violated(f"{work} held a worker for {took:.1f} s")

    buying.at_once([partial(timed, work) for work in works])


def _send(attempt_id: UUID) -> str:
    return str(send_attempt(attempt_id=attempt_id, by=BATTERY).state)


def _give(refund_id: UUID) -> str:
    return str(send_refund(refund_id=refund_id, by=BATTERY).state)


def _pay() -> str:
    return str(send_due(rail=paying.RAIL, by=BATTERY).sent)


def _judge(
    run: Run, world: World, payments: Sequence[Payment], refund_id: UUID, payouts: Sequence[Payout], way: str
) -> None:
    card, coin = payments
    for payment in payments:
        payment.refresh_from_db()
    taken = _book(world, "ccbill", card)["totals"]["approved"]
    if taken != (card.state == "CAPTURED"):
        run.violated(f"{way}: {card.pk} is {card.state}, charged there {taken} times")
    invoices = len(_book(world, "bitpay", coin)["invoices"])
    if invoices != (coin.state in ("REQUIRES_ACTION", "EXPIRED")):  # nobody pays it, and an hour passes
        run.violated(f"{way}: {coin.pk} is {coin.state}, with {invoices} invoices there")
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    given = len(_book(world, "ccbill", refund.payment)["refunds"])
    if given != (refund.state == "SUCCEEDED"):
        run.violated(f"{way}: refund {refund_id} is {refund.state}, given there {given} times")
    states = card.state, coin.state, refund.state
    if {"UNKNOWN", "SENT", "PREPARED"} & {*states}:
        run.violated(f"{way}: an hour later nobody knows: {states}")
    world.paying.judge(run, payouts, ends=("PAID", "FAILED"))
    if not get_trial_balance().is_balanced:
        run.violated("the books do not balance")


def _book(world: World, provider: str, payment: Payment) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = world.paying.rails.ask(
        f"/_sandbox/{provider}/book.json?reference={payment.pk.hex}-1"
    )
    return found


@contextmanager
def _slow(run: Run, wire: Relay) -> Iterator[None]:
    wire.delay = run.random.uniform(0.1, 1.2)
    yield
    wire.calm()


@contextmanager
def _cut(run: Run, wire: Relay) -> Iterator[None]:
    """Every connection ends, again and again, wherever it is."""
    is_over, pauses = threading.Event(), [run.random.uniform(0.005, 0.15) for _ in range(200)]

    def cut() -> None:
        for pause in pauses:
            if is_over.wait(pause):
                return
            wire.cut()

    cutting = threading.Thread(target=cut, daemon=True)
    cutting.start()
    yield
    is_over.set()
    cutting.join()


@contextmanager
def _short(run: Run, wire: Relay) -> Iterator[None]:
    """So many bytes yet, questions and answers together; then every word ends in its middle."""
    wire.left = run.random.randrange(1, 6_000)
    yield
    wire.calm()


@contextmanager
def _silent(run: Run, wire: Relay) -> Iterator[None]:
    """Half open: what was said arrives when nobody waits for an answer any more, or never."""
    wire.is_silent = True
    yield
    if run.random.random() < 0.5:
        wire.cut()
    wire.calm()
    time.sleep(0.3)


WAYS = (_slow, _cut, _short, _silent)


@contextmanager
def _world() -> Iterator[World]:
    """Accounts with CCBill, BitPay and Paxum whose only way out is the wire."""
    with ExitStack() as ends:
        shop, desk = ends.enter_context(buying.scene()), ends.enter_context(paying.scene())
        wire = Relay(urlsplit(desk.rails.base).port or 80)
        ends.callback(wire.stop)
        base = f"http://127.0.0.1:{wire.port}"
        MerchantAccount.objects.exclude(slug=paying.ACCOUNT).update(is_open=False)
        for slug, secrets_of in (("ccbill-main", "ccbill"), ("bitpay-main", "bitpay")):
            where = accounts(base)[slug]["settings"] | {"asks_threeds": "never", "secrets_of": secrets_of}
            MerchantAccount.objects.update_or_create(
                slug=f"wired-{secrets_of}",
                defaults={"provider": secrets_of, "currencies": ["USD", "BTC"], "settings": where, "is_open": True},
            )
        MerchantAccount.objects.filter(slug=paying.ACCOUNT).update(
            settings={"api_url": f"{base}/paxum/payment/api/paymentAPI.php"}
        )
        nearby.forget_all()
        for client, name in ((ccbill, "BEARER_SECONDS"), *((client, "ANSWER_SECONDS") for client in CLIENTS)):
            ends.callback(setattr, client, name, getattr(client, name))
            setattr(client, name, SECONDS)
        world = World(shop, desk, wire)
        ends.callback(world.move, timedelta())
        yield world


batteries.add(
    "gateway_wires",
    Battery("Slow, half-open, cut wires to cards, coins and rails: once, not held, known at last", trouble_gateways),
)
