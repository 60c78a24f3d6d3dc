"""Two at once: one refund, one sale, one fill of a debt, and never more than there was."""

import pytest

from foundation.errors import Refusal
from foundation.ids import uuid7
from foundation.retry import retrying
from ledger.errors import ReversedTooMuch
from ledger.flows import claw_back, count_sale, post_legs, record_sale, refund_sale, repay_credit, settle_earnings
from ledger.rules.flows import credit, payouts
from tests.ledger.books import at_once, usd
from tests.ledger.scenes import MAYA, ROCKETGATE, house, line, maya, month, on, put, sell

pytestmark = pytest.mark.django_db(transaction=True)


def told(function):
    """A door's answer: what it returns or refuses, after the repeats a database may ask for."""

    def run():
        try:
            return retrying(function)()
        except Refusal as refusal:
            return refusal

    return run


def test_the_same_sale_from_eight_doors_is_booked_once():
    journal, sold = uuid7(), month()

    answers = at_once(*[told(lambda: record_sale(journal_id=journal, sold=sold))] * 8)

    assert sorted(answer.is_new for answer in answers) == [False] * 7 + [True]
    assert (on(line("pending")), on(ROCKETGATE)) == (16_00, -23_80)


def test_refunds_of_one_sale_at_once_never_exceed_it():
    sale = sell()

    answers = at_once(
        *[told(lambda: refund_sale(journal_id=uuid7(), sale_journal_id=sale, amount=usd(7_93))) for _ in range(5)]
    )

    assert sum(isinstance(answer, ReversedTooMuch) for answer in answers) == 2
    assert on(ROCKETGATE) == -1


def test_a_debt_is_filled_once_by_sales_at_once():
    claw_back(journal_id=uuid7(), creator_id=MAYA, amount=usd(20_00), into=house("suspense", "unmatched"))

    at_once(*[told(lambda: record_sale(journal_id=uuid7(), sold=month())) for _ in range(4)])

    assert (on(maya("receivable")), on(line("pending"))) == (0, 44_00)


def test_a_refund_and_a_payout_share_what_is_there():
    sale = sell()
    settle_earnings(journal_id=uuid7(), pending=line("pending"), amount=usd(16_00))

    at_once(
        told(lambda: refund_sale(journal_id=uuid7(), sale_journal_id=sale, amount=usd(23_80))),
        told(lambda: post_legs(journal_id=uuid7(), legs=payouts.request(MAYA, usd(16_00)))),
    )

    assert (on(maya("available")), on(maya("escrow")) + on(maya("receivable"))) == (0, 0)


def test_an_uncounted_share_is_released_or_refunded_not_both():
    sale = sell(is_counted=False)

    at_once(
        told(lambda: count_sale(sale_journal_id=sale)),
        told(lambda: refund_sale(journal_id=uuid7(), sale_journal_id=sale, amount=usd(23_80))),
    )

    assert [on(key) for key in (line("uncounted"), line("pending"), maya("receivable"), ROCKETGATE)] == [0] * 4


def test_instalments_at_once_never_repay_more_than_is_owed():
    post_legs(journal_id=uuid7(), legs=credit.disburse(MAYA, usd(10_00)))
    put(maya("available"), 90_00)

    at_once(
        *[told(lambda: repay_credit(journal_id=uuid7(), creator_id=MAYA, wanted=usd(4_00))) for _ in range(5)],
    )

    assert (on(credit.receivable(MAYA, "USD")), on(maya("available"))) == (0, 90_00)
