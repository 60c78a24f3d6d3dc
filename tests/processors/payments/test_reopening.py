"""Believed never to have come while its own call was still out: the call's word counts, and is asked about."""

import pytest

from foundation import clock
from processors.gateways.types import Outcome, Result
from processors.payments.desk import Waits, what_waits
from processors.payments.models import Attempt
from processors.payments.services import apply_outcome, repair_due
from processors.payments.states import PaymentState
from tests.cast import HOUSE
from tests.processors.payments.test_deciding import alarms
from tests.processors.payments.till import bought, later, legs, payment_of, topics

pytestmark = pytest.mark.django_db
P = PaymentState
LOST, NEVER = Outcome(Result.UNKNOWN), Outcome(Result.NOT_SENT)


def held_up(till, ends: Outcome = LOST):
    """The call hangs for so long that a question is answered with "never came" and believed."""
    stood = []

    def hangs():
        later(minutes=4)
        assert repair_due(by=HOUSE).asked == 1
        stood.append(payment_of(Attempt.objects.get()).state)
        return ends

    till.will(hangs, NEVER)
    view = bought(20_00)
    assert stood == [P.FAILED]
    return view


@pytest.mark.parametrize("ends", [LOST, Outcome(Result.PENDING)])
def test_a_call_that_ends_without_an_answer_is_not_known_again_and_asked_about(till, ends):
    view = held_up(till, ends)
    attempt = Attempt.objects.get()
    assert (view.state, attempt.state, attempt.token) == (P.UNKNOWN, "TIMED_OUT", "tok_visa")
    assert attempt.repair_at is not None
    assert topics("txn.ended", "txn.unknown") == ["txn.ended", "txn.unknown"]

    till.charged[attempt.reference] = view.amount
    later(minutes=20)
    assert repair_due(by=HOUSE).asked == 1
    row = payment_of(view)
    assert (row.state, row.captured_minor, legs(row.sale_journal)["sale.paid"]) == (P.CAPTURED, 2000, 2000)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.result, attempt.token, attempt.repair_at) == ("REPAIRED", "approved", "", None)


def test_it_fails_again_once_the_provider_still_knows_nothing_of_it(till):
    view = held_up(till)
    till.charged.clear()
    later(minutes=20)
    assert repair_due(by=HOUSE).asked == 1
    attempt = Attempt.objects.get()
    assert (payment_of(view).state, attempt.token, attempt.repair_at) == (P.FAILED, "", None)
    assert topics("txn.ended") == ["txn.ended", "txn.ended"]


def test_asked_in_vain_it_is_put_before_people(till):
    view = held_up(till)
    till.will(*[LOST] * 6)
    for minutes in (20, 80, 400, 1500, 1600):
        later(minutes=minutes)
        repair_due(by=HOUSE)
    assert (payment_of(view).state, alarms()) == (P.UNKNOWN, ["unknown"])
    assert what_waits(at=clock.now())[0][Waits.UNDECIDED] == 1


def test_who_answers_nothing_at_all_is_asked_about_once_more(till):
    """Stopped before it left, charged when it went on, killed before it heard: nobody told that the call was over."""

    def hangs():
        later(minutes=4)
        repair_due(by=HOUSE)
        raise KeyboardInterrupt

    till.will(hangs, NEVER)
    with pytest.raises(KeyboardInterrupt):
        bought(20_00)
    attempt = Attempt.objects.get()
    assert (payment_of(attempt).state, attempt.token) == (P.FAILED, "tok_visa")
    till.charged[attempt.reference] = payment_of(attempt).amount
    later(minutes=20)
    assert repair_due(by=HOUSE).asked == 1
    assert payment_of(attempt).state == P.CAPTURED


@pytest.mark.parametrize("answer", [NEVER, LOST])
def test_the_last_question_ends_too(till, answer):
    def hangs():
        later(minutes=4)
        repair_due(by=HOUSE)
        raise KeyboardInterrupt

    till.will(hangs, NEVER)
    with pytest.raises(KeyboardInterrupt):
        bought(20_00)
    till.will(*[answer] * 6)
    asked = []
    for minutes in (20, 80, 400, 1500, 1600, 1700):
        later(minutes=minutes)
        asked.append(repair_due(by=HOUSE).asked)
    attempt = Attempt.objects.get()
    assert (payment_of(attempt).state, attempt.token, attempt.repair_at) == (P.FAILED, "", None)
    assert sum(asked) == (1 if answer is NEVER else 5)
    assert alarms() == ([] if answer is NEVER else ["unknown"])


def test_a_sure_no_of_the_call_stays_the_end_and_nothing_is_asked(till):
    view = held_up(till, NEVER)
    attempt = Attempt.objects.get()
    assert (view.state, attempt.token, attempt.repair_at) == (P.FAILED, "", None)


def test_a_yes_of_the_call_is_taken(till):
    view = held_up(till, Outcome(Result.APPROVED, provider_ref="t-late"))
    assert (view.state, payment_of(view).captured_minor) == (P.CAPTURED, 2000)


def test_a_late_word_of_the_call_on_what_a_bank_refused_changes_nothing(till):
    def refused():
        apply_outcome(attempt_id=Attempt.objects.get().pk, outcome=Outcome(Result.DECLINED), by=HOUSE, at=clock.now())
        return LOST

    till.will(refused)
    assert bought(20_00).state == P.DECLINED
    assert Attempt.objects.get().repair_at is None
