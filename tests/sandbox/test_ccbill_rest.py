"""CCBill's OAuth, payment tokens, charges and their webhooks, asked over HTTP as its documents have it."""

import http.client
import json
import urllib.request

import pytest

from tests.sandbox.ccbill_client import DAY, GOOD_CARD, V1, CCBill


def test_only_the_applications_secret_gets_a_bearer_and_it_does_not_last(gateways, ccbill):
    assert ccbill.grant(secret="guess").status == 401
    granted = ccbill.grant().json()
    assert (granted["token_type"], granted["expires_in"]) == ("bearer", 3600)

    path = "/payment-tokens/testtokenapproved"
    assert ccbill.call("GET", path).status == 200
    assert ccbill.call("GET", path, Authorization="Bearer guess").status == 401
    gateways.control.clock(3_601)
    assert ccbill.call("GET", path).status == 401


def test_a_card_becomes_a_token_that_is_charged_once(ccbill):
    made = ccbill.make_token().json()
    assert (made["validNumberOfUse"], made["clientAccnum"], made["clientSubacc"]) == (1, 900100, 0)
    token = made["paymentTokenId"]

    sold = ccbill.charge(token)

    assert sold.headers["Content-Type"].startswith("application/vnd.mcn.transaction-service.api.v.2+json")
    answer = sold.json()
    assert answer["approved"] is True
    assert isinstance(answer["subscriptionId"], str)
    assert len(answer["subscriptionId"]) == 19
    assert [answer[name] for name in ("declineCode", "declineText", "denialId", "newPaymentTokenId")] == [None] * 4
    again = ccbill.charge(token)
    assert (again.status, again.json()["errorCode"]) == (400, 100102)
    charges = ccbill.call("GET", f"/transactions/payment-tokens/{token}?clientAccnum=900100").json()
    assert charges == [{"clientAccnum": 900100, "clientSubacc": 0, "subscriptionId": answer["subscriptionId"]}]


def test_version_one_writes_a_subscription_as_a_number_that_floats_cannot_hold(ccbill):
    answer = ccbill.charge("testtokenapproved", version=V1)

    number = json.loads(answer.text, parse_int=str)["subscriptionId"]
    assert len(number) == 19
    assert f'"subscriptionId":{number}' in answer.text
    assert ccbill.charge("testtokenapproved", version="text/html").status == 406


def test_a_token_ends_with_its_hours_and_a_new_one_may_come_with_a_charge(gateways, ccbill):
    short = ccbill.token(timeToLive=2, validNumberOfUse=5)
    renewed = ccbill.charge(short, createNewPaymentToken=True).json()["newPaymentTokenId"]
    gateways.control.clock(2 * 3_600 + 1)
    ccbill = CCBill(gateways.base, gateways.merchants["ccbill"])

    assert ccbill.charge(short).json()["errorCode"] == 100102
    assert ccbill.charge(renewed).json()["approved"]
    assert ccbill.charge(renewed).json()["approved"]
    assert ccbill.call("GET", f"/payment-tokens/{renewed}").json()["originalPaymentTokenId"] == short


@pytest.mark.parametrize(
    ("card", "field"),
    [
        ({"number": "4111111111111112"}, "cardNum"),
        ({"number": "1234"}, "cardNum"),
        ({"year": "2020"}, "expYear"),
        ({"month": "13"}, "expMonth"),
    ],
)
def test_what_is_no_card_becomes_no_token(ccbill, card, field):
    refused = ccbill.make_token(**card)

    assert (refused.status, refused.json()["errorCode"]) == (400, 200000)
    assert refused.json()["errors"][0]["field"] == field


def test_the_number_of_a_card_is_kept_nowhere(gateways, ccbill, shop):
    ccbill.charge(ccbill.token())
    shop.wait_for("UpSaleSuccess")

    for path in ("ccbill/book.json", "ccbill/", "webhooks.json", "control/"):
        with urllib.request.urlopen(f"{gateways.base}/_sandbox/{path}") as page:  # noqa: S310
            shown = page.read().decode()
        assert GOOD_CARD not in shown
        assert "4111 1111" not in shown.partition("Test cards")[0]


@pytest.mark.parametrize(
    ("cents", "code"),
    [("04", 24), ("06", 31), ("07", 29), ("08", 23), ("09", 36), ("11", 32), ("12", 42), ("13", 35), ("14", 39),
     ("16", 27), ("17", 38), ("18", 26), ("19", 40), ("00", None), ("99", None), ("05", None), ("10", None)],
)  # fmt: skip
def test_the_cents_of_a_price_select_the_outcome(ccbill, cents, code):
    answer = ccbill.charge("testtokenapproved", float(f"10.{cents}")).json()

    assert (answer["approved"], answer["declineCode"]) == (code is None, code)
    assert (answer["subscriptionId"] is None) == bool(code)
    assert bool(answer["declineText"]) == bool(code)


@pytest.mark.parametrize(("cents", "error"), [("21", 100110), ("22", 100111)])
def test_some_cents_make_the_whole_call_fail(ccbill, cents, error):
    answer = ccbill.charge("testtokenapproved", float(f"10.{cents}"))

    assert (answer.status, answer.json()["errorCode"]) == (500, error)


@pytest.mark.parametrize(
    ("number", "code"),
    [("5555555555554444", None), ("4000000000000002", 24), ("4000000000009995", 31), ("4000000000000069", 29),
     ("4000000000000127", 32), ("4000000000000119", 36), ("4100000000000019", 35), ("4000000000003220", 38)],
)  # fmt: skip
def test_cards_select_the_outcome(ccbill, number, code):
    assert ccbill.charge(ccbill.token(number)).json()["declineCode"] == code


def test_a_high_cvv2_approves_a_declining_card_and_the_verdict_on_it_is_told(ccbill):
    made = ccbill.make_token("4000000000000002", path="merchant-only-verify", cvv2="301").json()

    assert (made["cvv2Response"], made["avsResponse"]) == ("M", "Y")
    assert ccbill.charge(made["paymentTokenId"]).json()["approved"]
    assert not ccbill.charge(ccbill.token("4000000000000002", cvv2="300")).json()["approved"]


def test_a_card_that_needs_three_d_secure_is_charged_with_it_alone(ccbill):
    token = ccbill.token("4000000000003220", validNumberOfUse=9)
    asked = "threeds-required?currencyCode=840"
    assert ccbill.call("GET", f"/payment-tokens/{token}/{asked}").text == "true"
    assert ccbill.call("GET", f"/payment-tokens/testtokenapproved/{asked}").text == "false"
    by_card = ccbill.call("GET", f"/payment-tokens/{asked}&bin=400000&last4=3220&clientAccnum=900100")
    assert by_card.json() == {"required": True}

    proof = {"threedsStatus": "Y", "threedsVersion": "2.1.0", "threedsSuccess": True, "threedsEci": "05"}
    assert ccbill.charge(token, path="threeds/", **proof, threedsAmount="9.99").json()["approved"]
    assert ccbill.charge(token).json()["declineCode"] == 38
    assert ccbill.charge(token, path="threeds/", **proof | {"threedsStatus": "N"}).json()["declineCode"] == 38
    assert ccbill.charge(token, path="threeds/").json()["errors"][0]["field"] == "threedsError"
    wrong = ccbill.charge(token, path="threeds/", **proof, threedsAmount="1.00").json()
    assert wrong["errors"] == [{"field": "threedsAmount", "message": "Threeds amount is not equal to initialPrice"}]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"clientAccnum": 900999}, 400, 100100),
        ({"initialPrice": -1}, 400, 200000),
        ({"initialPrice": 1.234}, 400, 200000),
        ({"initialPrice": 0}, 400, 200000),
        ({"initialPrice": "x"}, 400, 200000),
        ({"initialPrice": True}, 400, 200000),
        ({"currencyCode": 999}, 400, 200000),
        ({"rebills": 100}, 400, 200000),
        ({"passThroughInfo": "x"}, 400, 200000),
    ],
)
def test_a_charge_that_makes_no_sense_is_refused(ccbill, change, status, code):
    body = {"initialPrice": 5, "initialPeriod": 0} | ccbill.account | change
    refused = ccbill.call("POST", "/transactions/payment-tokens/testtokenapproved", body)

    assert (refused.status, refused.json()["errorCode"]) == (status, code)


def test_an_unknown_token_and_a_body_that_is_not_json_are_refused(ccbill):
    assert ccbill.charge("nosuchtoken").json()["errorCode"] == 100101
    path = "/transactions/payment-tokens/testtokenapproved"
    assert ccbill.call("POST", path, {}, **{"Content-Type": "text/plain"}).status == 415
    assert (
        ccbill.ask("POST", path, "{", Authorization=ccbill.bearer(), **{"Content-Type": "application/json"}).status
        == 400
    )


def test_a_charge_is_told_with_its_reference_and_a_refused_one_too(ccbill, shop):
    bought = ccbill.buy(12.5, reference="p-1", currencyCode=978)
    ccbill.charge("testtokendecline31", 7, reference="p-2")

    (sold,) = shop.wait_for("UpSaleSuccess")
    assert (sold["subscriptionId"], sold["X-reference"]) == (bought, "p-1")
    assert (sold["billedInitialPrice"], sold["billedCurrencyCode"], sold["billedCurrency"]) == ("12.50", "978", "EUR")
    assert (sold["accountingInitialPrice"], sold["accountingCurrencyCode"]) == ("13.75", "840")
    assert (sold["clientAccnum"], sold["clientSubacc"], sold["paymentType"]) == ("900100", "0000", "CREDIT")
    assert sold["query"] == {"clientAccnum": "900100", "clientSubacc": "0000", "eventType": "UpSaleSuccess"}
    assert sold["transactionId"] != bought
    (failed,) = shop.wait_for("UpSaleFailure")
    assert (failed["X-reference"], failed["failureReason"]) == ("p-2", "Insufficient Funds")


def test_webhooks_are_forms_for_who_wants_forms(gateways, ccbill, shop):
    gateways.control.ask("/_sandbox/ccbill/settings", {"webhook_format": "form"})
    ccbill.buy(reference="p-3")

    (sold,) = shop.wait_for("UpSaleSuccess")
    assert sold["kind"] == "application/x-www-form-urlencoded"
    assert (sold["X-reference"], sold["dynamicPricing"], sold["rebills"]) == ("p-3", "true", "0")


def test_a_lost_reply_and_a_lost_request_differ_in_the_book_alone(gateways, ccbill):
    ccbill.bearer()
    for fault in ("close_after", "close_before"):
        gateways.control.fault("ccbill", "charge", fault, reference=fault)
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            ccbill.charge("testtokenapproved", reference=fault)

    book = gateways.control.book("ccbill")["charges"]
    assert [sale["pass_through"] for sale in book if sale["pass_through"].get("reference", "")[:5] == "close"] == [
        {"reference": "close_after"}
    ]


def test_ordered_troubles_of_a_charge(gateways, ccbill, shop):
    gateways.control.fault("ccbill", "charge", "decline:39")
    assert ccbill.charge("testtokenapproved").json()["declineCode"] == 39
    gateways.control.fault("ccbill", "charge", "throttle")
    assert ccbill.charge("testtokenapproved").json()["errorCode"] == 100110
    gateways.control.fault("ccbill", "charge", "http_500_after")
    assert ccbill.charge("testtokenapproved", reference="p-after").json()["errorCode"] == 100106
    shop.wait_for("UpSaleSuccess", **{"X-reference": "p-after"})
    gateways.control.fault("ccbill", "charge", "wrong_amount")
    ccbill.buy(5, reference="p-wrong")
    (wrong,) = shop.wait_for("UpSaleSuccess", **{"X-reference": "p-wrong"})
    assert wrong["billedInitialPrice"] == "6.00"
    (really,) = gateways.control.ask("/_sandbox/ccbill/book.json?reference=p-wrong")["charges"]
    assert really["amount"] == "5.00"


def test_rebills_come_by_the_clock_until_they_end(gateways, ccbill, shop):
    more = {"initialPeriod": 30, "recurringPrice": 4.5, "recurringPeriod": 10, "rebills": 2}
    bought = ccbill.buy(9, reference="s-1", **more)
    gateways.control.clock(29 * DAY)
    assert not [
        said for said in shop.took if said.get("subscriptionId") == bought and said["eventType"].startswith("Renewal")
    ]
    gateways.control.clock(51 * DAY)

    renewed = shop.wait_for("RenewalSuccess", 2, subscriptionId=bought)
    assert [said["billedAmount"] for said in renewed] == ["4.50", "4.50"]
    assert len({said["transactionId"] for said in renewed}) == 2
    assert len({said["renewalDate"] for said in renewed}) == 2
    shop.wait_for("Expiration", subscriptionId=bought)
    (subscription,) = gateways.control.ask("/_sandbox/ccbill/book.json?reference=s-1")["subscriptions"]
    assert (subscription["times_rebilled"], subscription["expired"]) == (2, True)


def test_a_failing_rebill_is_tried_three_times_and_then_ends(gateways, ccbill, shop):
    token = ccbill.token("4000000000000341")
    more = {"initialPeriod": 30, "recurringPrice": 4.5, "recurringPeriod": 30, "rebills": 99}
    bought = ccbill.charge(token, 9, **more).json()["subscriptionId"]
    gateways.control.clock(33 * DAY)

    failed = shop.wait_for("RenewalFailure", 3, subscriptionId=bought)
    assert [bool(said["nextRetryDate"]) for said in sorted(failed, key=lambda said: said["transactionId"])] == [
        True, True, False,
    ]  # fmt: skip
    shop.wait_for("Expiration", subscriptionId=bought)


def test_a_disputed_card_is_charged_back_a_day_later_and_any_sale_by_hand(gateways, ccbill, shop):
    disputed = ccbill.charge(ccbill.token("4000000000000259"), 8).json()["subscriptionId"]
    other = ccbill.buy(9)
    gateways.control.ask("/_sandbox/ccbill/sales", {"transaction": other, "do": "chargeback"})
    gateways.control.clock(DAY + 60)

    for number, amount in ((disputed, "8.00"), (other, "9.00")):
        (back,) = shop.wait_for("Chargeback", subscriptionId=number)
        assert (back["amount"], back["currencyCode"]) == (amount, "840")
        assert back["reason"].startswith("Charged Back on ")
    with pytest.raises(AssertionError, match="400"):
        gateways.control.ask("/_sandbox/ccbill/sales", {"transaction": other, "do": "chargeback"})
