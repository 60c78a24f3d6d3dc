"""Killed between any two steps, worked at by two at once, flooded: each piece of news has one effect."""

import subprocess
import sys
import threading
import time

import pytest
from django.conf import settings
from django.db import connection

from foundation import clock
from foundation.inbox.runner import Runner
from processors.payments.models import Payment
from processors.webhooks.applying import LEASE
from processors.webhooks.models import ProviderTold, WebhookCall
from processors.webhooks.taking import take_call
from processors.webhooks.worker import Applying
from tests.processors.payments.till import bought, later, payment_of, topics
from tests.processors.webhooks.teller import body_of, proof_of, tell, told_states, work
from tests.processors.webhooks.test_applying import charged, waiting_for_word

pytestmark = pytest.mark.django_db(transaction=True)
PROGRAM = """
import sys
import django
django.setup()
from tests.processors.webhooks.dying import die_at
die_at(sys.argv[1])
"""
A_SECOND = 200


@pytest.mark.parametrize(
    ("point", "left"), [("webhooks.read", {}), ("webhooks.claimed", {"DUE": 1}), ("webhooks.applied", {"DUE": 1})]
)
def test_killed_anywhere_it_is_applied_once_by_the_next(teller, point, left):
    attempt = waiting_for_word(teller)
    tell(charged(attempt))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, point], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    states = list(told_states().values())
    assert {state: states.count(state) for state in states} == left
    assert topics("txn.capture") == []

    later(seconds=LEASE.total_seconds() + 1)
    work()

    assert list(told_states().values()) == ["APPLIED"]
    assert topics("txn.capture") == ["txn.capture"]


def test_two_workers_at_once_apply_each_once(teller):
    attempts = [waiting_for_word(teller) for _ in range(30)]
    for attempt in attempts:
        tell(charged(attempt))
        tell(charged(attempt))
    wrong = []

    def worker():
        try:
            work()
        except Exception as error:  # noqa: BLE001 - shown below
            wrong.append(error)
        finally:
            connection.close()

    together = [threading.Thread(target=worker) for _ in range(3)]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    work()

    assert wrong == []
    assert list(told_states().values()) == ["APPLIED"] * 30
    assert set(ProviderTold.objects.values_list("times_told", flat=True)) == {2}
    assert topics("txn.capture") == ["txn.capture"] * 30
    assert Payment.objects.filter(state="CAPTURED", captured_minor=2000).count() == 30


@pytest.mark.parametrize("share", [8, 1])
def test_a_flood_is_applied_to_the_last(teller, size, capsys, share):
    """Two hundred calls a second: one in eight, or each, takes a payment to the books, the others tell what the answer
    to the charge told; `--size` brings a longer flood."""
    count = size(20 if share == 1 else 200)
    attempts = [
        waiting_for_word(teller) if number % share == 0 else payment_of(bought()).attempts.get()
        for number in range(count)
    ]
    runner = Runner({"webhooks 1": Applying, "webhooks 2": Applying})
    runner.start()
    began = time.monotonic()
    for number, attempt in enumerate(attempts):
        body = body_of(charged(attempt))
        time.sleep(max(0.0, began + number / A_SECOND - time.monotonic()))
        take_call(provider="till", body=body, headers={"X-Proof": proof_of(body)}, query={}, address="", at=clock.now())
    brought = time.monotonic() - began
    deadline = time.monotonic() + 60
    while ProviderTold.objects.filter(done_at__isnull=False).count() < count and time.monotonic() < deadline:
        time.sleep(0.05)
    done = time.monotonic() - began
    runner.stop()
    assert runner.join()

    waited = sorted((told.done_at - told.received_at).total_seconds() for told in ProviderTold.objects.all())
    p99 = waited[int(len(waited) * 0.99) - 1]
    with capsys.disabled():
        print(
            f"\n{count} calls, {count // share} captures, in {brought:.1f} s, done after {done:.1f} s, p99 {p99:.2f} s"
        )
    assert WebhookCall.objects.filter(state="READ").count() == count
    assert not Payment.objects.exclude(state="CAPTURED").exists()
