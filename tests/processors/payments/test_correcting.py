"""What people typed wrongly of a charge gives way to what its provider proves, on the books as well."""

from datetime import timedelta

import pytest

from foundation import clock
from processors.gateways.types import EventKind, Outcome, Result
from processors.payments.desk import Waits, what_waits
from processors.payments.models import Attempt
from processors.payments.services import apply_outcome, apply_told, repair_due, request_refund, send_refund
from processors.payments.services.refs import charge_ref
from processors.payments.states import PaymentState
from processors.payments.types import Applied, Decided
from processors.webhooks.known import settle_known
from tests.cast import HOUSE
from tests.processors.payments.test_deciding import LOST, NOT_TAKEN, TAKEN, alarms, decide, lost_charge
from tests.processors.payments.till import bought, later, legs, payment_of, told, topics, usd

pytestmark = pytest.mark.django_db
P = PaymentState


def attempt_of(view):
    return Attempt.objects.get(payment_id=view.id)


def tell(view, minor=2000, number="p-real"):
    row = told(EventKind.CHARGED, minor, reference=attempt_of(view).reference, provider_ref=number)
    return apply_told(told=row, by=HOUSE, at=clock.now())


def test_the_providers_number_replaces_the_one_that_was_typed_and_finance_hears_it_once(till):
    view = lost_charge(till)
    decide(view, TAKEN)
    tell(view)
    tell(view)
    attempt = attempt_of(view)
    assert (attempt.provider_ref, attempt.raw["confirmed"]) == ("p-real", "p-real")
    assert charge_ref(attempt).provider_ref == "p-real"
    assert alarms().count("corrected") == 1
    assert (payment_of(view).state, payment_of(view).captured_minor) == (P.CAPTURED, 2000)


@pytest.mark.parametrize("number", ["p-77", ""])
def test_the_same_number_or_none_confirms_it_in_silence(till, number):
    view = lost_charge(till)
    decide(view, TAKEN)
    before = alarms()
    tell(view, number=number)
    assert (attempt_of(view).provider_ref, alarms()) == ("p-77", before)


def test_the_quick_way_leaves_what_people_decided_to_the_slow_one(till):
    view = lost_charge(till)
    decide(view, TAKEN)
    until = clock.now() + timedelta(minutes=1)
    row = told(
        EventKind.CHARGED, 2000, reference=attempt_of(view).reference, provider_ref="p-real", claimed_until=until
    )
    row.refresh_from_db()
    assert settle_known([row]) == [row]


def test_another_amount_takes_the_sale_back_and_people_look_again(till):
    view = lost_charge(till)
    decide(view, TAKEN)
    sale = payment_of(view).sale_journal
    tell(view, 1999)
    row, attempt = payment_of(view), attempt_of(view)
    assert (row.state, row.captured_minor, row.captured_at) == (P.UNKNOWN, 0, None)
    assert (attempt.provider_ref, attempt.result) == ("", "unknown")
    assert alarms().count("decided_wrongly") == 1
    assert topics("txn.capture_undone", "txn.unknown")[-2:] == ["txn.capture_undone", "txn.unknown"]
    assert what_waits(at=clock.now())[0][Waits.UNDECIDED] == 1
    decide(view, Decided(happened=True, proof="line 8", provider_ref="p-78"))
    row = payment_of(view)
    assert (row.state, row.captured_minor) == (P.CAPTURED, 2000)
    assert row.sale_journal != sale
    assert legs(row.sale_journal)["sale.paid"] == 2000


def test_what_was_given_back_meanwhile_stays_on_the_books_and_alarms(till):
    view = lost_charge(till)
    decide(view, TAKEN)
    refund = request_refund(payment_id=view.id, amount=usd(500), reason="asked", by=HOUSE, at=clock.now())
    send_refund(refund_id=refund.pk, by=HOUSE)
    tell(view, 1999)
    row = payment_of(view)
    assert (row.state, row.captured_minor, row.refunds_minor) == (P.CAPTURED, 2000, 500)
    assert attempt_of(view).provider_ref == "p-77"
    assert alarms().count("decided_wrongly") == 1


def test_a_number_that_proves_to_be_anothers_is_given_to_it_and_the_wrong_sale_taken_back(till):
    first = lost_charge(till)
    decide(first, Decided(happened=True, proof="line 7", provider_ref="p-second"))
    till.will(LOST)
    second = bought(20_00)
    apply_outcome(
        attempt_id=attempt_of(second).pk, outcome=Outcome(Result.APPROVED, provider_ref="p-second"), by=HOUSE,
        at=clock.now(),
    )  # fmt: skip
    assert (payment_of(second).state, attempt_of(second).provider_ref) == (P.CAPTURED, "p-second")
    row = payment_of(first)
    assert (row.state, row.captured_minor, attempt_of(first).provider_ref) == (P.UNKNOWN, 0, "")
    assert alarms().count("decided_wrongly") == 1
    decide(first, NOT_TAKEN)
    assert payment_of(first).state == P.FAILED


def test_a_number_that_is_proved_to_be_anothers_corrects_nothing(till):
    other = bought(20_00)
    view = lost_charge(till)
    decide(view, TAKEN)
    tell(view, number=attempt_of(other).provider_ref)
    assert (attempt_of(view).provider_ref, payment_of(view).state) == ("p-77", P.CAPTURED)
    assert alarms().count("mismatch") == 1
    assert payment_of(other).state == P.CAPTURED


def test_an_answer_of_the_provider_is_never_corrected(till):
    view = bought(20_00)
    tell(view, 1999, number="another")
    assert (payment_of(view).state, payment_of(view).captured_minor) == (P.CAPTURED, 2000)
    assert attempt_of(view).provider_ref != "another"
    assert isinstance(tell(lost_and_asked(till)), Applied)


def lost_and_asked(till):
    till.will(LOST)
    view = bought(20_00)
    later(minutes=2)
    till.will(LOST)
    repair_due(by=HOUSE)
    return view
