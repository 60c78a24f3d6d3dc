"""What CCBill tells: recorded calls, and those of the played one; what is believed and what each means."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from foundation.errors import Invalid
from foundation.money import Money
from processors.gateways import ccbill
from processors.gateways.ccbill import CCBill
from processors.gateways.types import Code, EventKind, Merchant, Proof, Recurring, Webhook

RECORDED = Path(ccbill.__file__).parent / "recorded"
K = EventKind
MERCHANT = Merchant(
    "ccbill-main",
    "ccbill",
    {"account": "900100", "subaccount": "0000"},
    {"salt": "99999"},
)
AT = datetime(2026, 3, 2, 12, 5, tzinfo=UTC)
THEIRS = "64.38.212.9"
GATEWAY = CCBill()


def call(name, *, query=None, address=THEIRS, **changes):
    """A recorded call, with other values in it; None leaves a field out."""
    raw = (RECORDED / name).read_text()
    is_json = name.endswith(".json")
    fields = json.loads(raw) if is_json else dict(parse_qsl(raw, keep_blank_values=True))
    said = {key: value for key, value in (fields | changes).items() if value is not None}
    body = json.dumps(said) if is_json else urlencode(said)
    return Webhook((body if changes else raw).encode(), {}, query or {}, address, AT)


def proof(webhook, merchant=MERCHANT):
    return GATEWAY.check(merchant, webhook).proof


def event(webhook):
    (one,) = GATEWAY.parse(MERCHANT, webhook)
    return one


def test_a_sale_by_the_form_is_proved_and_read():
    webhook = call("new_sale_success.form")
    assert proof(webhook) is Proof.VERIFIED
    said = event(webhook)
    assert (said.kind, said.reference, said.provider_ref, said.subscription_ref) == (
        K.CHARGED, "0192f0c17d3e-1", "77777", "77777",
    )  # fmt: skip
    assert (said.amount, said.transaction_ref) == (Money(23_80, "USD"), "0912350101000000123")
    assert said.occurred_at == datetime(2026, 3, 2, 12, 4, 10, tzinfo=UTC)
    kept = said.instrument
    assert (kept.brand, kept.first6, kept.last4, kept.expires, kept.token) == ("VISA", "411111", "1111", "0328", "")
    assert "sam@people.example" not in str(said)


def test_a_refusal_by_the_form_is_proved_by_the_transaction_and_names_no_card():
    webhook = call("new_sale_failure.json")
    assert proof(webhook) is Proof.VERIFIED
    said = event(webhook)
    assert (said.kind, said.code, said.reference) == (K.DECLINED, Code.DO_NOT_HONOR, "0192f0c17d3e-1")
    assert "4111111111111111" not in str(said)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"dynamicPricingValidationDigest": "0" * 32}, "another digest"),
        ({"subscriptionId": "77778"}, "another subscription than was signed"),
        ({"clientAccnum": "900101"}, "another account"),
        ({"clientSubacc": "0001"}, "another sub-account"),
        ({"eventType": "NewSaleFailure"}, "an approval told as a denial"),
    ],
)
def test_what_does_not_fit_is_refused(changes, why):
    assert proof(call("new_sale_success.form", **changes)) is Proof.REJECTED, why


def test_only_their_addresses_are_heard():
    for address in ("64.38.212.1", "64.38.215.254", "64.38.240.3", "64.38.241.4"):
        assert proof(call("new_sale_success.form", address=address)) is Proof.VERIFIED
    for address in ("64.38.213.1", "10.0.0.1", "", "::1"):
        assert proof(call("new_sale_success.form", address=address)) is Proof.REJECTED


def test_a_salt_that_was_replaced_still_proves_for_a_while():
    newer = replace(MERCHANT, secrets={"salt": "new"}, older_secrets={"salt": ("99999",)})
    assert proof(call("new_sale_success.form"), newer) is Proof.VERIFIED
    assert proof(call("new_sale_success.form"), replace(newer, older_secrets={})) is Proof.REJECTED
    without = replace(MERCHANT, secrets={})
    assert proof(call("new_sale_success.form"), without) is Proof.REJECTED


def test_what_carries_no_digest_only_makes_us_ask():
    for name in ("refund.json", "chargeback.json", "expiration.json"):
        assert proof(call(name)) is Proof.TRIGGER
    assert proof(call("new_sale_success.form", dynamicPricingValidationDigest=None)) is Proof.TRIGGER


def test_the_event_may_stand_in_the_address_and_may_not_differ_there():
    webhook = call("renewal_success.json", query={"eventType": "RenewalSuccess", "clientAccnum": "900100"})
    said = event(webhook)
    assert (said.kind, said.provider_ref, said.subscription_ref, said.amount, said.next_renewal) == (
        K.RENEWED, "0912350101000000456", "77777", Money(15_00, "USD"), date(2026, 5, 1),
    )  # fmt: skip
    lying = call("refund.json", query={"eventType": "Chargeback"})
    assert proof(lying) is Proof.REJECTED
    with pytest.raises(Invalid):
        event(lying)


def test_what_goes_back_names_the_transaction_it_takes_back():
    refund, chargeback = event(call("refund.json")), event(call("chargeback.json"))
    assert (refund.kind, refund.amount, refund.provider_ref) == (K.REFUNDED, Money(5_50, "USD"), "0912350101000000123")
    assert (chargeback.kind, chargeback.amount, chargeback.reason) == (
        K.CHARGEBACK, Money(23_80, "USD"), "Charged Back on 05/05/2016",
    )  # fmt: skip


def test_the_same_thing_has_the_same_key_for_ever_and_another_has_another():
    names = ("new_sale_success.form", "new_sale_failure.json", "refund.json", "chargeback.json", "expiration.json")
    keys = [event(call(name)).key for name in names]
    assert keys == [event(call(name, query={"clientSubacc": "0000"})).key for name in names]
    assert len(set(keys)) == len(names)
    assert max(map(len, keys)) <= 120
    later = event(call("refund.json", timestamp="2026-03-04 11:00:00")).key
    more = event(call("refund.json", amount="5.51")).key
    assert len({keys[2], later, more}) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "5.505"}, {"amount": "-5.50"}, {"amount": "0"}, {"amount": "1e2e"}, {"amount": "NaN"},
        {"amount": "9" * 40}, {"amount": None}, {"currencyCode": "999"}, {"currencyCode": "978"},
        {"transactionId": "../x"}, {"transactionId": "", "subscriptionId": ""}, {"timestamp": "yesterday"},
        {"eventType": ""}, {"amount": 5.5},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_not_guessed(changes):
    if changes == {"amount": 5.5}:
        assert event(call("refund.json", **changes)).amount == Money(5_50, "USD")
        return
    with pytest.raises(Invalid):
        event(call("refund.json", **changes))


@pytest.mark.parametrize(
    "body",
    [b"", b"[1]", b"{", b'{"eventType":"Refund","eventType":"Void"}', b"eventType=Refund&eventType=Void", b"\xff"],
)
def test_bodies_that_are_none_are_refused(body):
    webhook = Webhook(body, {}, {}, THEIRS, AT)
    assert proof(webhook) is Proof.REJECTED
    with pytest.raises(Invalid):
        event(webhook)


def test_a_time_of_the_future_does_not_make_later_news_old():
    assert event(call("refund.json", timestamp="2031-03-03 11:00:00")).occurred_at == AT


def test_an_event_nobody_knows_means_nothing_for_money():
    assert event(call("refund.json", eventType="Fireworks")).kind is K.OTHER


def test_ccbill_calls_again_until_it_reads_200():
    assert (GATEWAY.reply(is_taken=True).status, GATEWAY.reply(is_taken=False).status) == (200, 503)


def letters(played, number):
    """The calls the played CCBill made about this number, oldest first, as they would come in."""
    found = [one for one in reversed(played.world.control.sent("ccbill")) if number in one["body"]]
    return [
        Webhook(
            one["body"].encode(), one["headers"], dict(parse_qsl(urlsplit(one["url"]).query)), "127.0.0.1",
            datetime.now(UTC),
        )
        for one in found
    ]  # fmt: skip


@pytest.mark.parametrize("written", ["json", "form"])
def test_the_whole_life_of_a_charge_is_told_in_either_writing(played, written):
    played.world.control.ask("/_sandbox/ccbill/settings", {"webhook_format": written})
    asked, outcome = played.charge(20_00, recurring=Recurring(Money(15_00, "USD"), 30))
    number = outcome.provider_ref
    for do in ({"do": "refund", "amount": "3.00"}, {"do": "chargeback"}):
        played.world.control.ask("/_sandbox/ccbill/sales", {"transaction": number, **do})
    played.world.control.clock(31 * 86_400)
    played.gateway.cancel_rebill(played.merchant, number)
    played.world.control.clock(70 * 86_400)
    played.sales(asked.reference)

    came = letters(played, number)
    said = [one for webhook in came for one in played.gateway.parse(played.merchant, webhook)]

    assert [one.kind for one in said] == [
        K.CHARGED, K.REFUNDED, K.CHARGEBACK, K.RENEWED, K.SUBSCRIPTION_CANCELLED, K.SUBSCRIPTION_EXPIRED,
    ]  # fmt: skip
    assert {one.subscription_ref for one in said} == {number}
    assert (said[0].reference, said[0].provider_ref) == (asked.reference, number)
    amounts = [one.amount.minor if one.amount else None for one in said]
    assert amounts == [20_00, 3_00, 20_00, 15_00, None, None]
    assert {played.gateway.check(played.merchant, webhook).proof for webhook in came} == {Proof.TRIGGER}
    assert len({one.key for one in said}) == len(said)


def test_a_refusal_is_told_under_our_reference(played):
    asked, _ = played.charge(20_06)
    (webhook,) = letters(played, asked.reference)
    (said,) = played.gateway.parse(played.merchant, webhook)
    assert (said.kind, said.reference, said.code) == (K.DECLINED, asked.reference, Code.INSUFFICIENT_FUNDS)
