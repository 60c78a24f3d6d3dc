"""What no provider could say, two people do; what a provider proves later is stronger."""

import pytest
from django.test import Client
from django.urls import reverse

from foundation import clock
from foundation.approvals.models import Approval
from foundation.approvals.services import approve, reject
from foundation.approvals.states import State
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict, Invalid, Refusal
from processors.gateways.types import Code, Outcome, Result
from processors.payments.desk import Waits, what_waits
from processors.payments.giving_back import Refund
from processors.payments.models import Attempt
from processors.payments.services import (
    apply_outcome,
    apply_refund_outcome,
    ask_charge_decision,
    ask_refund_decision,
    repair_due,
)
from processors.payments.states import PaymentState, RefundState
from processors.payments.types import Decided
from tests.cast import HOUSE, actor, signed_in, staff
from tests.processors.payments.test_giving_back import given_back
from tests.processors.payments.test_reviewing import say
from tests.processors.payments.till import bought, later, legs, payment_of, topics

pytestmark = pytest.mark.django_db
P, R = PaymentState, RefundState
LOST = Outcome(Result.UNKNOWN)
TAKEN = Decided(happened=True, proof="line 7 of the report", provider_ref="p-77")
NOT_TAKEN = Decided(happened=False, proof="not in the report")


def asked_in_vain(till):
    """Every question of a day went without an answer."""
    till.will(*[LOST] * 6)
    for minutes in (2, 6, 16, 62, 362, 1442):
        later(minutes=minutes)
        repair_due(by=HOUSE)


def lost_charge(till):
    till.will(LOST)
    view = bought(20_00)
    asked_in_vain(till)
    assert payment_of(view).state == P.UNKNOWN
    return view


def ask(view, decided):
    approval_id = ask_charge_decision(
        payment_id=view.id, decided=decided, reason="looked it up", by=actor(staff("fred")), at=clock.now()
    )
    return Approval.objects.get(pk=approval_id)


def decide(view, decided):
    say(ask(view, decided), approve)


def test_taken_it_is_booked_like_an_answer_and_told(till):
    view = lost_charge(till)
    decide(view, TAKEN)
    row, attempt = payment_of(view), Attempt.objects.get()
    assert (row.state, row.captured_minor) == (P.CAPTURED, 2000)
    assert (attempt.state, attempt.provider_ref, attempt.raw["decided"]) == ("REPAIRED", "p-77", "taken")
    assert legs(row.sale_journal)["sale.paid"] == 2000
    assert topics("txn.capture") == ["txn.capture"]
    assert AuditRecord.objects.filter(subject_id=str(row.pk), facts__after="CAPTURED").exists()


def test_not_taken_it_fails_and_nothing_is_booked(till):
    view = lost_charge(till)
    decide(view, NOT_TAKEN)
    row = payment_of(view)
    assert (row.state, row.decline_code, row.captured_minor) == (P.FAILED, "decided_not_taken", 0)
    assert "contradicted" not in alarms()


def alarms():
    from foundation.events.models import Outbox

    return [row.payload["alarm"] for row in Outbox.objects.filter(type="txn.alarm").order_by("id")]


def test_nobody_agrees_alone_and_a_no_leaves_it_as_it_is(till):
    view = lost_charge(till)
    approval = ask(view, TAKEN)
    assert {name: after for name, _, after in approval.effects}["Proof"] == TAKEN.proof
    with pytest.raises(Refusal):
        say(approval, approve, who="fred")
    say(approval, reject)
    assert payment_of(view).state == P.UNKNOWN


def test_only_what_asking_could_not_settle_is_decided(till):
    till.will(LOST)
    view = bought(20_00)
    with pytest.raises(Conflict, match="not_undecided"):
        ask(view, TAKEN)
    asked_in_vain(till)
    for wrong in (Decided(happened=True, proof="seen"), Decided(happened=False, proof=" ")):
        with pytest.raises(Invalid):
            ask(view, wrong)


def test_a_number_that_is_another_charges_is_refused(till):
    other = bought(20_00)
    view = lost_charge(till)
    number = payment_of(other).attempts.get().provider_ref
    with pytest.raises(Conflict, match="number_of_another"):
        ask(view, Decided(happened=True, proof="seen", provider_ref=number))


def test_the_provider_is_faster_than_the_second_person(till):
    view = lost_charge(till)
    approval = ask(view, NOT_TAKEN)
    apply_outcome(attempt_id=Attempt.objects.get().pk, outcome=Outcome(Result.APPROVED), by=HOUSE, at=clock.now())
    say(approval, approve)
    approval.refresh_from_db()
    assert (approval.state, payment_of(view).state) == (State.FAILED, P.CAPTURED)


@pytest.mark.parametrize("result", [Result.APPROVED, Result.DECLINED])
def test_after_not_taken_any_word_of_the_provider_wins(till, result):
    view = lost_charge(till)
    decide(view, NOT_TAKEN)
    outcome = Outcome(result, provider_ref="p-1", code=None if result is Result.APPROVED else Code.DO_NOT_HONOR)
    apply_outcome(attempt_id=Attempt.objects.get().pk, outcome=outcome, by=HOUSE, at=clock.now())
    is_taken = result is Result.APPROVED
    assert payment_of(view).state == (P.CAPTURED if is_taken else P.DECLINED)
    assert ("contradicted" in alarms()) == is_taken


def test_after_taken_a_no_of_the_provider_is_flagged_and_the_books_stay(till):
    view = lost_charge(till)
    decide(view, TAKEN)
    outcome = Outcome(Result.DECLINED, code=Code.DO_NOT_HONOR)
    apply_outcome(attempt_id=Attempt.objects.get().pk, outcome=outcome, by=HOUSE, at=clock.now())
    assert payment_of(view).state == P.CAPTURED
    assert alarms().count("contradicted") == 1


def lost_refund(till):
    from tests.processors.payments.test_giving_back import give_back

    view = bought(20_00)
    till.will(LOST)
    refund = give_back(view, 12_00)
    asked_in_vain(till)
    row = Refund.objects.get()
    assert (row.state, row.repair_at) == (R.UNKNOWN, None)
    return view, refund.id


@pytest.mark.parametrize("decided", [TAKEN, NOT_TAKEN])
def test_a_refund_is_decided_the_same_way(till, decided):
    view, refund_id = lost_refund(till)
    approval_id = ask_refund_decision(
        refund_id=refund_id, decided=decided, reason="looked", by=actor(staff("fred")), at=clock.now()
    )
    say(Approval.objects.get(pk=approval_id), approve)
    row = Refund.objects.get()
    assert row.state == (R.SUCCEEDED if decided.happened else R.FAILED)
    assert given_back(view) == (1200 if decided.happened else 0, 0, False)

    opposite = Outcome(Result.DECLINED) if decided.happened else Outcome(Result.APPROVED)
    apply_refund_outcome(refund_id=refund_id, outcome=opposite, by=HOUSE, at=clock.now())
    assert alarms().count("contradicted") == 1
    assert Refund.objects.get().state == R.SUCCEEDED


def test_it_stands_in_the_queue_and_is_said_on_the_page(till):
    view = lost_charge(till)
    counts, _ = what_waits(at=clock.now())
    assert (counts[Waits.UNDECIDED], counts[Waits.UNKNOWN]) == (1, 0)
    fred = signed_in(Client(), staff("fred"))
    assert "Never answered" in fred.get(reverse("ops:home")).content.decode()
    url = reverse("ops:payment_outcome", args=[view.id])
    assert url in fred.get(reverse("ops:payment", args=[view.id])).content.decode()
    missing = fred.post(url, {"happened": "yes", "proof": "seen", "provider_ref": "", "reason": "looked"})
    assert missing.status_code == 409
    sent = fred.post(url, {"happened": "yes", "proof": "seen", "provider_ref": "p-1", "reason": "looked"})
    approval = Approval.objects.get()
    assert sent.url == reverse("ops:approval", args=[approval.pk])
    assert "said already" in fred.get(url).content.decode()
    assert "was taken by till" in fred.get(sent.url).content.decode()
    say(approval, approve)
    assert fred.post(url, {"happened": "no", "proof": "x", "provider_ref": "", "reason": "x"}).status_code == 409
    assert payment_of(view).state == P.CAPTURED


def test_a_lost_refund_stands_in_the_queue_and_has_its_page(till):
    _, refund_id = lost_refund(till)
    counts, _ = what_waits(at=clock.now())
    assert (counts[Waits.REFUND_UNDECIDED], counts[Waits.REFUND_UNKNOWN]) == (1, 0)
    fred = signed_in(Client(), staff("fred"))
    url = reverse("ops:refund_outcome", args=[refund_id])
    sent = fred.post(url, {"happened": "no", "proof": "seen", "provider_ref": "", "reason": "looked"})
    assert sent.status_code == 302
    say(Approval.objects.get(), approve)
    assert Refund.objects.get().state == R.FAILED
