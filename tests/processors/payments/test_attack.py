"""What a hostile reading of payments found."""

from uuid import UUID

import pytest
from django.core.management import call_command

from foundation import clock, nearby
from foundation.approvals.models import Approval
from foundation.approvals.services import approve
from foundation.switches.services import stop_switch
from processors.gateways.types import EventKind
from processors.payments.giving_back import Refund
from processors.payments.models import Attempt
from processors.payments.registers import repair
from processors.payments.services import apply_told, ask_refund_decision, send_due
from processors.payments.states import PaymentState
from processors.payments.types import Applied, Decided, Stale
from tests.cast import HOUSE, actor, staff
from tests.processors.payments.test_deciding import LOST, alarms, lost_refund
from tests.processors.payments.test_giving_back import given_back
from tests.processors.payments.test_reviewing import parked, say
from tests.processors.payments.till import bought, later, payment_of, told

pytestmark = pytest.mark.django_db
K, P = EventKind, PaymentState


def test_what_may_not_leave_keeps_nobody_from_asking(till):
    """A charge that a person allowed waits while charges are stopped; what is with a provider is followed."""
    till.will(LOST)
    view = bought(20_00)
    _, approval = parked()
    say(approval, approve)
    stop_switch(key="payments.charge", reason="an incident", by=actor(staff("fred")), at=clock.now())
    nearby.forget_all()
    later(minutes=4)
    repair(None)
    assert payment_of(view).state == P.CAPTURED
    assert till.calls.count("charge") == 1


def test_a_charge_that_breaks_while_it_is_sent_keeps_the_command_from_asking_nothing(till):
    def breaks():
        raise ArithmeticError

    till.will(LOST)
    view = bought(20_00)
    _, approval = parked()
    say(approval, approve)
    till.will(breaks)
    later(minutes=4)
    with pytest.raises(ArithmeticError):
        call_command("payments_repair")
    assert payment_of(view).state == P.CAPTURED


def decide(refund_id: UUID, decided: Decided) -> None:
    asked = ask_refund_decision(
        refund_id=refund_id, decided=decided, reason="looked", by=actor(staff("fred")), at=clock.now()
    )
    say(Approval.objects.get(pk=asked), approve)


def news(view, number: str):
    row = told(K.REFUNDED, 1200, reference=f"{view.id.hex}-1", provider_ref=number)
    return apply_told(told=row, by=HOUSE, at=clock.now())


@pytest.mark.parametrize("minor", [0, 1200])
def test_the_providers_own_word_on_a_refund_people_decided_is_no_second_refund(till, minor):
    view, refund_id = lost_refund(till)
    decide(refund_id, Decided(happened=bool(minor), proof="line 7", provider_ref="as-typed" if minor else ""))
    assert given_back(view) == (minor, 0, False)
    assert isinstance(news(view, "as-told"), Applied)
    assert given_back(view) == (1200, 0, False)
    row = Refund.objects.get()
    assert (row.state, row.provider_ref) == ("SUCCEEDED", "as-told")
    assert alarms().count("contradicted") == (0 if minor else 1)


def test_a_second_refund_of_the_same_amount_is_one_of_its_own(till):
    view, refund_id = lost_refund(till)
    decide(refund_id, Decided(happened=True, proof="line 7", provider_ref="as-typed"))
    assert isinstance(news(view, "as-told"), Applied)
    assert isinstance(news(view, "as-told"), Stale)
    assert given_back(view) == (1200, 0, False)
    assert isinstance(news(view, "another"), Applied)
    assert (given_back(view), Refund.objects.count()) == ((2400, 0, True), 2)


def test_nothing_a_person_allowed_leaves_for_a_provider_that_was_stopped_meanwhile(till):
    payment, approval = parked()
    Attempt.objects.update(provider="ccbill")
    stop_switch(key="payments.provider.ccbill", reason="an incident", by=actor(staff("fred")), at=clock.now())
    nearby.forget_all()
    say(approval, approve)
    assert send_due(by=HOUSE) == 0
    assert (payment_of(payment.pk).state, Attempt.objects.get().state) == (P.ROUTED, "PREPARED")
