"""The played CCBill and BitPay call a running server over HTTP, as badly as providers do; payments and books agree."""

import json
import threading
import time

import pytest
from django.conf import settings as now_set
from django.db import connection

from foundation import clock, nearby
from ledger.selectors import get_trial_balance, list_journal
from processors.gateways.ccbill.managing import reports
from processors.payments.giving_back import Refund
from processors.payments.models import Attempt, MerchantAccount
from processors.payments.services import send_attempt
from processors.payments.services.booking import sale_journal
from processors.webhooks.models import ProviderTold, WebhookCall
from processors.webhooks.worker import Applying, Asking
from tests.cast import HOUSE
from tests.processors.gateways.ccbill.conftest import Played, settings_of
from tests.processors.gateways.ccbill.test_forms import opened
from tests.processors.payments.till import asked_for, payment_of, prepare, topics

pytestmark = pytest.mark.django_db(transaction=True)
WAITS = 20


@pytest.fixture
def house(live_server, gateways, settings, tmp_path):
    """A server that listens where the providers are told to call, and accounts of ours with both."""
    reports.forget()
    settings.PUBLIC_URL = live_server.url
    file = tmp_path / "gateways.json"
    bitpay = {name: gateways.gateways["bitpay"][name] for name in ("token", "private_key")}
    file.write_text(json.dumps({"ccbill-main": gateways.gateways["ccbill"], "bitpay-main": bitpay}))
    settings.GATEWAYS_FILE = str(file)
    MerchantAccount.objects.create(
        slug="ccbill-main", provider="ccbill", currencies=["USD"], settings=settings_of(gateways.base)
    )
    MerchantAccount.objects.create(
        slug="bitpay-main", provider="bitpay", currencies=["USD"], settings={"base_url": gateways.url("bitpay")}
    )
    nearby.forget_all()
    gateways.control.webhooks("ccbill", url=f"{live_server.url}/webhooks/ccbill/", scale=600)
    gateways.control.ask("/_sandbox/ccbill/settings", {"report_minutes": 0})
    yield gateways
    gateways.control.webhooks("ccbill", url="")
    assert get_trial_balance().is_balanced


def turned_until(is_so, what="it is so"):
    """The wheels of the runner turn until the house agrees."""
    wheels, end = (Applying(), Asking()), time.monotonic() + WAITS
    while not is_so():
        for wheel in wheels:
            wheel.turn()
        assert time.monotonic() < end, f"waited in vain until {what}: {told()}"
        time.sleep(0.05)


def told():
    return list(ProviderTold.objects.order_by("id").values_list("kind", "state", "why"))


def charge(behaviour="approved", minor=20_00):
    return prepare(asked_for(minor), token=f"testtoken{behaviour}{clock.now():%H%M%S%f}")


def on_the_form(house, minor=20_00):
    """Sam pays on CCBill's own page, which tells it with its digest."""
    view = send_attempt(
        attempt_id=prepare(asked_for(minor, token="", return_url="http://localhost:8000/thanks"), token="").pk,
        by=HOUSE,
    )
    assert view.state == "REQUIRES_ACTION"
    played = Played(house, None, None)
    buyer, page = opened(played, view.action["url"])
    assert page.status == 200, page.text
    buyer.pay_form(page)
    return view


def state(view):
    return payment_of(view).state


def is_captured(view):
    return lambda: state(view) == "CAPTURED"


def booked_once(view):
    legs = [leg.kind for leg in list_journal(sale_journal(payment_of(view)))]
    return legs.count("sale.paid") == 1 and topics("txn.capture") == ["txn.capture"]


def delivered(house, provider, least):
    """So many deliveries were taken."""
    return lambda: sum(one["status"] == 200 for letter in mine(house, provider) for one in letter["tries"]) >= least


def mine(house, provider):
    return [letter for letter in house.control.sent(provider) if letter["url"].startswith(now_set.PUBLIC_URL)]


@pytest.mark.parametrize("habit", [{}, {"duplicate": True}, {"reorder": True, "duplicate": True}, {"delay": 0.7}])
def test_a_sale_on_the_form_is_told_and_true_once(house, habit):
    house.control.webhooks("ccbill", **habit)
    view = on_the_form(house)
    turned_until(is_captured(view), "it is captured")
    turned_until(delivered(house, "ccbill", 2 if habit.get("duplicate") else 1), "all of it is delivered")
    turned_until(lambda: not WebhookCall.objects.filter(state="RECEIVED").exists(), "all is read")
    assert booked_once(view)
    assert ProviderTold.objects.filter(kind="charged").count() == 1


def test_a_sale_with_a_false_digest_is_not_believed(house):
    house.control.webhooks("ccbill", wrong_signature=True)
    view = on_the_form(house)
    turned_until(lambda: WebhookCall.objects.exclude(state="RECEIVED").exists(), "it is read")
    assert {(call.state, call.proof) for call in WebhookCall.objects.all()} == {("REJECTED", "rejected")}
    assert (state(view), told()) == ("REQUIRES_ACTION", [])


def test_told_while_the_answer_is_on_its_way_it_is_captured_once(house):
    house.control.fault("ccbill", "charge", "slow:2")
    attempt = charge()

    def send():
        send_attempt(attempt_id=attempt.pk, by=HOUSE)
        connection.close()

    sending = threading.Thread(target=send)
    sending.start()
    turned_until(lambda: ProviderTold.objects.exists(), "CCBill told it")
    turned_until(is_captured(attempt.payment_id), "it is captured")
    sending.join()
    turned_until(lambda: ProviderTold.objects.filter(state__in=["APPLIED", "STALE"]).exists(), "its word is settled")
    assert booked_once(attempt.payment_id)
    assert Attempt.objects.get().state in ("ANSWERED", "REPAIRED")


def test_a_lost_answer_is_found_by_what_is_told(house):
    house.control.fault("ccbill", "charge", "close_after")
    view = send_attempt(attempt_id=charge().pk, by=HOUSE)
    assert view.state == "UNKNOWN"
    turned_until(is_captured(view), "it is captured")
    assert booked_once(view)


def test_a_refund_of_their_own_is_told_and_booked_once(house):
    view = send_attempt(attempt_id=charge().pk, by=HOUSE)
    turned_until(lambda: ProviderTold.objects.exists(), "the sale is told")
    house.control.webhooks("ccbill", reorder=True, duplicate=True)
    (sale,) = house.control.ask(f"/_sandbox/ccbill/book.json?reference={view.id.hex}-1")["charges"]
    house.control.ask(
        "/_sandbox/ccbill/sales", {"transaction": sale["transaction_id"], "do": "refund", "amount": "5.00"}
    )
    turned_until(lambda: Refund.objects.filter(state="SUCCEEDED").exists(), "the refund is known")
    refund = Refund.objects.get()
    assert (refund.origin, refund.amount_minor, payment_of(view).refunds_minor) == ("provider", 500, 500)


@pytest.mark.parametrize("habit", [{}, {"reorder": True, "duplicate": True}, {"delay": 0.7}])
def test_an_invoice_of_bitpay_is_told_by_nobody_we_believe_and_asked_about(house, habit):
    house.control.webhooks("bitpay", **habit)
    view = send_attempt(attempt_id=prepare(asked_for(20_00, method="crypto", token=""), token="").pk, by=HOUSE)
    assert (view.state, view.provider) == ("REQUIRES_ACTION", "bitpay")
    number = Attempt.objects.get().provider_ref
    for step in ({"do": "pay", "coin": "BTC", "how": "exact"}, {"do": "confirm"}, {"do": "complete"}):
        house.control.ask("/_sandbox/bitpay/invoices", {"invoice": number, **step})
    turned_until(is_captured(view), "it is captured")
    turned_until(delivered(house, "bitpay", 2), "all of it is delivered")
    assert booked_once(view)


def test_a_lie_about_an_invoice_changes_nothing(house):
    view = send_attempt(attempt_id=prepare(asked_for(20_00, method="crypto", token=""), token="").pk, by=HOUSE)
    house.control.ask(
        "/_sandbox/bitpay/invoices", {"invoice": Attempt.objects.get().provider_ref, "do": "lie", "status": "complete"}
    )
    turned_until(lambda: ProviderTold.objects.exclude(state="DUE").exists(), "it was asked about")
    assert state(view) == "REQUIRES_ACTION"
    assert topics("txn.capture") == []
