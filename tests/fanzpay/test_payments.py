"""Payments over HTTP: what is answered, what is kept, and what is refused before anything leaves."""

import pytest
from django.test import Client

from foundation import nearby
from foundation.approvals.models import Approval
from foundation.identity.roles import Role
from processors.payments.models import Attempt, MerchantAccount, Payment
from processors.payments.services import repair_payment
from tests.cast import HOUSE, bearer, member, missing_id
from tests.content.stories import told_content
from tests.fanzpay.stories import body, get, paid, post
from tests.fanzpay.till import DECLINED, LOST, NEVER, PENDING
from trust.models import TrustDecision, TrustTally

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_card_is_charged_and_the_payment_reads_the_same_afterwards(till):
    told_content()
    asked = body(content_id="clip-1", tax_minor=99, description="A clip", return_url="https://platform.example/thanks")
    answer = post("payments", asked)

    shown = answer.json()
    assert (answer.status_code, shown["state"], shown["decline_code"]) == (201, "CAPTURED", None)
    assert answer.headers["Location"] == f"/api/v1/payments/{shown['id']}"
    assert (shown["fan"], shown["creator"], shown["content_id"]) == ("sam", "maya", "clip-1")
    assert (shown["captured"], shown["tax"]) == (
        {"amount_minor": 1_299, "currency": "USD"}, {"amount_minor": 99, "currency": "USD"},
    )  # fmt: skip
    assert shown["card"] == {"brand": "visa", "last4": "4242", "expires": "1230"}
    assert get(f"payments/{shown['id']}").json() == shown
    assert [str(amount) for amount in till.charges.values()] == ["12.99 USD"]
    decision = TrustDecision.objects.get(payment_id=shown["id"])
    assert (decision.verdict, Attempt.objects.get().warrant.policy) == ("allow", decision.policy)


@pytest.mark.parametrize(
    ("token", "status", "state", "code"),
    [
        (DECLINED, 201, "DECLINED", "insufficient_funds"),
        (NEVER, 201, "FAILED", "not_sent"),
        (PENDING, 202, "PROCESSING", None),
        (LOST, 202, "UNKNOWN", None),
    ],
)
def test_a_refusal_is_an_answer_and_what_is_not_known_is_accepted(token, status, state, code):
    answer = post("payments", body(token=token))
    shown = answer.json()
    assert (answer.status_code, shown["state"], shown["decline_code"]) == (status, state, code)


def test_what_never_left_is_tried_at_the_next_account_judged_again_and_counted_once(till):
    MerchantAccount.objects.create(slug="till-next", provider="till", currencies=["USD"], rank=500)
    nearby.forget_all()
    shown = post("payments", body(token=NEVER)).json()
    assert (shown["state"], shown["decline_code"]) == ("FAILED", "not_sent")
    attempts = Attempt.objects.order_by("number")
    assert [one.merchant_account_id for one in attempts] == ["till-main", "till-next"]
    decisions = list(TrustDecision.objects.filter(payment_id=shown["id"]).order_by("id"))
    assert [one.features.get("is_again", False) for one in decisions] == [False, True]
    assert {one.warrant.policy for one in attempts} == {one.policy for one in decisions}
    assert sum(TrustTally.objects.values_list("count", flat=True)) <= 2


def test_coins_wait_for_the_buyer():
    answer = post("payments", body(method="crypto", coin="BTC", token=None))
    shown = answer.json()
    assert (answer.status_code, shown["state"], shown["coin"]) == (201, "REQUIRES_ACTION", "BTC")
    assert shown["next_action"]["fields"]["address"] == "bc1qexample"


def test_too_much_is_refused_by_us_without_a_word_of_why(till):
    answer = post("payments", body(amount_minor=500_001))
    shown = answer.json()
    assert (answer.status_code, shown["state"], shown["decline_code"]) == (201, "DECLINED", "risk_declined")
    assert "limit" not in answer.content.decode()
    assert till.calls["charge"] == 0


def test_a_large_one_waits_for_a_person(till):
    asked = body(amount_minor=60_000)
    answer = post("payments", asked, key="large")
    again = post("payments", asked, key="large")
    assert (answer.status_code, answer.json()["state"], till.calls["charge"]) == (202, "IN_REVIEW", 0)
    assert (again.status_code, again.json()["id"]) == (202, answer.json()["id"])
    assert Approval.objects.get(policy="payment.review").state == "PENDING"


def test_a_repeat_reads_what_became_of_a_lost_answer(till):
    asked = body(token=LOST)
    first = post("payments", asked, key="k1")
    repair_payment(payment_id=first.json()["id"], by=HOUSE)
    again = post("payments", asked, key="k1")

    assert (first.status_code, again.status_code, again.json()["state"]) == (202, 201, "CAPTURED")
    assert "Idempotency-Replayed" not in again.headers
    assert till.calls["charge"] == 1


def test_the_same_key_gets_the_first_reply_byte_by_byte(till):
    asked = body()
    first, again = post("payments", asked, key="k1"), post("payments", asked, key="k1")
    other = post("payments", {**asked, "amount_minor": 1}, key="k1")

    assert (first.content, again.headers["Idempotency-Replayed"]) == (again.content, "true")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.mismatch")
    assert (till.calls["charge"], Payment.objects.count()) == (1, 1)


def test_a_key_is_needed_and_a_reference_names_one_payment():
    asked = body()
    assert post("payments", asked, key=None).json()["code"] == "idempotency.key_missing"
    post("payments", asked)
    answer = post("payments", asked)
    assert (answer.status_code, answer.json()["code"]) == (409, "payments.reference_used")
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_minor": 0}, {"amount_minor": -5}, {"amount_minor": 1.5}, {"amount_minor": "100"},
        {"amount_minor": True}, {"amount_minor": 10**13}, {"amount_minor": 2**63}, {"tax_minor": -1},
        {"currency": "usd"}, {"currency": "XXX"}, {"product": "yacht"}, {"method": "bank"},
        {"return_url": "http://platform.example/"}, {"return_url": "javascript:alert(1)"},
        {"return_url": "https://user:word@platform.example/"}, {"ip": "somewhere"}, {"fan": "with space"},
        {"description": "zero\u200bwidth"}, {"platform_id": str(missing_id())}, {"ip": "1.2.3"},
        {"subscription": {"period_days": 0}}, {"subscription": {"period_days": 30, "amount_minor": 1}},
        {"reference": ""},
    ],
)  # fmt: skip
def test_what_is_no_payment_is_refused(changes, till):
    assert post("payments", body(**changes)).status_code == 400
    assert (Payment.objects.count(), till.calls["charge"]) == (0, 0)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tax_minor": 1_299}, "tax_minor"), ({"instrument_id": str(missing_id())}, "instrument_id"),
        ({"method": "crypto"}, "token"), ({"coin": "BTC"}, "coin"),
        ({"method": "crypto", "token": None, "subscription": {"period_days": 30}}, "subscription"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused(changes, field, till):
    answer = post("payments", body(**changes))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert (Payment.objects.count(), till.calls["charge"]) == (0, 0)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e3", "1E400"])
def test_numbers_that_are_none_are_refused(number):
    raw = '{"reference": "r", "amount_minor": ' + number + "}"
    assert post("payments", raw).status_code == 400


@pytest.mark.parametrize("changes", [{"fan": "nobody"}, {"creator": "nobody"}, {"fan": "maya"}, {"content_id": "none"}])
def test_people_and_content_have_to_be_known(changes):
    answer = post("payments", body(**changes))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, next(iter(changes)))
    assert not Payment.objects.exists()


def test_another_platform_sees_nothing_and_each_scope_opens_its_own():
    mine = paid()
    assert get(f"payments/{mine['id']}", "girlfanz").status_code == 404
    assert get("payments", "girlfanz").json()["data"] == []
    assert post("refunds", {**refund_of(mine)}, slug="girlfanz").status_code == 404
    assert post("payments", body(), scopes=("payments:read",)).status_code == 403
    assert post("refunds", refund_of(mine), scopes=("payments:write",)).status_code == 403
    assert post("subscriptions", body(), scopes=("payments:write",)).status_code == 403


def refund_of(payment, minor=1_299):
    return {"payment_id": payment["id"], "amount_minor": minor, "currency": "USD", "reason": "Cut short"}


def test_lists_are_filtered_and_paged():
    member("otto", Role.FAN)
    first, second = paid(fan="otto"), post("payments", body(token=DECLINED)).json()
    ids = [one["id"] for one in get("payments").json()["data"]]
    assert ids == [second["id"], first["id"]]
    assert [one["id"] for one in get("payments", fan="otto").json()["data"]] == [first["id"]]
    assert [one["id"] for one in get("payments", state="DECLINED").json()["data"]] == [second["id"]]
    assert [one["id"] for one in get("payments", reference=first["reference"]).json()["data"]] == [first["id"]]
    assert get("payments", limit=1).json()["next"]
    assert get("payments", fan="nobody").status_code == 404


def test_a_payment_is_given_up_before_money_moves_and_not_after():
    waiting = post("payments", body(method="crypto", coin="BTC", token=None)).json()
    given_up = post(f"payments/{waiting['id']}/cancel", {"reason": "changed their mind"})
    large = post("payments", body(amount_minor=60_000)).json()
    unreviewed = post(f"payments/{large['id']}/cancel", {"reason": "changed their mind"})

    assert (given_up.status_code, given_up.json()["state"]) == (201, "CANCELLED")
    assert unreviewed.json()["state"] == "CANCELLED"
    assert post(f"payments/{paid()['id']}/cancel", {"reason": "too late"}).status_code == 409
    assert post(f"payments/{missing_id()}/cancel", {"reason": "none"}).status_code == 404


def test_a_saved_card_is_charged_again_and_can_be_forgotten(till):
    paid()
    (card,) = get("instruments", fan="sam").json()["data"]
    again = post("payments", body(token=None, instrument_id=card["id"]))
    forgotten = delete(f"instruments/{card['id']}", "girlfanz"), delete(f"instruments/{card['id']}")
    after = post("payments", body(token=None, instrument_id=card["id"]))

    assert (again.status_code, again.json()["state"]) == (201, "CAPTURED")
    assert [answer.status_code for answer in forgotten] == [404, 204]
    assert (after.status_code, after.json()["code"]) == (422, "payments.no_instrument")
    assert get("instruments", fan="sam").json()["data"] == []
    assert set(card) == {"id", "brand", "last4", "expires", "created_at"}
    assert TrustDecision.objects.filter(card="fp-1").count() == 1


def delete(path, slug="boyfanz"):
    return Client(headers=bearer(slug)).delete(f"/api/v1/{path}")
