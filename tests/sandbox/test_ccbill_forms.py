"""What the fan's browser sees of CCBill: the hosted form, the card field, and the page that shows it all."""

import json
import urllib.request
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.sandbox.ccbill_client import GOOD_CARD, md5
from tests.sandbox.conftest import running_sandbox

RETURN = "http://localhost:8000/pay/back"


def test_a_fan_pays_by_the_form_and_comes_back(ccbill, shop):
    page = ccbill.ask("GET", ccbill.form_path("12.99", returnUrl=RETURN, reference="f-1"))
    assert page.status == 200
    assert "Pay 12.99 USD" in page.text
    assert "form-action 'self' http://localhost:8000;" in page.headers["Content-Security-Policy"]

    back = ccbill.pay_form(page)

    assert back.status == 303
    assert back.headers["Location"].startswith(RETURN)
    assert dict(parse_qsl(urlsplit(back.headers["Location"]).query)) == {
        "mppResponse": "CheckoutSuccess",
        "reference": "f-1",
    }
    (sold,) = shop.wait_for("NewSaleSuccess", **{"X-reference": "f-1"})
    assert sold["dynamicPricingValidationDigest"] == md5(f"{sold['subscriptionId']}1{ccbill.merchant['salt']}")
    assert (sold["billedInitialPrice"], sold["email"], sold["last4"]) == ("12.99", "sam@people.example", "1111")
    assert ccbill.pay_form(page).status == 303
    assert len([said for said in shop.took if said["eventType"] == "NewSaleSuccess"]) == 1


def test_a_link_with_another_price_account_or_way_back_is_refused(ccbill):
    for link in (
        ccbill.form_path("12.99").replace("12.99", "1.99"),
        ccbill.form_path(salt="guess"),
        ccbill.form_path().replace("900100", "900101"),
        ccbill.form_path(returnUrl="https://thief.example/"),
        ccbill.form_path().replace(ccbill.merchant["flexform_id"], "f" * 32),
    ):
        assert ccbill.ask("GET", link).status == 400


def test_three_soft_declines_or_a_hard_one_end_the_form(ccbill, shop):
    page = ccbill.ask("GET", ccbill.form_path(returnUrl=RETURN, reference="f-2"))
    for _ in range(2):
        again = ccbill.pay_form(page, "4000000000009995")
        assert again.status == 200
        assert "Insufficient Funds. Try again" in again.text
        assert "4000000000009995" not in again.text
    last = ccbill.pay_form(page, "4000000000009995")
    assert "mppResponse=CheckoutFail" in last.headers["Location"]

    failed = shop.wait_for("NewSaleFailure", 3, **{"X-reference": "f-2"})
    assert failed[0]["dynamicPricingValidationDigest"] == md5(f"{failed[0]['transactionId']}0{ccbill.merchant['salt']}")
    hard = ccbill.ask("GET", ccbill.form_path(returnUrl=RETURN))
    assert "mppResponse=CheckoutFail" in ccbill.pay_form(hard, "4100000000000019").headers["Location"]


def test_a_mistyped_card_is_no_attempt(ccbill, shop):
    page = ccbill.ask("GET", ccbill.form_path(returnUrl=RETURN, reference="f-3"))

    again = ccbill.pay_form(page, "4111111111111112")

    assert (again.status, "Invalid credit card number." in again.text) == (200, True)
    assert ccbill.pay_form(page).status == 303
    shop.wait_for("NewSaleSuccess", **{"X-reference": "f-3"})
    assert not [said for said in shop.took if said["eventType"] == "NewSaleFailure"]


def test_a_webhook_signed_wrongly_has_another_digest(gateways, ccbill, shop):
    gateways.control.webhooks("ccbill", wrong_signature=True)
    ccbill.pay_form(ccbill.ask("GET", ccbill.form_path(returnUrl=RETURN, reference="f-4")))

    (sold,) = shop.wait_for("NewSaleSuccess", **{"X-reference": "f-4"})
    assert sold["dynamicPricingValidationDigest"] != md5(f"{sold['subscriptionId']}1{ccbill.merchant['salt']}")


@pytest.mark.parametrize(
    ("digest", "salt", "asked"),
    [
        ("49a51c8019718ebf6d812decb2c578e1", "99999", {"initialPrice": "90.21", "initialPeriod": "30"}),
        (
            "ac834f326f829b782a052b77f35e7e54",
            "99999",
            {"initialPrice": "90.21", "initialPeriod": "30", "recurringPrice": "3.00", "recurringPeriod": "10",
             "numRebills": "99"},
        ),
        ("d9d6e044d6663cd05d07e15735205a7f", "789", {"initialPrice": "18.00", "initialPeriod": "10"}),
    ],
)  # fmt: skip
def test_the_digest_is_the_providers_own(tmp_path, digest, salt, asked):
    merchant = {
        "account": "900100", "subaccount": "0000", "application_id": "a", "secret": "s", "salt": salt,
        "datalink_username": "u", "datalink_password": "p", "flexform_id": "f1",
    }  # fmt: skip
    (tmp_path / "merchants.json").write_text(json.dumps({"ccbill": merchant}))
    with running_sandbox(tmp_path / "log", "--merchants", str(tmp_path / "merchants.json")) as sandbox:
        query = {**asked, "currencyCode": "840", "clientAccnum": "900100", "clientSubacc": "0", "formDigest": digest}
        path = "/ccbill/wap-frontflex/flexforms/f1?" + "&".join(f"{name}={value}" for name, value in query.items())
        assert sandbox.get(path).status == 200
        assert sandbox.get(path.replace(digest, digest[::-1])).status == 400


def test_the_card_field_hands_over_a_token(ccbill):
    page = ccbill.ask("GET", "/widget?origin=http://localhost:8000")
    assert 'data-origin="http://localhost:8000"' in page.text
    assert "frame-ancestors http://localhost:8000;" in page.headers["Content-Security-Policy"]
    assert (
        "frame-ancestors 'none'"
        in ccbill.ask("GET", "/widget?origin=https://x.example").headers["Content-Security-Policy"]
    )

    card = json.dumps({"cardNum": GOOD_CARD, "expMonth": "12", "expYear": "2031", "cvv2": "123"})
    minted = ccbill.ask("POST", "/widget/tokens", card, Origin="http://localhost:8000")
    assert minted.status == 201
    assert minted.headers["Access-Control-Allow-Origin"] == "http://localhost:8000"
    shown = minted.json()
    assert (shown["cardType"], shown["last4"], shown["threedsRequired"]) == ("VISA", "1111", False)
    assert GOOD_CARD not in minted.text
    assert ccbill.charge(shown["paymentTokenId"]).json()["approved"]
    assert ccbill.charge(shown["paymentTokenId"]).json()["errorCode"] == 100102
    stranger = ccbill.ask("POST", "/widget/tokens", card, Origin="https://x.example")
    assert stranger.headers["Access-Control-Allow-Origin"] is None
    refused = ccbill.ask("POST", "/widget/tokens", card.replace(GOOD_CARD, "4111111111111112"))
    assert (refused.status, refused.json()["field"]) == (400, "cardNum")


def test_a_person_sees_charges_and_charges_one_back(gateways, ccbill, shop):
    bought = ccbill.buy(3.33, reference="page-1")
    with urllib.request.urlopen(f"{gateways.base}/_sandbox/ccbill/") as page:  # noqa: S310
        shown = page.read().decode()
    for text in ("3.33 USD", "reference page-1", "Decline the next charge", "x.04", "4000 0000 0000 9995"):
        assert text in shown

    form = {"transaction": bought, "do": "chargeback", "back": "/_sandbox/ccbill/"}
    gateways.control.ask("/_sandbox/ccbill/sales", form)
    shop.wait_for("Chargeback", subscriptionId=bought)
    (back,) = gateways.control.ask("/_sandbox/ccbill/book.json?reference=page-1")["chargebacks"]
    assert (back["amount"], back["subscription_id"]) == ("3.33", bought)


def test_who_has_no_merchant_is_not_played(shared_sandbox):
    assert shared_sandbox.get("/_sandbox/ccbill/").status == 404
    assert "CCBill" not in shared_sandbox.get("/_sandbox/").body
