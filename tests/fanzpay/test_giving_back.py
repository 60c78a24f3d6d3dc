"""Refunds, voids and subscriptions over HTTP."""

import pytest

from foundation.approvals.models import Approval
from processors.payments.services import repair_refund
from tests.cast import HOUSE, missing_id
from tests.fanzpay.stories import body, get, paid, post
from tests.fanzpay.till import DECLINED
from tests.trust.stories import agree, agreed
from trust.models import TrustDecision

pytestmark = pytest.mark.django_db(transaction=True)


def refund(payment, minor=1_299, **options):
    asked = {"payment_id": payment["id"], "amount_minor": minor, "currency": "USD", "reason": "Cut short"}
    return post("refunds", asked, **options)


def test_parts_are_given_back_until_nothing_is_left(till):
    payment = paid()
    answers = [refund(payment, 300), refund(payment, 999), refund(payment, 1)]

    assert [answer.status_code for answer in answers] == [201, 201, 409]
    assert (answers[0].json()["state"], answers[2].json()["code"]) == ("SUCCEEDED", "payments.too_much")
    after = get(f"payments/{payment['id']}").json()
    assert (after["refunded"]["amount_minor"], after["refundable"]["amount_minor"]) == (1_299, 0)
    assert [one["amount"]["amount_minor"] for one in get("refunds", payment_id=payment["id"]).json()["data"]] == [
        999, 300,
    ]  # fmt: skip
    assert get(f"refunds/{answers[0].json()['id']}").json() == answers[0].json()
    assert till.calls["refund"] == 2


def test_a_large_refund_of_a_platform_waits_for_a_person(till):
    payment = paid(amount_minor=9_000)
    answer = refund(payment, 6_000, key="k1")
    assert (answer.status_code, answer.json()["state"], till.calls["refund"]) == (202, "REQUESTED", 0)

    asked = Approval.objects.get(policy="refund.large")
    agree(asked, by="petra")
    repair_refund(refund_id=answer.json()["id"], by=HOUSE)

    again = refund(payment, 6_000, key="k1")
    assert (again.status_code, again.json()["state"], till.calls["refund"]) == (201, "SUCCEEDED", 1)
    assert TrustDecision.objects.get(act="refund").verdict == "review"


def test_how_large_a_refund_may_be_is_data(till):
    for name in ("refund-large-usd", "refund-fan-day-usd"):
        window = 86_400 if "day" in name else 0
        agreed(name=name, act="refund", currency="USD", window_seconds=window, most_count=-1, most_minor=30_000,
               verdict="review")  # fmt: skip
    payment = paid(amount_minor=20_000)
    assert refund(payment, 15_000).json()["state"] == "SUCCEEDED"


def test_the_same_key_gives_back_once(till):
    payment = paid()
    first, again = refund(payment, 300, key="k1"), refund(payment, 300, key="k1")
    assert (first.content, again.headers["Idempotency-Replayed"], till.calls["refund"]) == (again.content, "true", 1)


def test_nothing_is_given_back_of_nothing_or_of_others():
    declined = post("payments", body(token=DECLINED)).json()
    assert refund(declined).status_code == 409
    assert refund({"id": str(missing_id())}).status_code == 404
    assert refund(paid(), slug="girlfanz").status_code == 404
    assert refund(paid(), minor=-1).status_code == 400
    assert get(f"refunds/{missing_id()}").status_code == 404


def test_a_whole_charge_is_taken_back_before_it_settles(till):
    payment = paid()
    answer = post(f"payments/{payment['id']}/void", {"reason": "charged twice"})
    assert (answer.status_code, answer.json()["is_void"], till.calls["void"]) == (201, True, 1)
    assert get(f"payments/{payment['id']}").json()["state"] == "VOIDED"
    assert post(f"payments/{payment['id']}/void", {"reason": "again"}).status_code == 409


def subscribe(**changes):
    asked = {name: value for name, value in body(**changes).items() if name not in ("product", "method")}
    return post("subscriptions", {**asked, "period_days": 30})


def test_a_subscription_begins_with_its_first_payment_and_is_cancelled():
    begun = subscribe()
    shown = begun.json()
    assert (begun.status_code, shown["state"], shown["payment"]["state"]) == (201, "ACTIVE", "CAPTURED")
    assert begun.headers["Location"] == f"/api/v1/subscriptions/{shown['id']}"
    assert shown["payment"]["subscription_id"] == shown["id"]

    cancelled = post(f"subscriptions/{shown['id']}/cancel", {"reason": "enough"}, key=None).json()
    assert (cancelled["state"], cancelled["paid_until"]) == ("CANCELLED", shown["paid_until"])
    assert get("subscriptions", fan="sam", state="CANCELLED").json()["data"][0]["id"] == shown["id"]
    assert get(f"subscriptions/{shown['id']}", "girlfanz").status_code == 404
    assert post(f"subscriptions/{shown['id']}/cancel", {"reason": "x"}, slug="girlfanz").status_code == 404


def test_a_subscription_whose_first_payment_fails_is_over():
    begun = subscribe(token=DECLINED).json()
    assert (begun["state"], begun["payment"]["decline_code"]) == ("ENDED", "insufficient_funds")


def test_a_subscription_that_we_refuse_never_begins(till):
    begun = subscribe(amount_minor=500_001).json()
    assert (begun["state"], begun["payment"]["decline_code"], till.calls["charge"]) == ("ENDED", "risk_declined", 0)


def test_a_payment_may_begin_a_subscription():
    shown = paid(product="subscription", subscription={"period_days": 30})
    assert get(f"subscriptions/{shown['subscription_id']}").json()["state"] == "ACTIVE"
