"""Payments through the core at the played CCBill: charged, lost, found, given back, billed again. The books agree."""

from dataclasses import asdict

import pytest
from django.db import transaction

from foundation import clock
from ledger.selectors import get_trial_balance
from processors.gateways.ccbill import CCBill
from processors.gateways.types import Proof
from processors.payments.giving_back import Dispute, Refund
from processors.payments.models import Attempt, MerchantAccount, Payment, Subscription
from processors.payments.services import repair_due, repair_payment, repair_refund, send_attempt, void_payment
from processors.payments.services import send_refund as send
from processors.payments.states import PaymentState, RefundState
from processors.payments.types import Applied, Stale
from processors.webhooks.models import ProviderTold
from tests.cast import HOUSE
from tests.processors.gateways.ccbill.conftest import settings_of
from tests.processors.gateways.ccbill.test_forms import opened
from tests.processors.gateways.ccbill.test_webhooks import letters
from tests.processors.payments.test_giving_back import give_back
from tests.processors.payments.test_subscribing import agreed
from tests.processors.payments.test_telling import settled
from tests.processors.payments.till import bought, later, payment_of, prepare, prepared

pytestmark = pytest.mark.django_db
P, R = PaymentState, RefundState
TOKEN = "testtokenapproved0story"
DAY = 86_400


@pytest.fixture(autouse=True)
def account(db, played):
    MerchantAccount.objects.create(
        slug="ccbill-main", provider="ccbill", currencies=["USD", "EUR"], settings=settings_of(played.world.base)
    )
    yield
    assert get_trial_balance().is_balanced


def buy(minor=20_00, token=TOKEN, **more):
    return bought(minor, token=token, **more)


def reference_of(view):
    return Attempt.objects.filter(payment=view.id).order_by("-number").first().reference


def sales(played, view):
    return played.sales(reference_of(view))


def heard(played, number):
    """All that CCBill told about this number, stored as the webhooks room stores it, and applied; what came of it."""
    answers = []
    for webhook in letters(played, number):
        proof = CCBill().check(played.merchant, webhook).proof
        assert proof is not Proof.REJECTED
        for event in CCBill().parse(played.merchant, webhook):
            row, is_new = ProviderTold.objects.get_or_create(
                provider="ccbill",
                key=event.key,
                defaults={
                    "merchant_account_id": "ccbill-main", "kind": event.kind, "is_proved": proof is Proof.VERIFIED,
                    "reference": event.reference, "provider_ref": event.provider_ref,
                    "subscription_ref": event.subscription_ref, "occurred_at": event.occurred_at,
                    "amount_minor": event.amount.minor if event.amount else None,
                    "currency": event.amount.currency if event.amount else "", "due_at": clock.now(),
                    "received_at": webhook.received_at,
                    "facts": {
                        "code": event.code, "reason": event.reason, "transaction_ref": event.transaction_ref,
                        "instrument": asdict(event.instrument) if event.instrument else None,
                    },
                },
            )  # fmt: skip
            answers += [settled(row)] if is_new else []
    return answers


def number_of(view):
    return Attempt.objects.get(payment=view.id, result="approved").provider_ref


def test_charged_refunded_in_part_and_then_the_rest(played):
    view = buy(20_00)
    assert (view.state, payment_of(view).captured_minor) == (P.CAPTURED, 20_00)

    assert give_back(view, 7_50).state == R.SUCCEEDED
    assert give_back(view, 12_50).state == R.SUCCEEDED

    row = payment_of(view)
    assert (row.refunds_minor, row.refundable.minor) == (20_00, 0)
    (sale,) = sales(played, view)
    assert (sale["approved"], sale["refunded"]) == (True, "20.00")
    assert all(isinstance(one, Stale | Applied) for one in heard(played, number_of(view)))
    assert payment_of(view).refunds_minor == 20_00
    assert Refund.objects.filter(payment=row).exclude(provider_ref="").count() == 2


def test_a_no_takes_nothing(played):
    view = buy(20_06)
    assert (view.state, payment_of(view).decline_code) == (P.DECLINED, "insufficient_funds")
    heard(played, reference_of(view))
    assert payment_of(view).state == P.DECLINED


@pytest.mark.parametrize(("fault", "ends"), [("close_after", P.CAPTURED), ("close_before", P.FAILED)])
def test_a_lost_answer_is_repaired_by_asking(played, fault, ends):
    played.fault("charge", fault)
    view = buy(20_00, token=f"{TOKEN}{fault.replace('_', '')}")
    assert view.state == P.UNKNOWN
    later(minutes=4)
    repair_payment(payment_id=view.id, by=HOUSE)
    assert payment_of(view).state == ends
    assert len(sales(played, view)) == (ends == P.CAPTURED)


def test_a_lost_answer_is_found_by_what_is_told(played):
    played.fault("charge", "close_after")
    view = buy(20_00, token=f"{TOKEN}told")
    (answer,) = heard(played, reference_of(view))
    assert isinstance(answer, Applied)
    assert payment_of(view).state == P.CAPTURED


def test_a_saved_card_is_charged_again_and_again_and_each_charge_is_its_own(played):
    first = buy(20_00)
    card = payment_of(first).instrument_id
    again = buy(5_00, token="", instrument_id=card)
    played.fault("charge", "close_before")
    lost = buy(6_00, token="", instrument_id=card)
    played.fault("charge", "close_after")
    taken = buy(7_00, token="", instrument_id=card)
    assert [payment_of(one).state for one in (first, again)] == [P.CAPTURED, P.CAPTURED]
    assert [payment_of(one).state for one in (lost, taken)] == [P.UNKNOWN, P.UNKNOWN]

    later(minutes=4)
    repair_payment(payment_id=taken.id, by=HOUSE)
    assert payment_of(taken).state == P.UNKNOWN  # of two in doubt, nobody knows which one it was
    heard(played, reference_of(taken))
    repair_payment(payment_id=lost.id, by=HOUSE)

    assert [payment_of(one).state for one in (lost, taken)] == [P.FAILED, P.CAPTURED]
    assert payment_of(taken).captured_minor == 7_00
    assert {payment_of(one).instrument_id for one in (again, lost, taken)} == {card}


@pytest.mark.parametrize(("fault", "ends"), [("close_after", R.SUCCEEDED), ("close_before", R.FAILED)])
def test_a_refund_whose_answer_is_lost_is_found_by_counting(played, fault, ends):
    view = buy(20_00)
    give_back(view, 1_00)
    played.fault("refund", fault)
    refund = give_back(view, 5_00)
    assert refund.state == R.UNKNOWN
    later(minutes=4)
    assert repair_refund(refund_id=refund.id, by=HOUSE).state == ends
    (sale,) = sales(played, view)
    assert payment_of(view).refunds_minor == round(float(sale["refunded"]) * 100)


def test_a_sale_is_voided_whole(played):
    view = buy(20_00)
    with transaction.atomic():
        refund = void_payment(payment_id=view.id, reason="twice", by=HOUSE, at=clock.now())
    assert send(refund_id=refund.pk, by=HOUSE).state == R.SUCCEEDED
    heard(played, number_of(view))
    assert payment_of(view).state == P.VOIDED
    assert Refund.objects.filter(payment=view.id).count() == 1


def test_what_ccbill_and_banks_give_back_by_themselves_is_followed_once(played):
    view = buy(20_00)
    number = number_of(view)
    for do in ({"do": "refund", "amount": "3.00"}, {"do": "refund", "amount": "3.00"}, {"do": "chargeback"}):
        played.world.control.ask("/_sandbox/ccbill/sales", {"transaction": number, **do})
        later(seconds=2)
        played.world.control.clock(2)
        heard(played, number)
    row = payment_of(view)
    assert (row.refunds_minor, row.disputed_minor, row.is_paid_back_twice) == (6_00, 20_00, True)
    assert Dispute.objects.filter(payment=row).count() == 1
    assert heard(played, number) == []


def test_a_buyer_pays_on_the_form(played):
    view = buy(20_00, token="", return_url="http://localhost:8000/thanks")
    assert (view.state, view.action["kind"]) == (P.REQUIRES_ACTION, "redirect")
    repair_payment(payment_id=view.id, by=HOUSE)
    assert payment_of(view).state == P.REQUIRES_ACTION
    buyer, page = opened(played, view.action["url"])
    buyer.pay_form(page)
    heard(played, reference_of(view))
    row = payment_of(view)
    assert row.state == P.CAPTURED
    assert give_back(view, 20_00).state == R.SUCCEEDED


def test_a_bank_that_wants_a_proof_gets_it_with_the_next_attempt(played):
    token = "testtokenthreeds0story"
    view = buy(20_00, token=token)
    assert (view.state, view.action["kind"]) == (P.REQUIRES_ACTION, "threeds")
    repair_payment(payment_id=view.id, by=HOUSE)
    attempt = prepare(Payment.objects.get(pk=view.id), token=token)
    proof = {"threedsStatus": "Y", "threedsVersion": "2.1.0", "threedsSuccess": "true", "threedsAmount": "20.00"}
    assert send_attempt(attempt_id=attempt.pk, by=HOUSE, threeds=proof).state == P.CAPTURED
    assert sum(sale["approved"] for sale in sales(played, view)) == 1


def test_a_subscription_ccbill_bills_is_renewed_refunded_and_ended(played):
    held = agreed()
    view = buy(9_99, token=f"{TOKEN}sub", subscription_id=held.pk, product="subscription")
    held.refresh_from_db()
    assert (held.state, held.provider_ref) == ("ACTIVE", number_of(view))
    played.world.control.clock(31 * DAY)
    later(days=31)
    sales(played, view)

    heard(played, held.provider_ref)

    assert Payment.objects.filter(subscription=held, state=P.CAPTURED).count() == 2
    renewal = Payment.objects.filter(subscription=held).latest("created_at")
    give_back(view, 1_00)
    first = next(sale for sale in sales(played, view) if sale["kind"] == "UpSale")
    assert first["refunded"] == "1.00"
    give_back(renewal, 2_00)
    rebill = next(sale for sale in sales(played, view) if sale["kind"] == "Rebill")
    assert rebill["refunded"] == "2.00"


def test_the_end_of_a_sale_that_was_paid_once_means_nothing(played):
    view = buy(20_00)
    number = number_of(view)
    played.world.control.clock(31 * DAY)
    later(days=31)
    sales(played, view)
    answers = heard(played, number)
    assert isinstance(answers[-1], Stale)
    assert not Subscription.objects.exists()


def test_a_subscription_we_bill_outlives_the_number_of_its_first_charge(played):
    held = agreed(billed_by=Subscription.BilledBy.US)
    view = buy(9_99, token=f"{TOKEN}us", subscription_id=held.pk, product="subscription")
    played.world.control.clock(31 * DAY)
    sales(played, view)
    assert isinstance(heard(played, number_of(view))[-1], Stale)
    held.refresh_from_db()
    assert (held.state, held.provider_ref) == ("ACTIVE", "")


def test_a_process_that_died_with_the_link_in_its_hand_leaves_nothing_open(played, monkeypatch):
    attempt = prepared(20_00, token="")

    def dies(*_):
        raise SystemExit

    monkeypatch.setattr(CCBill, "charge", dies)
    with pytest.raises(SystemExit):
        send_attempt(attempt_id=attempt.pk, by=HOUSE)
    assert payment_of(attempt).state == P.PROCESSING
    later(minutes=5)
    repair_due(by=HOUSE)
    assert payment_of(attempt).state == P.FAILED
