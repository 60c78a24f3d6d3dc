"""BitPay's refunds, ledgers, settlements and payouts."""

import urllib.parse
import urllib.request
from decimal import Decimal
from uuid import uuid4

import pytest

from tests.sandbox.merchant import Merchant


@pytest.fixture
def maya(gateways):
    return Merchant(gateways)


def lines_of(maya, currency, invoice):
    found = maya.get(f"ledgers/{currency}")
    return [(one["code"], one["amount"] / one["scale"]) for one in found if one.get("invoiceId") == invoice["id"]]


def balance(maya, currency):
    found = {one["currency"]: one["balance"] for one in maya.get("ledgers")}
    return Decimal(str(found.get(currency, 0)))


def test_a_refund_lives_from_preview_to_success_and_is_booked_at_its_end(maya):
    invoice, guid = maya.completed(50), str(uuid4())
    refund = maya.post("refunds", invoiceId=invoice["id"], amount=20, preview=True, guid=guid)
    assert (refund["status"], refund["amount"], refund["invoice"]) == ("preview", 20, invoice["id"])
    assert maya.put(f"refunds/{refund['id']}", status="created")["status"] == "created"
    maya.order("refunds", refund=refund["id"], do="pending")
    assert lines_of(maya, "USD", invoice) == [(1000, 50), (1023, -0.5)]

    maya.order("refunds", refund=refund["id"], do="success")

    done = maya.get(f"refunds/guid/{guid}")
    assert (done["status"], len(done["txid"]), done["type"]) == ("success", 64, "partial")
    assert lines_of(maya, "USD", invoice) == [(1000, 50), (1023, -0.5), (1020, -20), (1039, -0.25)]
    assert [one["id"] for one in maya.get("refunds", invoiceId=invoice["id"])] == [refund["id"]]


def test_an_immediate_refund_is_booked_at_once_and_given_back_when_it_fails(maya):
    invoice = maya.completed(50)
    body = {"invoiceId": invoice["id"], "amount": 50, "immediate": True, "buyerPaysRefundFee": True}
    refund = maya.post("refunds", **body)
    assert lines_of(maya, "USD", invoice)[2:] == [(1020, -50)]

    maya.order("refunds", refund=refund["id"], do="failure")

    assert lines_of(maya, "USD", invoice)[2:] == [(1020, -50), (1020, 50)]
    assert maya.delete(f"refunds/{maya.post('refunds', **body)['id']}")["status"] == "cancelled"


def test_refunds_never_exceed_the_invoice_nor_stand_beside_each_other(maya):
    invoice, guid = maya.completed(50), str(uuid4())
    first = maya.post("refunds", invoiceId=invoice["id"], amount=30.5, guid=guid)

    assert maya.post("refunds", invoiceId=invoice["id"], amount=30.5, guid=guid)["id"] == first["id"]
    assert maya.refusal("POST", "refunds", invoiceId=invoice["id"], amount=1) == (400, "010204")
    maya.order("refunds", refund=first["id"], do="success")
    assert maya.refusal("POST", "refunds", invoiceId=invoice["id"], amount=19.51) == (400, "010202")
    rest = maya.post("refunds", invoiceId=invoice["id"], amount=19.5)
    maya.order("refunds", refund=rest["id"], do="success")
    assert maya.refusal("POST", "refunds", invoiceId=invoice["id"], amount=0.02) == (400, "010202")


@pytest.mark.parametrize(
    ("said", "code"),
    [({"amount": 5}, "010203"), ({"invoiceId": "x", "amount": 5}, "010202")],
)
def test_what_makes_no_refund_is_refused_with_a_code(maya, said, code):
    assert maya.refusal("POST", "refunds", **said) == (400, code)
    assert maya.refusal("POST", "refunds", invoiceId=maya.invoice()["id"], amount=5) == (400, "010207")


def test_with_a_pace_a_refund_goes_on_by_itself(maya):
    invoice = maya.completed(50)
    maya.order("settings", pace_seconds=30)
    refund = maya.post("refunds", invoiceId=invoice["id"], amount=5)
    maya.control.clock(31)
    assert maya.get(f"refunds/{refund['id']}")["status"] == "pending"
    maya.control.clock(62)
    assert maya.get(f"refunds/{refund['id']}")["status"] == "success"
    maya.control.clock(0)
    maya.order("settings", pace_seconds=0)


def test_settlements_add_up_one_after_the_other(maya):
    maya.completed(100, "CAD", orderId="g-1")
    first = maya.order("settlements", currency="CAD", withhold="9.5")
    assert (first["openingBalance"], first["ledgerEntriesSum"], first["totalAmount"]) == ("0", "99", "89.5")
    maya.completed(10, "CAD")
    second = maya.order("settlements", currency="CAD")

    listed = maya.get("settlements", currency="CAD")
    assert [one["id"] for one in listed] == [second["id"], first["id"]]
    report = maya.get(f"settlements/{second['id']}/reconciliationReport", token=listed[0]["token"])
    assert report["openingBalance"] == 99
    assert [(line["code"], line["amount"]) for line in report["ledgerEntries"]] == [
        (1017, -89.5),
        (1000, 10),
        (1023, -0.1),
    ]
    assert report["totalAmount"] == 19.4
    assert balance(maya, "CAD") == 0
    status, _ = maya.send("GET", f"settlements/{second['id']}/reconciliationReport?token={maya.token}")
    assert status == 401
    maya.order("settlements", complete=first["id"])
    assert maya.get(f"settlements/{first['id']}")["status"] == "completed"
    with pytest.raises(AssertionError, match="nothing to pay out"):
        maya.order("settlements", currency="CAD")


@pytest.mark.parametrize("spoil", ["missing", "extra", "wrong_amount", "unbalanced"])
def test_a_report_can_be_wrong_in_one_way_and_only_one_does_not_add_up(maya, spoil):
    sold = [maya.completed(price, "CHF") for price in (10, 20)]
    maya.order("settlements", currency="CHF", spoil=spoil)
    (listed, *_) = maya.get("settlements", currency="CHF")
    report = maya.get(f"settlements/{listed['id']}/reconciliationReport", token=listed["token"])

    sales = {one["invoiceId"]: one["amount"] for one in report["ledgerEntries"] if one["code"] == 1000}
    truth = {one["id"]: one["price"] for one in sold}
    assert (sales == truth) == (spoil == "unbalanced")
    cents = [round(report[name] * 100) for name in ("openingBalance", "ledgerEntriesSum", "withholdingsSum")]
    off = round(report["totalAmount"] * 100) - (cents[0] + cents[1] - cents[2])
    assert off == (1 if spoil == "unbalanced" else 0)
    assert balance(maya, "CHF") == 0


def test_a_payout_is_funded_from_the_ledger_and_comes_back_when_it_fails(maya):
    (person,) = maya.post("recipients", recipients=[{"email": "maya@people.example", "label": "Maya"}])
    assert (person["status"], person["email"]) == ("invited", "maya@people.example")
    before = balance(maya, "AUD")
    payout = maya.post("payouts", amount=40, currency="AUD", ledgerCurrency="AUD", recipientId=person["id"])
    for step in ("funded", "processing"):
        maya.order("payouts", payout=payout["id"], do=step)
    assert balance(maya, "AUD") == before - Decimal("40.40")

    maya.order("payouts", payout=payout["id"], do="failed")

    assert maya.get(f"payouts/{payout['id']}")["status"] == "failed"
    assert balance(maya, "AUD") == before
    assert maya.refusal("DELETE", f"payouts/{payout['id']}")[0] == 400


def test_a_group_of_payouts_stands_or_falls_one_by_one(maya):
    good = {"amount": 5, "currency": "USD", "email": "a@people.example"}
    group = maya.post("payouts/group", instructions=[good, {"amount": 5, "currency": "USD"}])

    assert [one["status"] for one in group["created"]] == ["new"]
    assert len(group["failed"]) == 1
    gone = maya.delete(f"payouts/group/{group['created'][0]['groupId']}")
    assert [one["status"] for one in gone["cancelled"]] == ["cancelled"]


def test_the_book_and_the_page_tell_what_truly_happened(maya, gateways):
    order = str(uuid4())
    invoice = maya.completed(12.34, orderId=order)
    refund = maya.post("refunds", invoiceId=invoice["id"], amount=2)

    book = gateways.control.ask(f"/_sandbox/bitpay/book.json?reference={order}")

    (booked,) = book["invoices"]
    assert (booked["id"], booked["price"], booked["status"]) == (invoice["id"], "12.34", "complete")
    assert [step for _, step in booked["history"]] == ["paid", "complete"]
    assert [(one["id"], one["status"], one["is_taken"]) for one in book["refunds"]] == [
        (refund["id"], "created", False)
    ]


def test_the_page_offers_a_button_for_every_next_step(maya, gateways):
    order = str(uuid4())
    invoice = maya.invoice(12, orderId=order)
    with urllib.request.urlopen(f"{gateways.base}/_sandbox/bitpay/") as reply:  # noqa: S310
        page = reply.read().decode()
    assert order in page
    assert page.count("Lose the next refund&#x27;s answer") == 1

    form = urllib.parse.urlencode({"invoice": invoice["id"], "do": "pay", "how": "over", "back": "/_sandbox/bitpay/"})
    pressed = urllib.request.Request(f"{gateways.base}/_sandbox/bitpay/invoices", form.encode())  # noqa: S310
    with urllib.request.urlopen(pressed) as reply:  # noqa: S310
        assert f"paid, paidOver · {invoice['id']}" in reply.read().decode()
