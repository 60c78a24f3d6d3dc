"""Charges by token at the played CCBill: what is sent, what is made of each answer, what is asked afterwards."""

from datetime import UTC, datetime, timedelta

import pytest

from foundation.money import Money
from processors.gateways import http
from processors.gateways.ccbill import client
from processors.gateways.types import Code, DeclineClass, Recurring, Ref, Result
from tests.processors.gateways.ccbill.conftest import ref

MINUTES = timedelta(minutes=4)


def test_a_token_is_charged_under_our_reference_and_leaves_something_to_charge_again(played):
    asked, outcome = played.charge(23_80)

    assert (outcome.result, outcome.reference, outcome.amount) == (Result.APPROVED, asked.reference, None)
    (sale,) = played.sales(asked.reference)
    assert (sale["amount"], sale["currency"], sale["subscription_id"]) == ("23.80", 840, outcome.provider_ref)
    assert outcome.instrument is not None
    again, second = played.charge(9_99, outcome.instrument.token)
    assert second.result is Result.APPROVED
    assert len(played.sales(again.reference)) == 1


@pytest.mark.parametrize(
    ("minor", "code", "of_class"),
    [
        (20_04, Code.DO_NOT_HONOR, DeclineClass.SOFT),
        (20_06, Code.INSUFFICIENT_FUNDS, DeclineClass.SOFT),
        (20_07, Code.EXPIRED_CARD, DeclineClass.HARD),
        (20_08, Code.INVALID_CARD, DeclineClass.HARD),
        (20_09, Code.ISSUER_UNAVAILABLE, DeclineClass.TECHNICAL),
        (20_11, Code.CVV_MISMATCH, DeclineClass.SOFT),
        (20_12, Code.AVS_MISMATCH, DeclineClass.SOFT),
        (20_13, Code.RISK_DECLINED, DeclineClass.RISK),
        (20_14, Code.VELOCITY, DeclineClass.RISK),
        (20_16, Code.PROVIDER_ERROR, DeclineClass.TECHNICAL),
        (20_18, Code.CONFIG_ERROR, DeclineClass.CONFIG),
        (20_21, Code.MERCHANT_LIMIT, DeclineClass.CONFIG),
    ],
)
def test_every_no_of_the_bank_has_its_word(played, minor, code, of_class):
    asked, outcome = played.charge(minor)
    assert (outcome.result, outcome.code, outcome.decline_class) == (Result.DECLINED, code, of_class)
    assert outcome.provider_code
    assert outcome.provider_text
    assert not [sale for sale in played.sales(asked.reference) if sale["approved"]]


@pytest.mark.parametrize("fault", ["close_after", "half_body", "http_500_after"])
def test_an_answer_that_is_lost_after_the_deed_is_unknown_until_asked(played, fault):
    played.fault("charge", fault)
    asked, outcome = played.charge()
    assert outcome.result is Result.UNKNOWN

    found = played.gateway.charge_status(played.merchant, ref(asked))

    (sale,) = played.sales(asked.reference)
    assert (found.result, found.provider_ref) == (Result.APPROVED, sale["subscription_id"])


@pytest.mark.parametrize("fault", ["close_before", "http_500"])
def test_what_never_came_is_only_certain_after_a_while(played, fault):
    played.fault("charge", fault)
    asked, outcome = played.charge()
    assert (outcome.result, played.sales(asked.reference)) == (Result.UNKNOWN, [])

    def ask(**more):
        return played.gateway.charge_status(played.merchant, ref(asked, **more)).result

    assert ask() is Result.UNKNOWN
    assert ask(sent_at=datetime.now(UTC) - MINUTES) is Result.NOT_SENT


def test_other_charges_of_the_same_token_are_not_taken_for_this_one(played):
    token = played.charge()[1].instrument.token
    first = played.bought(10_00, token)
    played.fault("charge", "close_before")
    lost, _ = played.charge(10_00, token)
    late = datetime.now(UTC) - MINUTES

    alone = ref(lost, sent_at=late, others=frozenset({first.provider_ref}))
    assert played.gateway.charge_status(played.merchant, alone).result is Result.NOT_SENT
    second, third = played.bought(10_00, token), played.bought(10_00, token)
    mixed = ref(lost, sent_at=late, others=frozenset({first.provider_ref}))
    assert played.gateway.charge_status(played.merchant, mixed).result is Result.UNKNOWN
    known = Ref(second.reference, second.provider_ref, token=token, others=frozenset({third.provider_ref}))
    assert played.gateway.charge_status(played.merchant, known).provider_ref == second.provider_ref


def test_nobody_can_ask_what_became_of_a_form(played):
    outcome = played.gateway.charge_status(played.merchant, Ref("r-1"))
    assert (outcome.result, outcome.action) == (Result.ACTION_REQUIRED, None)


def test_two_charges_of_a_card_in_doubt_are_not_taken_for_each_other(played):
    token = played.charge()[1].instrument.token
    played.fault("charge", "close_before")
    lost, _ = played.charge(10_00, token)
    played.fault("charge", "close_after")
    taken, _ = played.charge(20_00, token)
    late = datetime.now(UTC) - MINUTES

    def ask(asked, **more):
        return played.gateway.charge_status(played.merchant, ref(asked, sent_at=late, **more))

    assert ask(lost, under_way=2).result is ask(taken, under_way=2).result is Result.UNKNOWN
    (sale,) = played.sales(taken.reference)
    number = sale["subscription_id"]
    assert played.gateway.charge_status(played.merchant, ref(taken, number, under_way=2)).provider_ref == number
    assert ask(lost, others=frozenset({number})).result is Result.NOT_SENT


def test_a_card_that_needs_a_proof_is_asked_for_it_and_charged_with_it(played):
    token = "testtokenthreeds1"
    asked, outcome = played.charge(20_00, token)
    assert (outcome.result, outcome.action.kind) == (Result.ACTION_REQUIRED, "threeds")
    assert outcome.provider_code == "38"

    proof = {
        "threedsEci": "05", "threedsStatus": "Y", "threedsVersion": "2.1.0", "threedsSuccess": "true",
        "threedsAmount": "20.00", "threedsCurrency": "840", "threedsCavv": "AAABBZEEBgAAAAAAAAQGAAAAAAA=",
        "other": "is not sent",
    }  # fmt: skip
    asked, outcome = played.charge(20_00, token, threeds=proof)
    assert outcome.result is Result.APPROVED
    assert len(played.sales(asked.reference)) == 1


def test_a_bank_asked_first_costs_no_refusal(played):
    first = {**played.merchant.settings, "asks_threeds": "before"}
    merchant = played.merchant.__class__("ccbill-first", "ccbill", first, played.merchant.secrets)
    asked = played.request(20_00, "testtokenthreeds2")
    outcome = played.gateway.charge(merchant, asked)
    assert (outcome.result, outcome.action.kind) == (Result.ACTION_REQUIRED, "threeds")
    assert played.sales(asked.reference) == []
    assert played.gateway.charge(merchant, played.request()).result is Result.APPROVED


@pytest.mark.parametrize("fault", ["close_before", "close_after", "http_500", "half_body"])
def test_a_question_before_the_charge_that_is_lost_takes_nothing_and_leaves_no_doubt(played, fault):
    first = {**played.merchant.settings, "asks_threeds": "before"}
    merchant = played.merchant.__class__("ccbill-first", "ccbill", first, played.merchant.secrets)
    played.fault("threeds_required", fault)
    asked = played.request()
    assert played.gateway.charge(merchant, asked).result is Result.NOT_SENT
    assert played.sales(asked.reference) == []


def test_a_bearer_that_ran_out_is_fetched_again(played):
    played.world.control.ask("/_sandbox/ccbill/settings", {"token_seconds": 40})
    played.charge()
    played.world.control.clock(3_600)
    assert played.charge()[1].result is Result.APPROVED


def test_without_a_bearer_nothing_left(played):
    secrets = {**played.merchant.secrets, "secret": "not ours"}
    merchant = played.merchant.__class__("ccbill-wrong", "ccbill", played.merchant.settings, secrets)
    asked = played.request()
    outcome = played.gateway.charge(merchant, asked)
    assert (outcome.result, outcome.code, played.sales(asked.reference)) == (Result.NOT_SENT, Code.CONFIG_ERROR, [])


def test_what_is_kept_of_an_answer_names_no_token_no_secret_and_no_card(played):
    asked, outcome = played.charge()
    kept = str(outcome.raw) + str(outcome)
    assert asked.token not in kept
    assert outcome.instrument.token not in kept
    assert not [name for name, secret in played.merchant.secrets.items() if name != "subaccount" and secret in kept]


def test_a_subscription_is_opened_with_its_first_charge(played):
    asked, outcome = played.charge(recurring=Recurring(Money(15_00, "USD"), 30))
    assert (outcome.result, outcome.subscription_ref) == (Result.APPROVED, outcome.provider_ref)
    played.world.control.clock(31 * 86_400)
    assert len(played.world.control.ask(f"/_sandbox/ccbill/book.json?reference={asked.reference}")["charges"]) == 2


@pytest.mark.parametrize("number", ["1e309", '{"a": 1}', "[]", "true", '"1 2"', '"7;8"', "-7", "7.5"])
def test_a_listed_charge_whose_number_is_none_leaves_it_unknown(played, monkeypatch, number):
    asked, _ = played.charge()
    body = b'[{"subscriptionId": %s}]' % number.encode()
    monkeypatch.setattr(client, "rest", lambda *_: http.Answer(200, {}, body))
    assert played.gateway.charge_status(played.merchant, ref(asked)).result is Result.UNKNOWN
