"""BitPay's invoices: who may ask, what is answered, and every way a fan can pay."""

import time
import urllib.error
import urllib.parse
import urllib.request
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1, generate_private_key

from tests.sandbox.merchant import Merchant, Shop


@pytest.fixture
def maya(gateways):
    return Merchant(gateways)


def told(shop, count):
    for _ in range(100):
        if len(shop.took) >= count:
            return [notice for _, notice in shop.took]
        time.sleep(0.05)
    raise AssertionError(f"{len(shop.took)} of {count} notices within 5 s")


def test_an_invoice_shows_its_price_in_every_coin_and_runs_out_after_a_quarter_of_an_hour(maya):
    invoice = maya.invoice(25.5, orderId="order-1", posData="x", buyer={"email": "sam@people.example"})

    assert (invoice["status"], invoice["price"], invoice["currency"]) == ("new", 25.5, "USD")
    assert (invoice["orderId"], invoice["posData"], invoice["exceptionStatus"]) == ("order-1", "x", False)
    assert invoice["expirationTime"] - invoice["invoiceTime"] == 15 * 60 * 1000
    assert invoice["paymentTotals"]["USDC"] == 25_500_000
    assert invoice["paymentDisplayTotals"]["USDC"] == "25.50"
    assert abs(invoice["paymentTotals"]["BTC"] / 1e8 * invoice["exchangeRates"]["BTC"]["USD"] - 25.5) < 0.07
    assert invoice["url"].endswith(f"/bitpay/invoice?id={invoice['id']}")
    assert maya.get(f"invoices/{invoice['id']}")["id"] == invoice["id"]


def test_only_requests_signed_by_the_merchants_own_key_are_heard(maya):
    body, other = {"token": maya.token, "price": 5, "currency": "USD"}, generate_private_key(SECP256K1())
    fine = maya.send("POST", "invoices", body)
    assert fine[0] == 200

    refusals = [
        maya.send("POST", "invoices", body, sign=False),
        maya.send("POST", "invoices", body, key=other),
        maya.send("POST", "invoices", body, tamper=b" "),
        maya.send("POST", "invoices", body, headers={"X-Signature": "zz"}),
        maya.send("POST", "invoices", {**body, "token": "other"}),
        maya.send("POST", "invoices", {"price": 5, "currency": "USD"}),
        maya.send("POST", "invoices", body, headers={"X-Accept-Version": "1.0.0"}),
    ]

    assert [status for status, _ in refusals] == [401] * 7
    assert [answer["error"] for _, answer in refusals[:4]] == [
        "Missing signature",
        "Unauthorized sin",
        "Invalid signature",
        "Invalid signature",
    ]


def test_the_query_belongs_to_what_is_signed(maya):
    invoice = maya.invoice()
    status, answer = maya.send("GET", f"invoices/{invoice['id']}?token={maya.token}&x=1")
    assert status == 200
    signed = maya.key
    path = f"invoices/{invoice['id']}?token={maya.token}"

    class Elsewhere:
        def public_key(self):
            return signed.public_key()

        def sign(self, message, how):
            return signed.sign(message.replace(b"token=", b"t="), how)

    status, answer = maya.send("GET", path, key=Elsewhere())
    assert (status, answer["error"]) == (401, "Invalid signature")


def test_the_same_guid_finds_the_same_invoice_and_refuses_another_price(maya):
    guid = str(uuid4())
    first = maya.invoice(30, guid=guid)

    assert maya.invoice(30, guid=guid)["id"] == first["id"]
    assert maya.get(f"invoices/guid/{guid}")["id"] == first["id"]
    assert maya.refusal("POST", "invoices", price=31, currency="USD", guid=guid) == (400, "010102")
    assert maya.refusal("GET", f"invoices/guid/{uuid4()}") == (404, "020101")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"currency": "USD"}, "010103"),
        ({"price": "5", "currency": "USD"}, "010102"),
        ({"price": 5.001, "currency": "USD"}, "010102"),
        ({"price": 0, "currency": "USD"}, "010102"),
        ({"price": 5, "currency": "XXX"}, "010102"),
        ({"price": 1_000_001, "currency": "USD"}, "010111"),
        ({"price": 5, "currency": "USD", "transactionSpeed": "fast"}, "010102"),
        ({"price": 5, "currency": "USD", "paymentCurrencies": ["SHELLS"]}, "010102"),
        ({"price": 0.5, "currency": "JPY"}, "010102"),
    ],
)
def test_what_makes_no_invoice_is_refused_with_a_code(maya, said, code):
    assert maya.refusal("POST", "invoices", **said) == (400, code)


def test_an_invoice_is_paid_confirmed_and_complete_and_the_merchant_is_told_unsigned(maya):
    with Shop() as shop:
        invoice = maya.invoice(25, orderId="order-7", notificationURL=shop.url)
        assert maya.paid(invoice, coin="BTC")["status"] == "paid"
        told(shop, 1)
        maya.order("invoices", invoice=invoice["id"], do="confirm")
        told(shop, 2)
        maya.order("invoices", invoice=invoice["id"], do="complete")
        notices = told(shop, 3)

    assert [notice["status"] for notice in notices] == ["paid", "confirmed", "complete"]
    assert {(notice["id"], notice["orderId"], notice["price"]) for notice in notices} == {
        (invoice["id"], "order-7", 25)
    }
    assert not {name.lower() for headers, _ in shop.took for name in headers} & {"x-signature", "x-identity"}
    found = maya.get(f"invoices/{invoice['id']}")
    assert (found["amountPaid"], found["transactions"][0]["confirmations"]) == (invoice["paymentTotals"]["BTC"], 6)


def test_extended_notices_name_their_event_and_full_ones_tell_of_the_end_too(maya):
    with Shop() as shop:
        invoice = maya.invoice(
            25, notificationURL=shop.url, extendedNotifications=True, fullNotifications=True, posData="p"
        )
        maya.order("invoices", invoice=invoice["id"], do="expire")
        (notice,) = told(shop, 1)

    assert notice["event"] == {"code": 1004, "name": "invoice_expired"}
    assert (notice["data"]["id"], notice["data"]["status"]) == (invoice["id"], "expired")


def test_a_notice_can_lie_and_only_asking_tells(maya):
    with Shop() as shop:
        invoice = maya.invoice(25, notificationURL=shop.url)
        maya.order("invoices", invoice=invoice["id"], do="lie", status="complete")
        (notice,) = told(shop, 1)

    assert notice["status"] == "complete"
    assert maya.get(f"invoices/{invoice['id']}")["status"] == "new"


def test_too_little_waits_for_the_rest_and_too_much_is_said(maya):
    invoice = maya.invoice(40)
    part = maya.paid(invoice, coin="USDC", how="partial")
    assert (part["status"], part["exceptionStatus"], part["amountPaid"]) == ("new", "paidPartial", 32_000_000)
    assert part["underpaidAmount"] == 8
    whole = maya.paid(invoice)
    assert (whole["status"], whole["exceptionStatus"], len(whole["transactions"])) == ("paid", False, 2)

    over = maya.paid(maya.invoice(40), coin="USDC", how="over")
    assert (over["status"], over["exceptionStatus"], over["overpaidAmount"]) == ("paid", "paidOver", 8)


def test_what_comes_after_the_end_is_late_and_changes_no_status(maya):
    invoice = maya.invoice(40)
    maya.control.clock(15 * 60 + 1)
    assert maya.get(f"invoices/{invoice['id']}")["status"] == "expired"

    late = maya.paid(invoice, how="late")

    assert (late["status"], late["exceptionStatus"]) == ("expired", "paidLate")
    maya.control.clock(0)


def test_the_speed_decides_when_a_payment_counts_as_confirmed(maya):
    assert maya.paid(maya.invoice(transactionSpeed="high"))["status"] == "confirmed"
    assert maya.paid(maya.invoice(transactionSpeed="low"))["status"] == "paid"


@pytest.mark.parametrize(("price", "status"), [(20.64, "invalid"), (20.65, "declined")])
def test_cents_decide_where_nothing_else_is_ordered(maya, price, status):
    assert maya.paid(maya.invoice(price))["status"] == status


def test_with_a_pace_an_invoice_goes_on_by_itself(maya):
    maya.order("settings", pace_seconds=60)
    invoice = maya.invoice()
    maya.paid(invoice)

    maya.control.clock(61)
    assert maya.get(f"invoices/{invoice['id']}")["status"] == "confirmed"
    maya.control.clock(125)
    assert maya.get(f"invoices/{invoice['id']}")["status"] == "complete"
    maya.control.clock(0)
    maya.order("settings", pace_seconds=0)


def test_steps_that_do_not_follow_are_refused(maya):
    invoice = maya.invoice()
    with pytest.raises(AssertionError, match="does not become confirmed"):
        maya.order("invoices", invoice=invoice["id"], do="confirm")
    with pytest.raises(AssertionError, match="do is"):
        maya.order("invoices", invoice=invoice["id"], do="dance")
    assert maya.get(f"invoices/{invoice['id']}")["status"] == "new"


def test_an_invoice_is_cancelled_listed_and_given_an_address_once(maya):
    order = str(uuid4())
    invoice = maya.invoice(orderId=order)
    assert maya.refusal("DELETE", f"invoices/{invoice['id']}") == (400, "040108")
    assert maya.put(f"invoices/{invoice['id']}", buyerEmail="sam@people.example")["buyerProvidedEmail"]
    assert maya.refusal("PUT", f"invoices/{invoice['id']}", buyerEmail="x@people.example") == (400, "030115")
    assert maya.delete(f"invoices/{invoice['id']}")["isCancelled"] is True
    found = maya.get("invoices/", orderId=order, dateStart="2020-01-01", status="expired")
    assert [one["id"] for one in found] == [invoice["id"]]
    assert maya.get("invoices/", orderId=order, status="paid") == []


def test_an_invoices_own_token_opens_it_and_no_other(maya):
    one, other = maya.invoice(), maya.invoice()

    assert maya.get(f"invoices/{one['id']}", token=one["token"])["id"] == one["id"]
    status, _ = maya.send("GET", f"invoices/{other['id']}?token={one['token']}")
    assert status == 401


def test_a_fan_pays_on_the_hosted_page_and_is_led_back(maya):
    invoice = maya.invoice(25, redirectURL="https://shop.example/thanks", itemDesc="A film")
    with urllib.request.urlopen(invoice["url"]) as reply:  # noqa: S310
        page = reply.read().decode()
    assert "A film" in page
    assert "Pay</button>" in page
    assert "https://shop.example/thanks" in page

    form = urllib.parse.urlencode({"invoice": invoice["id"], "coin": "ETH", "how": ""}).encode()
    pay = urllib.request.Request(f"{maya.base}/invoice/pay", form)  # noqa: S310
    with urllib.request.urlopen(pay) as reply:  # noqa: S310
        assert "paid" in reply.read().decode()
    assert maya.get(f"invoices/{invoice['id']}")["transactionCurrency"] == "ETH"
    with pytest.raises(urllib.error.HTTPError, match="409"):
        urllib.request.urlopen(pay)  # noqa: S310


def test_a_return_address_that_is_no_web_address_is_not_linked(maya):
    invoice = maya.invoice(25, redirectURL="javascript:alert(1)", itemDesc="<script>")
    with urllib.request.urlopen(invoice["url"]) as reply:  # noqa: S310
        page = reply.read().decode()
    assert "javascript:" not in page
    assert "<script>" not in page


def test_faults_strike_before_or_after_the_deed(maya):
    guid = str(uuid4())
    maya.control.fault("bitpay", "invoice", "close_after", guid=guid)
    with pytest.raises((urllib.error.URLError, OSError)):
        maya.invoice(25, guid=guid)
    assert maya.get(f"invoices/guid/{guid}")["price"] == 25

    maya.control.fault("bitpay", "invoice", "decline:010118")
    assert maya.refusal("POST", "invoices", price=5, currency="USD") == (400, "010118")
    maya.control.fault("bitpay", "status", "wrong_amount")
    assert maya.get(f"invoices/guid/{guid}")["price"] == 26
    maya.control.fault("bitpay", "status", "throttle")
    assert maya.send("GET", f"invoices/guid/{guid}?token={maya.token}")[0] == 429


def test_rates_need_no_token(maya):
    assert maya.send("GET", "rates/BTC/USD", sign=False) == (
        200,
        {"data": {"code": "USD", "name": "US Dollar", "rate": 64250.5}},
    )
    assert maya.send("GET", "rates/SHELLS", sign=False)[0] == 404


def test_an_invoice_of_an_earlier_start_is_known_once_somebody_remembers_it(gateways, maya):
    name = uuid4().hex
    row = [name, f"guid-{name}", "19.99", "5.00", "USD", "BTC", "2026-11-20T10:00:00+00:00"]
    for come in (1, 0):
        assert gateways.control.ask("/_sandbox/bitpay/earlier", {"invoices": [row]}) == {"remembered": come}

    found = maya.get(f"invoices/guid/guid-{name}")

    assert (found["id"], found["status"], found["price"], found["orderId"]) == (name, "complete", 19.99, f"guid-{name}")
    (given,) = gateways.control.ask(f"/_sandbox/bitpay/book.json?reference={name}")["refunds"]
    assert (given["status"], given["amount"]) == ("success", 5.0)


@pytest.mark.parametrize(
    ("at", "wrong"),
    [(0, "a b"), (1, ""), (2, "0"), (2, "NaN"), (2, "x"), (3, "-1"), (3, "20.00"), (4, "XXX"), (5, "DOGE"), (6, "now"),
     (6, "2026-11-20T10:00:00"), (2, 19.99)],
)  # fmt: skip
def test_what_nobody_can_have_paid_is_not_remembered(gateways, at, wrong):
    row: list[object] = [uuid4().hex, "g", "19.99", "5.00", "USD", "BTC", "2026-11-20T10:00:00+00:00"]
    row[at] = wrong
    with pytest.raises(AssertionError, match="400"):
        gateways.control.ask("/_sandbox/bitpay/earlier", {"invoices": [row]})
