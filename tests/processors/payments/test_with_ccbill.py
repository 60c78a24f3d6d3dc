"""The services beside the played CCBill, over its own protocol."""

import json

import pytest
from django.db import transaction

from foundation import clock
from foundation.ids import uuid7
from ledger.selectors import get_trial_balance
from processors.gateways.ccbill.managing import reports
from processors.payments.models import Attempt, Instrument, MerchantAccount
from processors.payments.services import (
    cancel_subscription,
    create_subscription,
    repair_due,
    repair_payment,
    repair_refund,
    request_refund,
    send_attempt,
    send_refund,
    tell_cancelled,
    void_payment,
)
from tests.cast import HOUSE, member, platform
from tests.processors.gateways.ccbill.conftest import settings_of
from tests.processors.payments.till import asked_for, later, legs, payment_of, prepare, topics, usd

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db, gateways, settings, tmp_path):
    """An account with CCBill whose secrets lie where the settings say."""
    reports.forget()
    file = tmp_path / "gateways.json"
    file.write_text(json.dumps({"ccbill-main": gateways.gateways["ccbill"]}))
    settings.GATEWAYS_FILE = str(file)
    MerchantAccount.objects.create(
        slug="ccbill-main", provider="ccbill", currencies=["USD"], settings=settings_of(gateways.base)
    )
    gateways.control.ask("/_sandbox/ccbill/settings", {"report_minutes": 0})
    yield gateways
    assert get_trial_balance().is_balanced


def buy(minor=20_00, behaviour="approved", **more):
    token = f"testtoken{behaviour}{uuid7().hex}"
    payment = asked_for(minor, token=token, **more)
    return send_attempt(attempt_id=prepare(payment, token=token).pk, by=HOUSE)


def really(shop, view):
    """What CCBill charged under this payment's reference."""
    return shop.control.ask(f"/_sandbox/ccbill/book.json?reference={view.id.hex}-1")["charges"]


def refund(view, minor):
    with transaction.atomic():
        asked = request_refund(payment_id=view.id, amount=usd(minor), reason="late", by=HOUSE, at=clock.now())
    return send_refund(refund_id=asked.pk, by=HOUSE)


def test_a_purchase_and_its_refunds_to_the_last_cent(shop):
    view = buy(20_00)
    assert view.state == "CAPTURED"
    assert [refund(view, minor).state for minor in (7_77, 12_23)] == ["SUCCEEDED", "SUCCEEDED"]
    assert payment_of(view).refundable.minor == 0


def test_a_declined_card(shop):
    assert buy(behaviour="declined").state == "DECLINED"


@pytest.mark.parametrize("fault", ["close_after", "half_body"])
def test_an_answer_lost_after_the_charge_is_one_charge(shop, fault):
    shop.control.fault("ccbill", "charge", fault)
    view = buy(20_00)
    assert view.state == "UNKNOWN"
    assert len(really(shop, view)) == 1
    assert repair_payment(payment_id=view.id, by=HOUSE).state == "CAPTURED"
    assert len(really(shop, view)) == 1
    assert legs(payment_of(view).sale_journal)["sale.paid"] == 2000
    assert topics("txn.capture") == ["txn.capture"]


def test_a_charge_that_never_came_is_failed_when_ccbill_is_sure(shop):
    shop.control.fault("ccbill", "charge", "close_before")
    view = buy(20_00)
    assert view.state == "UNKNOWN"
    later(minutes=16)
    assert repair_due(by=HOUSE).asked == 1
    assert (payment_of(view).state, really(shop, view)) == ("FAILED", [])


def test_a_refund_whose_answer_was_lost_leaves_once(shop):
    view = buy(20_00)
    assert refund(view, 5_00).state == "SUCCEEDED"
    shop.control.fault("ccbill", "refund", "close_after")
    lost = refund(view, 5_00)
    assert lost.state == "UNKNOWN"
    assert repair_refund(refund_id=lost.id, by=HOUSE).state == "SUCCEEDED"
    assert payment_of(view).refunds_minor == 10_00


def test_a_void(shop):
    view = buy(20_00)
    with transaction.atomic():
        asked = void_payment(payment_id=view.id, reason="a mistake", by=HOUSE, at=clock.now())
    assert send_refund(refund_id=asked.pk, by=HOUSE).state == "SUCCEEDED"
    assert payment_of(view).state == "VOIDED"


def test_a_saved_card_is_charged_again(shop):
    buy(20_00)
    saved = Instrument.objects.get()
    payment = asked_for(9_00, token="", instrument_id=saved.pk)
    again = send_attempt(attempt_id=prepare(payment, token="").pk, by=HOUSE)
    assert (again.state, Attempt.objects.filter(operation="charge_token").count()) == ("CAPTURED", 1)


def test_a_subscription_begins_and_is_cancelled_there(shop):
    with transaction.atomic():
        agreed = create_subscription(
            platform_id=platform().pk, fan_id=member("sam", "fan").party_id, creator_id=member("maya").party_id,
            reference="sub-1", amount=usd(9_99), period_days=30, by=HOUSE, at=clock.now(),
        )  # fmt: skip
    assert buy(9_99, subscription_id=agreed.pk, recurring=True, product="subscription").state == "CAPTURED"
    cancel_subscription(subscription_id=agreed.pk, reason="enough", by=HOUSE, at=clock.now())
    assert tell_cancelled(subscription_id=agreed.pk, by=HOUSE)
