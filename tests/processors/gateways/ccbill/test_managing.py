"""Refunds, voids and the end of rebills at the played DataLink, and what is asked of it afterwards."""

from datetime import UTC, datetime, timedelta

import pytest

from foundation.ids import uuid7
from foundation.money import Money
from processors.gateways.types import Code, EventKind, ProviderEvent, Recurring, Ref, RefundRequest, Result

K = EventKind
DAY = 86_400
MONTHLY = Recurring(Money(15_00, "USD"), 30)


def give_back(played, charge, minor=None):
    amount = Money(minor, "USD") if minor else charge.amount
    asked = RefundRequest(uuid7().hex, charge, amount, is_whole=minor is None)
    return asked, played.gateway.refund(played.merchant, asked)


def sale_of(played, charge):
    return played.sales(charge.reference)[0]


def refund_ref(asked, **more):
    return Ref(asked.reference, amount=asked.amount, **{"sent_at": datetime.now(UTC), **more})


def on(charge, **more):
    return Ref(charge.reference, charge.provider_ref, token=charge.token, amount=charge.amount, **more)


def told(kind, charge, **more):
    named = {"provider_ref": "4711", "subscription_ref": charge.provider_ref, "amount": charge.amount, **more}
    return ProviderEvent(key="k", kind=kind, **named)


def confirmed(played, event, charge):
    return played.gateway.confirm(played.merchant, event, charge).result


def test_a_part_and_then_the_rest_go_back_and_never_more(played):
    charge = played.bought(20_00)

    asked, first = give_back(played, charge, 5_50)
    assert (first.result, first.reference) == (Result.APPROVED, asked.reference)
    assert sale_of(played, charge)["refunded"] == "5.50"
    _, too_much = give_back(played, charge, 15_00)
    assert (too_much.result, too_much.code, too_much.provider_code) == (Result.DECLINED, Code.NOT_REFUNDABLE, "-11")
    assert give_back(played, charge, 14_50)[1].result is Result.APPROVED
    assert sale_of(played, charge)["refunded"] == "20.00"


def test_the_whole_goes_back_without_an_amount(played):
    charge = played.bought(20_00)
    assert give_back(played, charge)[1].result is Result.APPROVED
    assert sale_of(played, charge)["refunded"] == "20.00"


@pytest.mark.parametrize(("fault", "is_done"), [("close_after", True), ("half_body", True), ("close_before", False)])
def test_a_refund_whose_answer_is_lost_is_counted(played, fault, is_done):
    charge = played.bought(20_00)
    give_back(played, charge, 1_00)
    played.fault("refund", fault)
    asked, outcome = give_back(played, charge, 5_00)
    assert outcome.result is Result.UNKNOWN

    def ask(**more):
        return played.gateway.refund_status(played.merchant, refund_ref(asked, **more), charge).result

    early, late = datetime.now(UTC), datetime.now(UTC) - timedelta(minutes=5)
    assert ask(sent_at=late, told_before=1) is (Result.APPROVED if is_done else Result.NOT_SENT)
    assert ask(sent_at=early, told_before=1) is (Result.APPROVED if is_done else Result.UNKNOWN)
    assert ask(sent_at=late, told_before=None) is Result.UNKNOWN
    assert ask(sent_at=late, told_before=1, under_way=2) is (Result.UNKNOWN if is_done else Result.NOT_SENT)


def test_a_void_undoes_the_sale_and_is_counted_apart_from_refunds(played):
    charge = played.bought(20_00)
    outcome = played.gateway.void(played.merchant, charge, "void-1")
    assert (outcome.result, outcome.reference) == (Result.APPROVED, "void-1")
    assert sale_of(played, charge)["voided"]
    late = datetime.now(UTC) - timedelta(minutes=5)

    def ask(is_void):
        asked = Ref("void-1", sent_at=late, told_before=0, is_void=is_void)
        return played.gateway.refund_status(played.merchant, asked, charge).result

    assert (ask(True), ask(False)) == (Result.APPROVED, Result.NOT_SENT)


def test_after_a_day_only_a_refund_is_left(played):
    charge = played.bought(20_00)
    played.world.control.clock(2 * DAY)
    assert played.gateway.void(played.merchant, charge, "void-2").code is Code.NOT_REFUNDABLE
    assert give_back(played, charge)[1].result is Result.APPROVED


def test_a_wrong_login_changes_nothing_and_a_lock_says_for_how_long(played):
    charge = played.bought(20_00)
    secrets = {**played.merchant.secrets, "datalink_password": "not ours"}
    wrong = played.merchant.__class__("ccbill-wrong", "ccbill", played.merchant.settings, secrets)
    played.world.control.clock(100 * DAY)  # where nobody locked the account
    asked = RefundRequest("r-1", charge, charge.amount, is_whole=True)
    said = [played.gateway.refund(wrong, asked) for _ in range(4)]
    assert [one.code for one in said] == [Code.CONFIG_ERROR] * 3 + [Code.MERCHANT_LIMIT]
    assert (said[3].provider_code, said[3].retry_after_seconds) == ("-12", 3_600)
    assert sale_of(played, charge)["refunded"] in ("0", "0.00")
    played.world.control.clock(101 * DAY)
    assert give_back(played, charge)[1].result is Result.APPROVED
    assert "not ours" not in str(said)


def test_rebills_end_once_and_again_is_as_good(played):
    asked, outcome = played.charge(recurring=MONTHLY)
    for _ in range(2):
        assert played.gateway.cancel_rebill(played.merchant, outcome.subscription_ref).result is Result.APPROVED
    played.world.control.clock(31 * DAY)
    assert len(played.sales(asked.reference)) == 1


def test_the_end_of_an_unknown_subscription_is_refused(played):
    assert played.gateway.cancel_rebill(played.merchant, "123").result is Result.DECLINED


def test_the_first_charge_of_a_subscription_is_refunded_and_not_its_rebill(played):
    asked, outcome = played.charge(20_00, recurring=MONTHLY)
    number = outcome.provider_ref
    charge = Ref(asked.reference, number, amount=asked.amount, sent_at=datetime.now(UTC), subscription_ref=number)
    assert give_back(played, charge, 1_00)[1].result is Result.APPROVED
    played.world.control.clock(31 * DAY)

    assert give_back(played, charge, 2_00)[1].result is Result.APPROVED

    first = next(sale for sale in played.sales(asked.reference) if sale["kind"] == "UpSale")
    assert first["refunded"] == "3.00"


def test_where_no_report_names_the_first_charge_nothing_is_sent(played):
    played.world.control.ask("/_sandbox/ccbill/settings", {"report_minutes": 60})
    asked, outcome = played.charge(20_00, recurring=MONTHLY)
    number = outcome.provider_ref
    played.world.control.clock(31 * DAY)
    played.fault("report", "http_500")
    charge = Ref(asked.reference, number, amount=asked.amount, sent_at=datetime.now(UTC), subscription_ref=number)
    _, outcome = give_back(played, charge)
    assert (outcome.result, outcome.code) == (Result.NOT_SENT, Code.NOT_REFUNDABLE)
    assert {sale["refunded"] for sale in played.sales(asked.reference)} <= {"0", "0.00"}


def act(played, charge, do, **more):
    played.world.control.ask("/_sandbox/ccbill/sales", {"transaction": charge.provider_ref, "do": do, **more})


def test_what_nobody_signed_is_believed_only_as_often_as_datalink_counts_it(played):
    charge = played.bought(20_00)

    def ask(kind, known):
        return confirmed(played, told(kind, charge), on(charge, told_before=known))

    for kind in (K.REFUNDED, K.VOIDED, K.CHARGEBACK):
        assert ask(kind, 0) is Result.UNKNOWN  # no report shows it
    act(played, charge, "refund", amount="4.00")
    act(played, charge, "chargeback")
    assert (ask(K.REFUNDED, 0), ask(K.REFUNDED, 1)) == (Result.APPROVED, Result.UNKNOWN)
    assert (ask(K.CHARGEBACK, 0), ask(K.CHARGEBACK, 1)) == (Result.APPROVED, Result.UNKNOWN)
    assert ask(K.VOIDED, 0) is Result.UNKNOWN
    assert ask(K.OTHER, 0) is Result.UNKNOWN


def test_a_returned_debit_is_confirmed_by_the_report_with_its_amount(played):
    charge = played.bought(20_00)
    act(played, charge, "return")
    sale = sale_of(played, charge)
    event = told(K.CHARGEBACK, charge, provider_ref=sale["transaction_id"], occurred_at=datetime.now(UTC))
    outcome = played.gateway.confirm(played.merchant, event, on(charge, told_before=0))
    assert (outcome.result, outcome.amount) == (Result.APPROVED, charge.amount)


def test_the_end_of_a_subscription_is_confirmed(played):
    _, outcome = played.charge(recurring=MONTHLY)
    charge = Ref("r", outcome.provider_ref, amount=Money(20_00, "USD"))

    def ask(kind):
        return confirmed(played, told(kind, charge), on(charge, told_before=0))

    assert (ask(K.SUBSCRIPTION_CANCELLED), ask(K.SUBSCRIPTION_EXPIRED)) == (Result.NOT_SENT, Result.NOT_SENT)
    played.gateway.cancel_rebill(played.merchant, outcome.subscription_ref)
    assert ask(K.SUBSCRIPTION_CANCELLED) is Result.APPROVED
    played.world.control.clock(31 * DAY)
    assert ask(K.SUBSCRIPTION_EXPIRED) is Result.APPROVED


def test_of_a_subscription_nobody_knows_nothing_is_true(played):
    charge = Ref("r", "123", amount=Money(20_00, "USD"))
    outcome = played.gateway.confirm(played.merchant, told(K.REFUNDED, charge), on(charge, told_before=0))
    assert outcome.result is Result.NOT_SENT


def test_a_charge_that_somebody_tells_of_is_looked_up_by_its_token(played):
    charge = played.bought(20_00)

    def ask(kind, number):
        return confirmed(played, told(kind, charge, provider_ref=number), on(charge))

    assert ask(K.CHARGED, charge.provider_ref) is Result.APPROVED
    assert ask(K.CHARGED, "4711") is Result.NOT_SENT
    assert ask(K.DECLINED, "4711") is Result.UNKNOWN
