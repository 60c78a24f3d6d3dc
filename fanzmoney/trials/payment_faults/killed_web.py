"""XP3: the web process is killed after the charge and before its reply; the platform posts again with the same key."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from fanzmoney.trials.payment_faults.shop import BATTERY, Shop, WentAway, shop, upsert_people
from foundation import clock
from foundation.events.models import Outbox
from foundation.faults import Battery, Run, batteries
from foundation.identity.roles import Role
from ledger.selectors import get_trial_balance, list_journal
from processors.payments.models import Payment
from processors.payments.services import repair_due

PRICE = 999
FROM_OUTSIDE = "from outside"
MOMENTS = (
    FROM_OUTSIDE, "payments.final", "payments.answered", "payments.noted", "payments.booked", "payments.before_final",
)  # fmt: skip
ANSWERS_LATE = {"provider": "ccbill", "operation": "charge", "fault": "slow:20"}
LEASE_IS_OVER = timedelta(minutes=3)


@dataclass(frozen=True)
class _Order:
    """One wish of a fan, under the key it is posted with however often."""

    key: str
    fan: str

    def post(self, there: Shop, bearer: str) -> tuple[int, dict[str, Any]]:
        body = {
            "reference": f"order-{self.key}", "fan": self.fan, "creator": "maya", "product": "ppv",
            "amount_minor": PRICE, "currency": "USD", "method": "card", "device": self.fan,
            "token": f"testtokenapproved{self.key}",
        }  # fmt: skip
        headers = {
            "Authorization": f"Bearer {bearer}", "Idempotency-Key": self.key, "Content-Type": "application/json",
        }  # fmt: skip
        return there.ask("POST", "/api/v1/payments", json.dumps(body), headers)


def kill_the_web(run: Run) -> None:
    """Killed at every moment between the charge and the reply: posted again, it is the same payment, charged once."""
    with shop() as there:
        ahead = timedelta()
        for trial in run:
            moment = MOMENTS[(trial - 1) % len(MOMENTS)]
            order = _Order(uuid4().hex, f"f{uuid4().hex[:12]}")
            upsert_people([order.fan], Role.FAN)
            _die(run, there, order, moment)
            pid = there.start()
            bearer = there.bearer()
            first, _ = order.post(there, bearer)
            if first != (201 if moment == "payments.final" else 409):
                run.violated(f"killed at {moment}: posted again at once it is answered {first}")
            ahead += LEASE_IS_OVER
            clock.move_clock(ahead=ahead)
            time.sleep(clock.REFRESH_SECONDS)
            order.post(there, there.bearer())
            repair_due(by=BATTERY)
            _judge(run, there, order, [order.post(there, there.bearer()) for _ in range(2)])
            there.stop(pid)
            if _charges(there, "") != run.trials:
                run.violated(f"{run.trials} orders are {_charges(there, '')} charges")


def _die(run: Run, there: Shop, order: _Order, moment: str) -> None:
    """The charge is in CCBill's book, and nobody who asked for it lives."""
    pid = there.start("" if moment == FROM_OUTSIDE else moment)
    bearer = there.bearer()
    if moment == FROM_OUTSIDE:
        there.control("/_sandbox/scenarios", ANSWERS_LATE)
        before = _charges(there, "")
        child = os.fork()
        if child == 0:
            _kill_once_charged(there, pid, before)
    try:
        answer = order.post(there, bearer)
    except WentAway:
        pass
    else:
        run.violated(f"the reply was faster than the death at {moment}: {answer}")
    if moment == FROM_OUTSIDE:
        os.waitpid(child, 0)
    if (ended := there.ended()) != -signal.SIGKILL:
        run.violated(f"at {moment} the web process ended with {ended}")


def _kill_once_charged(there: Shop, pid: int, before: int) -> None:
    """In a process of its own: wait until one more charge stands in the book, and kill the web process."""
    try:
        deadline = time.monotonic() + 15
        while _charges(there, "") == before and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(pid, signal.SIGKILL)
    finally:
        os._exit(0)


def _charges(there: Shop, reference: str) -> int:
    said = there.control(f"/_sandbox/ccbill/book.json?limit=1&reference={reference}")
    return int(said["totals"]["approved"])


def _judge(run: Run, there: Shop, order: _Order, answers: list[tuple[int, dict[str, Any]]]) -> None:
    found = list(Payment.objects.filter(reference=f"order-{order.key}"))
    if len(found) != 1:
        run.violated(f"one order is {len(found)} payments")
        return
    (payment,) = found
    for status, said in answers:
        if (status, said.get("id"), said.get("state")) != (201, str(payment.pk), "CAPTURED"):
            run.violated(f"posted again {payment.pk} is answered {status} {said}")
    if answers[0] != answers[1]:
        run.violated(f"two repeats of {payment.pk} are answered differently")
    if (payment.state, payment.captured_minor, payment.attempts.count()) != ("CAPTURED", PRICE, 1):
        run.violated(f"{payment.pk} is {payment.state} with {payment.attempts.count()} attempts")
    if (charged := _charges(there, f"{payment.pk.hex}-1")) != 1:
        run.violated(f"{payment.pk} was charged {charged} times")
    legs = list_journal(payment.sale_journal) if payment.sale_journal else []
    if (paid := [leg.amount.minor for leg in legs if leg.kind == "sale.paid"]) != [PRICE]:
        run.violated(f"{payment.pk} is not on the books once: {paid}")
    told = Outbox.objects.filter(type="txn.capture", payload__payment_id=str(payment.pk)).count()
    if told != 1:
        run.violated(f"the capture of {payment.pk} was told {told} times")
    if not get_trial_balance().is_balanced:
        run.violated("the books do not balance")


batteries.add(
    "payments_web_killed",
    Battery("The web killed after the charge and before its reply: posted again, charged once (XP3)", kill_the_web),
)
