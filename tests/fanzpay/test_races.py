"""Many requests at once: one charge per key, and no more back than was taken."""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from processors.payments.models import Payment
from tests.cast import bearer
from tests.fanzpay.stories import body, get, paid, post
from tests.fanzpay.till import SLOW
from tests.trust.stories import agreed
from trust.models import TrustDecision

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = int(os.environ.get("RACE_THREADS", "50"))


BUSY = 503
"""What a crowd beyond the pool of connections is told; it may try again."""


def at_once(times, path, asked, **options):
    """The same request from many hands at one starting shot."""
    start, token = Barrier(times), bearer()

    def run(_):
        try:
            start.wait()
            return post(path, asked() if callable(asked) else asked, token=token, **options)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(run, range(times)))


def test_fifty_identical_posts_with_one_key_are_one_payment(till):
    asked = body(token=SLOW)
    answers = at_once(THREADS, "payments", asked, key="the-key")
    again = post("payments", asked, key="the-key")

    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {201, 409, BUSY}
    assert statuses[201] >= 1
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers if answer.status_code == 409)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert {answer.content for answer in answers if answer.status_code == 201} == {again.content}
    assert (till.calls["charge"], Payment.objects.count(), TrustDecision.objects.count()) == (1, 1, 1)


def test_fifty_posts_under_keys_of_their_own_with_one_reference_are_one_payment(till):
    asked = body()
    answers = at_once(THREADS, "payments", asked)
    statuses = Counter(answer.status_code for answer in answers)
    assert (statuses[201], set(statuses) <= {201, 409, BUSY}) == (1, True)
    assert (till.calls["charge"], Payment.objects.count()) == (1, 1)


def test_parallel_payments_do_not_pass_a_fans_limit(till):
    agreed(most_count=5)
    answers = at_once(20, "payments", body)
    states = Counter(answer.json().get("state", "busy") for answer in answers)
    assert (states["CAPTURED"], set(states) <= {"CAPTURED", "DECLINED", "busy"}) == (5, True)
    assert till.calls["charge"] == 5


def test_parallel_refunds_give_back_no_more_than_was_taken(till):
    payment = paid(amount_minor=1_000)
    asked = {"payment_id": payment["id"], "amount_minor": 300, "currency": "USD", "reason": "Cut short"}
    answers = at_once(20, "refunds", asked)

    assert {answer.status_code for answer in answers} <= {201, 202, 409, BUSY}
    given = sum(one["state"] == "SUCCEEDED" for one in get("refunds", payment_id=payment["id"]).json()["data"])
    assert given == till.calls["refund"] <= 3
    assert get(f"payments/{payment['id']}").json()["refunded"]["amount_minor"] <= 1_000
