"""A declined charge is a try, not an amount; taken after all, it is both."""

import pytest

from foundation import clock
from processors.gateways.types import Code, Outcome, Result
from processors.payments.models import Attempt
from processors.payments.services import apply_outcome, cancel_payment
from tests.cast import HOUSE
from tests.fanzpay.conftest import till  # noqa: F401  a provider inside the process
from tests.fanzpay.stories import body, post
from tests.fanzpay.till import DECLINED
from tests.trust.stories import agreed
from trust.models import TrustNotTaken, TrustTally

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["fan", "platform"])
def subject(request, till):  # noqa: F811
    agreed(name=f"{request.param}-most", subject=request.param, most_count=-1, most_minor=25_00, currency="USD")
    return request.param


def state(token, minor=10_00):
    return post("payments", body(token=token, amount_minor=minor)).json()["state"]


def test_declined_charges_leave_the_amount_to_others(subject):
    assert [state(DECLINED) for _ in range(3)] == ["DECLINED"] * 3
    assert TrustNotTaken.objects.count() == 3
    assert [state("tok_approved") for _ in range(3)] == ["CAPTURED", "CAPTURED", "DECLINED"]


def test_what_is_taken_after_all_counts_again(subject):
    state(DECLINED)
    attempt = Attempt.objects.get()
    again = Outcome(Result.APPROVED, provider_ref="late")
    for outcome in (again, again, Outcome(Result.DECLINED, code=Code.DO_NOT_HONOR)):
        apply_outcome(attempt_id=attempt.pk, outcome=outcome, by=HOUSE, at=clock.now())
    assert TrustNotTaken.objects.count() == 0
    assert [state("tok_approved") for _ in range(2)] == ["CAPTURED", "DECLINED"]


def test_what_was_given_up_is_not_spent_either(subject):
    shown = post("payments", body(method="crypto", coin="BTC", token=None, amount_minor=20_00)).json()
    assert state("tok_approved") == "DECLINED"
    cancel_payment(payment_id=shown["id"], reason="gave up", by=HOUSE, at=clock.now())
    assert state("tok_approved") == "CAPTURED"


def test_tries_are_still_counted(till):  # noqa: F811
    agreed(name="fan-tries", most_count=2)
    assert [state(DECLINED) for _ in range(2)] == ["DECLINED"] * 2
    refused = post("payments", body()).json()
    assert refused["decline_code"] == "risk_declined"
    assert not TrustTally.objects.filter(amount_minor__lt=0).exists()
