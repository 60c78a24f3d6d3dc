"""Many hands on one payment: threads with connections of their own."""

from collections import Counter

import pytest
from django.db import connection, transaction

from foundation import clock
from foundation.errors import Refusal
from foundation.retry import retrying
from ledger.selectors import get_trial_balance
from processors.gateways.types import EventKind, Outcome, Result
from processors.payments.giving_back import Refund
from processors.payments.models import Payment
from processors.payments.services import (
    apply_told,
    open_dispute,
    repair_payment,
    request_refund,
    send_attempt,
    send_refund,
    void_payment,
)
from tests.cast import HOUSE
from tests.ledger.books import at_once
from tests.processors.payments.till import bought, legs, payment_of, prepared, told, topics, usd

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 8
"""Less than a process has connections."""


def in_a_thread(work):
    def run():
        try:
            return work()
        except Refusal as refused:
            return refused.code
        finally:
            connection.close()

    return run


@retrying
def ask(payment_id, minor):
    with transaction.atomic():
        return request_refund(payment_id=payment_id, amount=usd(minor), reason="races", by=HOUSE, at=clock.now()).pk


def refund(payment_id, minor):
    return str(send_refund(refund_id=ask(payment_id, minor), by=HOUSE).state)


def in_bursts(works):
    answers = []
    for start in range(0, len(works), WORKERS):
        answers += at_once(*[in_a_thread(work) for work in works[start : start + WORKERS]])
    return answers


def test_two_hundred_refunds_of_a_tenth_each_give_back_the_whole_and_no_more(till, size):
    view = bought(50_00)
    answers = in_bursts([lambda: refund(view.id, 5_00)] * size(200))

    assert Counter(answers) == {"SUCCEEDED": 10, "payments.too_much": size(200) - 10}
    assert sum(amount.minor for amount in till.refunded.values()) == 50_00
    assert (payment_of(view).refunds_minor, Refund.objects.count()) == (50_00, 10)


def test_refunds_of_sixty_and_sixty_never_exceed_a_hundred(till):
    view = bought(100_00 - 1)
    answers = at_once(*[in_a_thread(lambda: refund(view.id, 60_00))] * 2)
    assert sorted(answers) == ["SUCCEEDED", "payments.too_much"]


def test_refund_void_and_chargeback_at_once_leave_the_books_right(till, size):
    for _ in range(size(6)):
        view = bought(40_00)

        @retrying
        def void(view=view):
            with transaction.atomic():
                return void_payment(payment_id=view.id, reason="races", by=HOUSE, at=clock.now()).pk

        @retrying
        def dispute(view=view):
            return str(
                open_dispute(
                    payment_id=view.id, provider_ref=f"cb-{view.id}", amount=usd(40_00), reason="races", by=HOUSE,
                    at=clock.now(),
                ).state
            )  # fmt: skip

        answers = at_once(
            in_a_thread(lambda view=view: refund(view.id, 40_00)),
            in_a_thread(lambda view=view, void=void: str(send_refund(refund_id=void(), by=HOUSE).state)),
            in_a_thread(dispute),
        )
        row = payment_of(view)
        given = Refund.objects.filter(payment=row, state="SUCCEEDED")
        assert answers[2] == "OPENED", answers
        assert row.disputed_minor == 40_00
        assert row.refunds_minor == sum(given.values_list("amount_minor", flat=True)) <= 40_00
        assert row.is_paid_back_twice == bool(row.refunds_minor)
        assert get_trial_balance().is_balanced


def test_one_attempt_leaves_once_whoever_sends_it(till):
    attempt = prepared()
    answers = at_once(*[in_a_thread(lambda: send_attempt(attempt_id=attempt.pk, by=HOUSE).state)] * 8)
    assert Counter(answers) == {"CAPTURED": 1, "payments.already_sent": 7}
    assert till.calls.count("charge") == 1


def test_repairs_and_words_at_once_book_once(till):
    till.will(Outcome(Result.UNKNOWN))
    view = bought(20_00)
    rows = [told(EventKind.CHARGED, 2000, reference=f"{view.id.hex}-1") for _ in range(4)]

    @retrying
    def hear(row):
        return type(apply_told(told=row, by=HOUSE, at=clock.now())).__name__

    answers = at_once(
        *[in_a_thread(lambda row=row: hear(row)) for row in rows],
        *[in_a_thread(lambda: repair_payment(payment_id=view.id, by=HOUSE).state)] * 4,
    )
    assert Counter(answers)["CAPTURED"] == 4
    assert Counter(answers)["Applied"] <= 1
    assert topics("txn.capture") == ["txn.capture"]
    assert legs(payment_of(view).sale_journal)["sale.paid"] == 2000
    assert Payment.objects.count() == 1
