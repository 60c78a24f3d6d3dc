"""What was certainly not taken is tried at another account of ours; what may have been taken never is."""

import pytest

from foundation import clock, nearby
from foundation.errors import Unavailable
from foundation.switches.services import stop_switch
from processors.gateways.types import Code, NextAction, Outcome, Result
from processors.payments.models import Attempt, ChargeWarrant, MerchantAccount
from processors.payments.rules.following import may_follow
from processors.payments.services import apply_outcome, repair_due, request_refund, send_attempt, send_refund
from processors.payments.services.attempting import _finish, _mark_sent
from processors.payments.services.booking import sale_journal
from processors.payments.states import AttemptState, PaymentState
from tests.cast import HOUSE, actor, staff
from tests.processors.payments.test_deciding import alarms
from tests.processors.payments.till import allowed, later, legs, open_account, payment_of, prepared, topics, usd

pytestmark = pytest.mark.django_db
P = PaymentState
NOT_SENT = Outcome(Result.NOT_SENT)
NO = Outcome(Result.DECLINED, code=Code.DO_NOT_HONOR)
AWAY = Outcome(Result.DECLINED, code=Code.ISSUER_UNAVAILABLE)


@pytest.fixture(autouse=True)
def accounts(till):
    for rank, slug in enumerate(("till-main", "till-two", "till-three", "till-four"), 1):
        open_account(slug)
        MerchantAccount.objects.filter(slug=slug).update(rank=rank)
    nearby.forget_all()


def again(view):
    return allowed(payment_of(view)).pk


def buy(judge=again, **more):
    return send_attempt(attempt_id=prepared(20_00, **more).pk, by=HOUSE, again=judge)


def tries():
    rows = Attempt.objects.order_by("number")
    return [(row.merchant_account_id, row.state, row.result) for row in rows]


@pytest.mark.parametrize("first", [NOT_SENT, NO, AWAY])
def test_the_next_account_takes_it_and_the_books_name_that_account(till, first):
    till.will(first)
    view = buy()
    assert (view.state, view.merchant) == (P.CAPTURED, "till-two")
    assert tries() == [("till-main", "ANSWERED", str(first.result)), ("till-two", "ANSWERED", "approved")]
    assert ChargeWarrant.objects.count() == 2
    assert not Attempt.objects.exclude(token="").exists()
    assert legs(sale_journal(payment_of(view)))["sale.paid"] == 2000
    assert topics("txn.declined", "txn.ended", "txn.capture") == ["txn.capture"]
    row = payment_of(view)
    assert any(one["why_not"] == ["tried"] for one in row.routing)


def test_at_most_two_further_tries_each_elsewhere(till):
    till.will(AWAY, NOT_SENT, AWAY)
    view = buy()
    assert (view.state, view.decline_code) == (P.DECLINED, "issuer_unavailable")
    assert [slug for slug, _, _ in tries()] == ["till-main", "till-two", "till-three"]
    assert till.calls == ["charge"] * 3


def test_a_bank_that_just_says_no_is_asked_once_more(till):
    till.will(NO, NO)
    assert buy().state == P.DECLINED
    assert len(tries()) == 2


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(Result.UNKNOWN), Outcome(Result.PENDING),
        Outcome(Result.ACTION_REQUIRED, action=NextAction("threeds")),
        *(Outcome(Result.DECLINED, code=code) for code in (
            Code.INSUFFICIENT_FUNDS, Code.CVV_MISMATCH, Code.EXPIRED_CARD, Code.RISK_DECLINED, Code.CONFIG_ERROR,
            Code.AUTHENTICATION_FAILED,
        )),
    ],
)  # fmt: skip
def test_doubt_and_a_no_that_another_account_cannot_change_are_not_tried_again(till, outcome):
    till.will(outcome)
    buy()
    assert len(tries()) == 1
    assert not may_follow(outcome, tries=1)


def test_without_another_judgement_account_or_leave_it_ends_as_before(till):
    till.will(NO, NO, NO, NO)
    assert buy(judge=None).state == P.DECLINED
    assert buy(judge=lambda _: None).state == P.DECLINED

    def refuses(_):
        raise Unavailable("trust.cannot_judge", "Nobody can say.")

    assert buy(judge=refuses).state == P.DECLINED
    MerchantAccount.objects.exclude(slug="till-main").update(is_open=False)
    nearby.forget_all()
    assert buy().state == P.DECLINED
    assert {slug for slug, _, _ in tries()} == {"till-main"}


def test_a_token_means_nothing_to_another_provider(till):
    MerchantAccount.objects.exclude(slug="till-main").update(provider="onchain")
    nearby.forget_all()
    till.will(NOT_SENT)
    assert buy().state == P.FAILED
    assert len(tries()) == 1


def test_a_doubt_at_the_second_account_stays_one_and_is_asked_about_there(till):
    till.will(NO, Outcome(Result.UNKNOWN))
    view = buy()
    assert view.state == P.UNKNOWN
    later(minutes=4)
    assert repair_due(by=HOUSE).asked == 1
    assert payment_of(view).state == P.CAPTURED
    assert [result for _, _, result in tries()] == ["declined", "approved"]


def test_a_warrant_is_used_once(till):
    till.will(NO)
    kept = []

    def same(view):
        kept.append(Attempt.objects.get().warrant_id)
        return kept[0]

    assert buy(judge=same).state == P.DECLINED
    assert len(tries()) == 1


def left_behind():
    """The second attempt is written down, and whoever did that is gone."""
    first = prepared(20_00)
    _mark_sent(first.pk, HOUSE, {})
    return first, _finish(first.pk, NO, 5, HOUSE, None, again)


def test_a_try_that_nobody_sent_is_closed_and_a_late_word_on_the_first_changes_nothing_meanwhile(till):
    first, second_id = left_behind()
    apply_outcome(attempt_id=first.pk, outcome=NO, by=HOUSE, at=clock.now())
    assert payment_of(first.payment_id).state == P.PROCESSING
    later(minutes=5)
    assert repair_due(by=HOUSE).never_sent == 1
    assert payment_of(first.payment_id).state == P.FAILED
    assert Attempt.objects.get(pk=second_id).state == AttemptState.ANSWERED
    assert till.calls == []


def test_should_the_first_have_taken_it_after_all_it_is_alarmed_and_given_back_there_by_hand(till):
    first, second_id = left_behind()
    apply_outcome(attempt_id=first.pk, outcome=Outcome(Result.APPROVED, provider_ref="late"), by=HOUSE, at=clock.now())
    view = payment_of(first.payment_id)
    assert (view.state, view.merchant_account_id) == (P.CAPTURED, "till-main")
    apply_outcome(attempt_id=second_id, outcome=Outcome(Result.APPROVED, provider_ref="too"), by=HOUSE, at=clock.now())
    assert alarms() == ["taken_twice"]
    refund = request_refund(payment_id=view.pk, amount=usd(20_00), reason="asked", by=HOUSE, at=clock.now())
    assert refund.merchant_account_id == "till-main"
    assert send_refund(refund_id=refund.pk, by=HOUSE).state == "SUCCEEDED"


def test_stopped_charges_are_not_tried_again(till):
    def stops():
        stop_switch(key="payments.charge", reason="an incident", by=actor(staff("fred")), at=clock.now())
        nearby.forget_all()
        return NO

    till.will(stops)
    assert buy().state == P.DECLINED
    assert len(tries()) == 1
