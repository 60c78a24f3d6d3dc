"""A charge from the wish to the books."""

import re
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from foundation import clock, nearby
from foundation.actors import Actor, ActorKind
from foundation.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from foundation.identity.models import Platform
from foundation.money import Money
from foundation.restrictions.services import place_restriction
from foundation.restrictions.types import Kind
from foundation.switches.registry import switches
from foundation.switches.selectors import list_switches
from foundation.switches.services import stop_switch
from processors.gateways.types import Code, NextAction, Outcome, Result, SavedInstrument
from processors.payments.models import Attempt, Instrument, MerchantAccount, Payment
from processors.payments.selectors import get_payment, list_payments, timeline
from processors.payments.services import create_payment, expire_due, repair_due, repair_payment, send_attempt
from processors.payments.states import AttemptState, PaymentState
from tests.cast import HOUSE, actor, member, platform, staff
from tests.processors.payments.till import (
    ACCOUNT,
    allowed,
    asked_for,
    bought,
    later,
    legs,
    open_account,
    payment_of,
    prepare,
    prepared,
    topics,
    wish,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("steady_copies")]
P = PaymentState
# The bounds of transactions, and what the process reads once a second for everybody.
NOT_COUNTED = re.compile(
    r'^(BEGIN|COMMIT|SAVEPOINT|RELEASE)|fanz_offset|FROM "(merchant_account|platform|switch)|merchant_account_platforms'
    r"|fanz_restrictions_in_force"
)


def test_a_purchase_is_captured_booked_and_told(till):
    view = bought(20_00)

    assert (view.state, view.captured.minor, view.refundable.minor, view.merchant) == ("CAPTURED", 2000, 2000, ACCOUNT)
    assert legs(payment_of(view).sale_journal) == {
        "sale.paid": 2000, "sale.share": 1600, "sale.fee": 400, "sale.earned": 1600,
    }  # fmt: skip
    assert till.calls == ["charge"]
    assert topics("txn.auth", "txn.capture", "txn.declined") == ["txn.auth", "txn.capture"]
    attempt = Attempt.objects.get(payment_id=view.id)
    assert (attempt.state, attempt.result, attempt.token, attempt.repair_at) == ("ANSWERED", "approved", "", None)


def test_a_purchase_asks_the_database_little(till):
    """Statements of the whole purchase, the ledger's own among them."""
    bought()
    wanted = wish()
    with CaptureQueriesContext(connection) as asked:
        with transaction.atomic():
            payment = create_payment(wish=wanted, by=HOUSE, at=clock.now())
            attempt = prepare(payment)
        send_attempt(attempt_id=attempt.pk, by=HOUSE)
    statements = [query["sql"] for query in asked if not NOT_COUNTED.search(query["sql"])]
    assert len(statements) <= 25, "\n".join(sql[:110] for sql in statements)


def test_a_refused_card_is_declined_and_nothing_is_booked(till):
    till.will(Outcome(Result.DECLINED, code=Code.INSUFFICIENT_FUNDS, provider_code="105"))

    view = bought()

    assert (view.state, view.decline_code) == ("DECLINED", "insufficient_funds")
    assert payment_of(view).sale_journal is None
    assert topics("txn.auth", "txn.capture", "txn.declined") == ["txn.declined"]


def test_what_never_left_is_failed(till):
    till.will(Outcome(Result.NOT_SENT))
    assert bought().state == "FAILED"


def test_a_lost_answer_is_unknown_and_found_by_asking_never_by_charging_again(till):
    till.will(Outcome(Result.UNKNOWN))
    view = bought()
    assert view.state == "UNKNOWN"
    with pytest.raises(Conflict, match=r"payments\.unknown"):
        prepare(payment_of(view))

    assert repair_payment(payment_id=view.id, by=HOUSE).state == "CAPTURED"
    assert till.calls == ["charge", "charge_status"]
    assert len(till.charged) == 1
    assert Attempt.objects.get(payment_id=view.id).state == AttemptState.REPAIRED


def test_the_repair_asks_on_its_schedule_and_then_calls_a_person(till):
    till.will(*[Outcome(Result.UNKNOWN)] * 8)
    view = bought()
    assert repair_due(by=HOUSE).asked == 0
    seconds = 0
    for wait in (60, 300, 900, 3_600, 21_600, 86_400):
        later(seconds=(seconds := wait + 1))
        assert repair_due(by=HOUSE).asked == 1, wait
        assert repair_due(by=HOUSE).asked == 0
    later(seconds=seconds + 400_000)
    assert repair_due(by=HOUSE).asked == 0
    assert payment_of(view).state == P.UNKNOWN
    assert topics("txn.alarm") == ["txn.alarm"]


def test_a_provider_that_does_not_know_it_yet_is_believed_only_after_a_while(till):
    till.will(Outcome(Result.UNKNOWN), Outcome(Result.NOT_SENT))
    view = bought()
    assert repair_payment(payment_id=view.id, by=HOUSE).state == "UNKNOWN"
    later(seconds=190)
    till.charged.clear()
    assert repair_payment(payment_id=view.id, by=HOUSE).state == "FAILED"


@pytest.mark.parametrize("wrong", [1999, 2001, 0])
def test_another_amount_than_asked_is_never_booked(till, wrong):
    till.will(Outcome(Result.APPROVED, provider_ref="x1", amount=Money(wrong, "USD")))
    view = bought(20_00)
    assert view.state == "UNKNOWN"
    assert payment_of(view).sale_journal is None
    assert topics("txn.unknown", "txn.alarm") == ["txn.unknown", "txn.alarm"]


def test_another_currency_or_reference_is_never_booked(till):
    till.will(
        Outcome(Result.APPROVED, amount=Money(2000, "JPY")), Outcome(Result.APPROVED, reference="somebody-elses-1")
    )
    assert [bought(20_00).state, bought(20_00).state] == ["UNKNOWN", "UNKNOWN"]


def test_one_number_of_the_provider_stands_for_one_charge(till):
    till.will(Outcome(Result.APPROVED, provider_ref="same"), Outcome(Result.APPROVED, provider_ref="same"))
    assert [bought().state, bought().state] == ["CAPTURED", "UNKNOWN"]


def test_what_was_prepared_and_never_sent_is_closed_after_its_lease(till):
    attempt = prepared()
    assert repair_due(by=HOUSE).never_sent == 0
    later(minutes=3)
    assert repair_due(by=HOUSE).never_sent == 1
    assert payment_of(attempt).state == P.FAILED
    with pytest.raises(Conflict, match="already_sent"):
        send_attempt(attempt_id=attempt.pk, by=HOUSE)
    assert till.calls == []


def test_a_page_to_go_to_waits_and_expires_only_when_the_provider_has_nothing(till):
    page = NextAction("redirect", url="https://pay.example/1", expires_at=clock.now() + timedelta(minutes=15))
    till.will(Outcome(Result.ACTION_REQUIRED, action=page), Outcome(Result.ACTION_REQUIRED, action=page))
    paid, left = bought(token=""), bought(token="")
    assert (paid.state, paid.action["url"]) == ("REQUIRES_ACTION", "https://pay.example/1")
    assert expire_due(by=HOUSE) == 0
    later(minutes=18)
    till.charged[f"{paid.id.hex}-1"] = paid.amount

    assert expire_due(by=HOUSE) == 1

    assert (payment_of(paid).state, payment_of(left).state) == (P.CAPTURED, P.EXPIRED)
    assert topics("txn.ended") == ["txn.ended"]


def test_while_the_provider_cannot_say_nothing_expires(till):
    page = NextAction("redirect", url="https://pay.example/1", expires_at=clock.now() + timedelta(minutes=15))
    till.will(Outcome(Result.ACTION_REQUIRED, action=page), Outcome(Result.UNKNOWN), Outcome(Result.ACTION_REQUIRED))
    view = bought(token="")
    later(minutes=18)
    assert expire_due(by=HOUSE) == 0
    assert payment_of(view).state == P.REQUIRES_ACTION
    assert expire_due(by=HOUSE) == 1


def test_a_buyer_who_comes_back_with_a_proof_gets_a_second_attempt(till):
    till.will(Outcome(Result.ACTION_REQUIRED, action=NextAction("threeds", url="https://bank.example")))
    view = bought()
    second = prepare(payment_of(view))
    assert send_attempt(attempt_id=second.pk, by=HOUSE, threeds={"eci": "05"}).state == "CAPTURED"
    assert (second.number, payment_of(view).attempts.count()) == (2, 2)


def test_nothing_is_charged_without_a_judgement(till):
    payment = asked_for()
    late = allowed(payment, expires_at=clock.now() - timedelta(seconds=1))
    small = allowed(payment, most=payment.amount - payment.amount.allocate(1, 1)[0])
    review = allowed(payment, verdict="review")
    other = allowed(asked_for())
    for warrant in (small, review, other):
        with pytest.raises(Forbidden, match="no_warrant"):
            prepare(payment, warrant)
    with pytest.raises(Conflict, match="too_old"):
        prepare(payment, late)
    assert till.calls == []


def test_a_refusing_judgement_ends_the_payment(till):
    payment = asked_for()
    allowed(payment, verdict="refuse")
    assert payment_of(payment.pk).state == P.DECLINED
    assert topics("txn.declined") == ["txn.declined"]


def test_a_card_number_is_not_taken_for_a_token(till):
    with pytest.raises(Invalid, match="bad_token"):
        asked_for(token="4111 1111 1111 1111")


def test_a_reference_names_one_payment(till):
    asked_for(reference="order-1")
    with pytest.raises(Conflict, match="reference_used"):
        asked_for(reference="order-1")


def test_a_card_is_remembered_once_and_can_be_charged_again(till):
    card = SavedInstrument("again-1", "visa", "411111", "1111", "0330", "f1")
    till.will(Outcome(Result.APPROVED, provider_ref="a", instrument=card))
    first = bought()
    saved = Instrument.objects.get()
    assert first.card.last4 == "1111"
    payment = asked_for(token="", instrument_id=saved.pk)
    attempt = prepare(payment, token="")
    assert attempt.operation == "charge_token"
    till.will(Outcome(Result.DECLINED, code=Code.EXPIRED_CARD))
    assert send_attempt(attempt_id=attempt.pk, by=HOUSE).state == "DECLINED"
    assert not Instrument.objects.get().is_usable


def test_a_shadowed_creators_sale_is_taken_but_not_counted(till):
    maya = member("maya")
    place_restriction(
        party_id=maya.party_id, kind=Kind.SHADOWED, source="tests", reason="looked at", by=HOUSE, at=clock.now()
    )
    view = bought()
    assert not view.is_counted
    assert payment_of(view).state == P.CAPTURED


def test_a_pulled_switch_stops_what_it_names_and_nothing_else(till):
    fred = actor(staff("fred"))
    attempt = prepared()
    stop_switch(key="payments.platform.boyfanz", reason="an incident", by=fred, at=clock.now())
    nearby.forget_all()
    with pytest.raises(Unavailable, match="stopped"):
        prepared()
    with pytest.raises(Unavailable, match="stopped"):
        send_attempt(attempt_id=attempt.pk, by=HOUSE)
    assert till.calls == []
    girl = {"platform_id": platform("girlfanz").pk, "fan_id": member("sue", "fan", "girlfanz").party_id,
            "creator_id": member("mia", slug="girlfanz").party_id}  # fmt: skip
    assert bought(**girl).state == "CAPTURED"


def test_a_platform_that_was_added_can_be_stopped_at_once(till):
    fred = actor(staff("fred"))
    key = "payments.platform.newfanz"
    assert key not in switches
    newest = Platform.objects.create(slug="newfanz", name="NewFanz", cluster=platform().cluster)
    nearby.forget_all()
    assert key in {line.declared.key for line in list_switches(fred)}
    wished = {"platform_id": newest.pk, "fan_id": member("sue", "fan", "newfanz").party_id,
              "creator_id": member("mia", slug="newfanz").party_id}  # fmt: skip
    assert bought(**wished).state == "CAPTURED"
    stop_switch(key=key, reason="an incident", by=fred, at=clock.now())
    nearby.forget_all()
    with pytest.raises(Unavailable, match="stopped"):
        prepared(**wished)
    switches.remove(key)


def test_a_stopped_provider_is_passed_over_and_the_reasons_stay(till, monkeypatch):
    open_account("till-first", rank=1, currencies=["EUR"])
    nearby.forget_all()
    view = bought()
    assert view.merchant == ACCOUNT
    routing = {one["merchant"]: one["why_not"] for one in payment_of(view).routing}
    assert routing == {"till-first": ["currency"], ACCOUNT: []}
    MerchantAccount.objects.update(is_open=False)
    nearby.forget_all()
    with pytest.raises(Unavailable, match="no_way") as refused:
        bought()
    assert refused.value.facts["why"] == ["closed", "currency"]
    assert Payment.objects.count() == 1


def test_the_timeline_tells_the_whole_story(till):
    view = bought()
    kinds = [entry.kind for entry in timeline(view.id)]
    assert kinds[0] == "created"
    assert {"warrant", "attempt", "journal", "moved"} <= set(kinds)
    titles = [entry.title for entry in timeline(view.id) if entry.kind == "moved"]
    assert titles == ["ROUTED", "PROCESSING", "CAPTURED"]


def test_a_program_sees_the_payments_of_its_platform_alone(till):
    view = bought()
    own = Actor(ActorKind.CLIENT, "a", platform_id=platform().pk)
    other = Actor(ActorKind.CLIENT, "b", platform_id=platform("girlfanz").pk)
    assert get_payment(view.id, own).reference == view.reference
    assert [one.id for one in list_payments(own, state="CAPTURED")] == [view.id]
    with pytest.raises(NotFound):
        get_payment(view.id, other)
    assert list_payments(other) == []
