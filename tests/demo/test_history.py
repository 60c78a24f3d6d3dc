"""The demo's past is written in bulk, and nobody can tell it from what the services write one by one."""

from datetime import timedelta

import pytest
from django.db import transaction

from fanzmoney.demo.history import days
from fanzmoney.demo.history.aftermath import write_aftermath
from fanzmoney.demo.history.charges import write_charges
from fanzmoney.demo.history.memory import remind
from fanzmoney.demo.history.plan import Planned, Refused, plan_day
from fanzmoney.demo.merchants import seed_merchants
from fanzmoney.demo.people import DEMO
from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict
from foundation.events import publish
from foundation.events.models import Outbox
from foundation.hooks.queueing import GROUP as HOOKS
from foundation.ids import uuid7
from foundation.inbox.selectors import unaccounted
from foundation.money import Money
from foundation.states import move_all
from ledger.selectors import get_trial_balance, list_journal
from ledger.verification.report import verify
from processors.gateways.types import Code
from processors.payments.events import CaptureUndone
from processors.payments.giving_back import Refund
from processors.payments.models import Payment
from processors.payments.services import create_payment, prepare_attempt, repair_refund, send_attempt, send_refund
from processors.payments.types import Wish
from processors.payments.views import view_of
from tests.cast import member, platform
from trust.charges import warrant_charge
from trust.models import TrustDecision
from trust.refunds import ask_refund

pytestmark = pytest.mark.django_db
OF_ITS_OWN = {
    "id", "_state", "reference", "created_at", "captured_at", "expires_at", "sale_journal", "payment_id", "warrant_id",
    "provider_ref", "sent_at", "answered_at", "latency_ms", "raw", "granted_at", "at", "latency_us", "instrument_id",
    "provider_text",
}  # fmt: skip


@pytest.fixture
def sam_and_maya():
    seed_merchants()
    return member("sam", "fan").party_id, member("maya").party_id


def planned(people, at, **more):
    fan_id, creator_id = people
    return Planned(
        **{
            "at": at, "platform_id": platform().pk,
            "number": 1, "reference": f"past-{uuid7()}", "fan_id": fan_id, "creator_id": creator_id,
            "device": "phone-1", "product": "ppv", "amount": Money(19_99, "USD"), "is_coins": False, **more,
        }
    )  # fmt: skip


def bought(people, token):
    """The same, one by one and over the wire."""
    fan_id, creator_id = people
    at, amount, there = clock.now(), Money(19_99, "USD"), platform().pk
    wish = Wish(
        platform_id=there, fan_id=fan_id, creator_id=creator_id, reference=f"now-{uuid7()}", product="ppv",
        amount=amount, token=token, device="phone-1",
    )  # fmt: skip
    features = {
        "product": "ppv", "method": "card", "coin": "", "is_saved_card": False, "is_recurring": False,
        "has_device": True, "has_address": False,
    }  # fmt: skip
    with transaction.atomic():
        payment = create_payment(wish=wish, by=DEMO, at=at)
        warranted = warrant_charge(
            payment_id=payment.pk, platform_id=there, fan_id=fan_id, creator_id=creator_id, amount=amount, card="",
            device="phone-1", features=features, by=DEMO, at=at,
        )  # fmt: skip
        attempt = prepare_attempt(payment_id=payment.pk, warrant_id=warranted.warrant_id, token=token, by=DEMO, at=at)
    send_attempt(attempt_id=attempt.pk, by=DEMO)
    return Payment.objects.get(pk=payment.pk)


def written(people, **more):
    with transaction.atomic():
        ((_, payment),) = write_charges([planned(people, clock.now() - timedelta(days=3), **more)])
    return Payment.objects.get(pk=payment.pk)


def plain(row):
    return {name: value for name, value in vars(row).items() if name not in OF_ITS_OWN and not name.startswith("_")}


def everything_of(payment):
    """All a payment left behind, without what is its own."""
    attempt, warrant = payment.attempts.get(), payment.warrants.get()
    names = {str(payment.pk): "payment", str(attempt.pk): "attempt"}
    records = AuditRecord.objects.filter(subject_id__in=list(names)).order_by("id")
    moves = [
        (r.action, names[r.subject_id], r.facts["before"], r.facts["after"], r.facts["version"], r.actor,
         r.platform_id, sorted(r.facts))
        for r in records
    ]  # fmt: skip
    news = Outbox.objects.filter(aggregate_id=str(payment.pk)).order_by("id")
    own = {"payment_id", "captured_at"}
    told = [
        (n.type, n.stream, n.sequence, n.platform_id, {k: v for k, v in n.payload.items() if k not in own})
        for n in news
    ]  # fmt: skip
    legs = [(leg.kind, leg.amount, leg.debit, leg.credit, sorted(leg.meta or {})) for leg in _legs(payment)]
    rows = plain(payment), plain(attempt), plain(warrant), plain(TrustDecision.objects.get(payment_id=payment.pk))
    return rows, sorted(moves), told, legs


def _legs(payment):
    return list_journal(payment.pk) if payment.sale_journal else []


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_charge_of_the_past_is_the_very_same_as_one_of_today(gateways, sam_and_maya, is_refused):
    token = f"testtoken{'decline24x' if is_refused else 'approved'}{uuid7().hex}"
    today = bought(sam_and_maya, token)
    more = {"refused": Refused(Code.DO_NOT_HONOR, "24", "x")} if is_refused else {}
    past = written(sam_and_maya, **more)

    assert today.state == ("DECLINED" if is_refused else "CAPTURED")
    for one, other in zip(everything_of(past), everything_of(today), strict=True):
        assert one == other
    assert set(past.attempts.get().raw) <= set(today.attempts.get().raw)
    if not is_refused:
        assert {leg.effective_at for leg in list_journal(past.pk)} == {past.captured_at}


def test_coins_of_the_past_waited_for_the_fan(sam_and_maya):
    past = written(sam_and_maya, is_coins=True)
    attempt = past.attempts.get()
    assert (past.state, attempt.state, attempt.operation) == ("CAPTURED", "REPAIRED", "redirect")
    topics = Outbox.objects.filter(aggregate_id=str(past.pk)).order_by("id").values_list("type", flat=True)
    assert list(topics) == ["txn.action_required", "txn.auth", "txn.capture"]


def test_a_first_month_of_the_past_runs_on(sam_and_maya):
    at = clock.now() - timedelta(days=3)
    one = planned(sam_and_maya, at, product="subscription", is_monthly=True)
    with transaction.atomic():
        made = write_charges([one])
        write_aftermath(made, until=clock.now())
    payment = Payment.objects.get()
    agreed = payment.subscription
    assert (agreed.state, agreed.billed_by, agreed.provider_ref) == (
        "ACTIVE", "provider", payment.attempts.get().provider_ref,
    )  # fmt: skip
    assert agreed.paid_until == payment.captured_at + timedelta(days=30)
    assert Outbox.objects.filter(aggregate_id=str(agreed.pk)).get().type == "subscription.started"


def test_a_week_is_written_once_and_the_books_are_sound(sam_and_maya, monkeypatch):
    for slug in ("boyfanz", "girlfanz"):
        member("f00001", "fan", slug=slug)
        member("f00002", "fan", slug=slug)
        member("c00001", slug=slug)

    came = days.write_week()

    assert came == Payment.objects.count() > 150
    assert days.write_week() == 0
    assert Payment.objects.filter(state="DECLINED").exists()
    assert Payment.objects.filter(subscription__state="ACTIVE").exists()
    assert Refund.objects.filter(state="SUCCEEDED").exists()
    assert set(Payment.objects.values_list("state", flat=True)) <= {"CAPTURED", "DECLINED"}
    assert not Payment.objects.filter(created_at__gt=clock.now()).exists()
    assert unaccounted(HOOKS) == [], "no platform is told of the past"
    one = Payment.objects.filter(state="CAPTURED").first()
    with transaction.atomic():
        told = publish(CaptureUndone(one.pk, one.platform_id, one.amount_minor, one.currency), key=one)
    assert unaccounted(HOOKS) == [told], "but of what happens to it from now on"
    assert get_trial_balance().is_balanced
    assert verify().findings == []


def test_who_came_by_themselves_has_no_past(sam_and_maya):
    own = {member("f00001", "fan").party_id, member("c00001").party_id}
    for name in ("f-today", "f00041", "fan7"):
        member(name, "fan")
    for name in ("c-today", "c00011"):
        member(name)

    days.write_week()

    paid = Payment.objects.values_list("fan_id", "creator_id").distinct()
    assert {party for pair in paid for party in pair} == own


def test_the_rest_comes_day_by_day_and_says_how_far_it_is(sam_and_maya, monkeypatch):
    monkeypatch.setattr(days, "DAYS", 10)
    member("f00001", "fan")
    member("c00001")
    told = [days.write_next_day() for _ in range(4)]
    assert [(one["done"], one["of"]) for one in told] == [(8, 10), (9, 10), (10, 10), (10, 10)]
    assert [bool(one["payments"]) for one in told] == [True, True, True, False]
    assert not Payment.objects.filter(created_at__date__gte=clock.now() - timedelta(days=7)).exists()


def test_a_plan_is_the_same_at_every_start_and_ends_where_it_has_to():
    fans, creators, until = [uuid7() for _ in range(9)], [uuid7()], clock.now()
    day = (until - timedelta(days=1)).date()
    there = uuid7()
    plan = plan_day("boyfanz", there, day, fans=fans, creators=creators, until=until)
    assert plan == plan_day("boyfanz", there, day, fans=fans, creators=creators, until=until)
    assert all(one.at.date() == day and one.at < until for one in plan)
    assert all(one.given_back.at < until for one in plan if one.given_back)
    assert [one.number for one in plan] == list(range(1, len(plan) + 1))


def test_rows_move_together_or_not_at_all(sam_and_maya):
    with transaction.atomic():
        ((_, one),) = write_charges([planned(sam_and_maya, clock.now())])
    with transaction.atomic(), pytest.raises(Conflict):
        move_all([one], to="CREATED", by=DEMO, at=lambda row: row.created_at)


def test_the_played_provider_is_told_what_it_sold_before_it_started(gateways, sam_and_maya, settings):
    assert remind() == 0
    settings.IS_DEMO, settings.SANDBOX_URL = True, gateways.base
    past, refused = written(sam_and_maya), written(sam_and_maya, refused=Refused(Code.DO_NOT_HONOR, "24", "x"))

    assert remind(day=past.created_at.date()) == 1
    refund = ask_refund(payment=view_of(past), amount=Money(5_00, "USD"), reason="late", by=DEMO, at=clock.now())

    assert send_refund(refund_id=refund.pk, by=DEMO).state == "SUCCEEDED"
    assert refused.attempts.get().provider_ref == ""


def test_the_played_bitpay_gives_back_what_was_paid_before_it_started(gateways, sam_and_maya, settings):
    settings.IS_DEMO, settings.SANDBOX_URL = True, gateways.base
    past = written(sam_and_maya, is_coins=True)
    assert past.attempts.get().provider == "bitpay"
    assert remind(day=past.created_at.date()) >= 1

    for left in (5_00, 14_99):
        refund = ask_refund(payment=view_of(past), amount=Money(left, "USD"), reason="late", by=DEMO, at=clock.now())
        given = send_refund(refund_id=refund.pk, by=DEMO)
        assert given.state == "PENDING", given
        (played,) = [one for one in gateways.control.book("bitpay")["refunds"] if one["guid"] == refund.reference]
        gateways.control.ask("/_sandbox/bitpay/refunds", {"refund": played["id"], "do": "success"})
        assert repair_refund(refund_id=refund.pk, by=DEMO).state == "SUCCEEDED"
        past.refresh_from_db()
    assert not past.refundable
