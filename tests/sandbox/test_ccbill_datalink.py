"""CCBill's DataLink: refunds, voids, cancellations, status and the day's report."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.sandbox.ccbill_client import DAY, CCBill

ARIZONA = timezone(timedelta(hours=-7))


def test_a_sale_is_refunded_in_parts_and_never_beyond_what_was_paid(gateways, ccbill, shop):
    bought = ccbill.buy(10, reference="r-1")

    assert ccbill.managed("refundTransaction", bought, amount="4.00") == 1
    assert ccbill.managed("refundTransaction", bought, amount="6.01") == -11
    assert ccbill.managed("refundTransaction", bought) == 1
    assert ccbill.managed("refundTransaction", bought) == -11

    refunds = shop.wait_for("Refund", 2, subscriptionId=bought)
    assert sorted(said["amount"] for said in refunds) == ["4.00", "6.00"]
    book = gateways.control.ask("/_sandbox/ccbill/book.json?reference=r-1")
    assert book["totals"]["refunded"] == {"USD": "10.00"}


def test_a_sale_is_voided_whole_on_its_day_and_not_later(gateways, ccbill, shop):
    today, refunded, old = ccbill.buy(), ccbill.buy(), ccbill.buy()
    ccbill.managed("refundTransaction", refunded, amount="1.00")

    assert ccbill.managed("voidTransaction", today) == 1
    assert ccbill.managed("voidTransaction", today) == -11
    assert ccbill.managed("refundTransaction", today) == -11
    assert ccbill.managed("voidTransaction", refunded) == -11
    shop.wait_for("Void", subscriptionId=today)
    gateways.control.clock(DAY)
    assert ccbill.managed("voidTransaction", old) == -11


def test_a_sale_that_was_charged_back_cannot_be_refunded(gateways, ccbill):
    bought = ccbill.buy()
    gateways.control.ask("/_sandbox/ccbill/sales", {"transaction": bought, "do": "chargeback"})

    assert ccbill.managed("refundTransaction", bought) == -11
    assert "<chargebacksIssued>1</chargebacksIssued>" in ccbill.datalink("viewSubscriptionStatus", bought)


def test_a_cancelled_subscription_is_not_rebilled_and_ends_when_paid_time_does(gateways, ccbill, shop):
    more = {"initialPeriod": 30, "recurringPrice": 4.5, "recurringPeriod": 30, "rebills": 99}
    bought = ccbill.buy(9, **more)
    status = ccbill.datalink("viewSubscriptionStatus", bought, returnXML="0").splitlines()
    assert status[0] == (
        '"cancelDate","signupDate","chargebacksIssued","timesRebilled","expirationDate","recurringSubscription",'
        '"subscriptionStatus","refundsIssued","voidsIssued"'
    )
    today, end = (f"{datetime.now(ARIZONA) + timedelta(days=days):%Y%m%d}" for days in (0, 30))
    assert status[1] == f'"","{today}","0","0","{end}","1","2","0","0"'

    assert ccbill.managed("cancelSubscription", bought) == 1
    assert ccbill.managed("cancelSubscription", bought) == -11
    (told,) = shop.wait_for("Cancellation", subscriptionId=bought)
    assert told["source"] == "API"
    assert "<subscriptionStatus>1</subscriptionStatus>" in ccbill.datalink("viewSubscriptionStatus", bought)
    gateways.control.clock(30 * DAY + 60)
    shop.wait_for("Expiration", subscriptionId=bought)
    assert "<subscriptionStatus>0</subscriptionStatus>" in ccbill.datalink("viewSubscriptionStatus", bought)
    assert not [said for said in shop.took if said["eventType"].startswith("Renewal")]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"action": "refundTransaction", "subscription": "1"}, -3),
        ({"action": "refundTransaction", "subscription": "x"}, -5),
        ({"action": "explode"}, -6),
        ({"action": "refundTransaction", "clientAccnum": "900999"}, -4),
    ],
)
def test_what_cannot_be_done_has_a_code(ccbill, asked, code):
    assert ccbill.managed(**asked) == code


def test_three_wrong_logins_lock_for_an_hour(gateways, ccbill):
    bought = ccbill.buy()
    answers = [ccbill.managed("refundTransaction", bought, password="guess") for _ in range(4)]
    assert answers == [-1, -1, -1, -12]
    assert ccbill.managed("refundTransaction", bought) == -12
    gateways.control.clock(3_601)
    assert ccbill.managed("refundTransaction", bought) == 1


def test_ordered_troubles_of_a_refund(gateways, ccbill, shop):
    bought = ccbill.buy(10)
    gateways.control.fault("ccbill", "refund", "decline:-15", subscriptionId=bought)
    assert ccbill.managed("refundTransaction", bought) == -15
    gateways.control.fault("ccbill", "refund", "wrong_amount")
    assert ccbill.managed("refundTransaction", bought, amount="2.00") == 1
    (told,) = shop.wait_for("Refund", subscriptionId=bought)
    assert told["amount"] == "3.00"


def test_a_day_is_reported_once_an_hour(gateways, ccbill):
    bought = ccbill.buy(7.5)
    ccbill.managed("refundTransaction", bought, amount="2.00")
    now = datetime.now(UTC).astimezone(ARIZONA)
    start, end = now - timedelta(hours=1), now + timedelta(minutes=1)

    lines = [line for line in ccbill.report(start, end).splitlines() if bought in line]

    (sale,) = [sale for sale in gateways.control.book("ccbill")["charges"] if sale["subscription_id"] == bought]
    head = f'"900100","0000","{bought}","{now:%Y-%m-%d}","{sale["transaction_id"]}"'
    assert lines == [f'"NEW",{head},"7.50"', f'"REFUND",{head},"2.00"']
    assert ccbill.report(start, end).startswith("Error: Reports may be requested once every 60 minutes")
    gateways.control.clock(3_601)
    assert "REFUND" not in ccbill.report(start, end, types="NEW")


def test_a_report_covers_at_most_a_day_and_needs_the_login(gateways, ccbill):
    gateways.control.ask("/_sandbox/ccbill/settings", {"report_minutes": 0})
    now = datetime.now(ARIZONA)

    assert ccbill.report(now - timedelta(hours=25), now).startswith("Error: The time range")
    assert ccbill.report(now, now).startswith("Error: The time range")
    assert ccbill.report(now - timedelta(hours=1), now, types="GIFT").startswith("Error: Invalid transactionTypes")
    assert ccbill.report(now - timedelta(hours=1), now, password="x").startswith("Error: Authentication failed")
    for _ in range(2):
        assert not ccbill.report(now - timedelta(hours=24), now).startswith("Error")


def test_a_refund_is_of_the_rebill_it_names(gateways, ccbill, shop):
    more = {"initialPeriod": 10, "recurringPrice": 4.5, "recurringPeriod": 30, "rebills": 99}
    bought = ccbill.buy(9, **more)
    gateways.control.clock(10 * DAY + 1)
    (renewed,) = shop.wait_for("RenewalSuccess", subscriptionId=bought)
    ccbill = CCBill(gateways.base, gateways.merchants["ccbill"])

    assert ccbill.managed("refundTransaction", renewed["transactionId"]) == 1
    (told,) = shop.wait_for("Refund", subscriptionId=bought)
    assert (told["transactionId"], told["amount"]) == (renewed["transactionId"], "4.50")


def test_a_sale_of_an_earlier_start_is_given_back_once_somebody_remembers_it(gateways, ccbill):
    number = f"77{int(datetime.now(UTC).timestamp() * 1e6)}"
    assert ccbill.managed("refundTransaction", number) == -3
    sale = [number, "19.99", 840, "2026-01-02T03:04:05+00:00"]

    assert gateways.control.ask("/_sandbox/ccbill/earlier", {"sales": [sale]}) == {"remembered": 1}
    assert gateways.control.ask("/_sandbox/ccbill/earlier", {"sales": [sale]}) == {"remembered": 0}

    assert ccbill.managed("refundTransaction", number, amount="9.99") == 1
    assert ccbill.managed("voidTransaction", number) == -11
    assert ccbill.managed("refundTransaction", number) == 1
    assert ccbill.managed("refundTransaction", number) == -11
    for wrong in ({}, {"sales": [["x", "1.00", 840, "2026-01-02"]]}, {"sales": [[number]]}):
        with pytest.raises(AssertionError, match="400"):
            gateways.control.ask("/_sandbox/ccbill/earlier", wrong)
