"""Scores of creators: found from the facts, written down when they change, and found again from what was kept."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import F
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from psycopg.errors import DeadlockDetected

from foundation import clock, retry
from foundation.events.models import Outbox
from foundation.identity.models import Membership
from foundation.money import Money
from payouts.integrity import services, writing
from payouts.integrity.gathering import gather
from payouts.integrity.models import IntegrityRecord, IntegrityScore
from payouts.integrity.proof import prove_records
from payouts.integrity.rules.inputs import WORTH, Inputs
from payouts.integrity.rules.scoring import Flag, Tier, judge
from payouts.integrity.selectors import get_score, get_stats, get_tier, list_records, list_scores, recompute
from payouts.integrity.services import rescore, rescore_all
from payouts.integrity.types import TierView
from processors.facts.services import fold_all
from processors.payments.states import DisputeState
from tests.cast import member
from tests.payouts.scenes import Sold, maya, sell, taken_back

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def aged(days: int, name: str = "maya") -> None:
    member(name)
    Membership.objects.filter(external_id=name).update(joined_at=NOW - timedelta(days=days))


def many(count: int, **more: object) -> list[Sold]:
    """Sales over eighty days by many fans, of three products."""
    return [
        Sold(
            NOW - timedelta(days=n * 80 // count),
            **{"product": ("ppv", "tip", "call")[n % 3], "fan": f"f{n % 12}", **more},
        )
        for n in range(count)
    ]  # fmt: skip


def inputs_by_hand(sales: list[Sold], disputes: list[tuple[datetime, str]], age: int) -> Inputs:
    """The same as the question to the database, the slow way."""
    counted = [one for one in sales if one.is_counted]
    window = [one for one in counted if 0 <= (NOW.date() - one.at.date()).days < 90]
    sums: dict[str, int] = defaultdict(int)
    refunds: dict[str, int] = defaultdict(int)
    payers: Counter[str] = Counter()
    for one in window:
        sums[one.product] += one.minor * WORTH.get(one.currency, 0)
        refunds[one.product] += one.refunded * WORTH.get(one.currency, 0)
    for one in counted:
        if datetime(2026, 9, 1, tzinfo=UTC) <= one.at and one.at.date() <= NOW.date():
            payers[one.fan] += one.minor * WORTH.get(one.currency, 0)
    paid = [value // 10**6 for value in payers.values()]
    live = [at for at, state in disputes if state != "WON" and NOW - timedelta(days=90) < at <= NOW]
    oldest = max([age, *((NOW.date() - one.at.date()).days for one in counted)])
    return Inputs(
        age_days=oldest, sales=len(window), recent=sum((NOW.date() - one.at.date()).days < 7 for one in window),
        value=sum(value // 10**6 for value in sums.values()),
        by_product=tuple(sorted((product, value // 10**6) for product, value in sums.items())),
        refunded=sum(one.refunded > 0 for one in window),
        refunded_value=sum(value // 10**6 for value in refunds.values()),
        paid_by_all=sum(paid), paid_by_one=max(paid, default=0),
        disputes=len(live), disputes_now=sum(at > NOW - timedelta(days=7) for at in live),
    )  # fmt: skip


moments = st.integers(0, 130 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes))


@st.composite
def pasts(draw):
    minor = draw(st.integers(1, 10**9))
    return Sold(
        draw(moments), minor, draw(st.sampled_from(["ppv", "tip", "merchandise"])),
        draw(st.sampled_from(["USD", "JPY", "EUR", "BTC"])), draw(st.sampled_from(["sam", "sue", "sid"])),
        refunded=draw(st.one_of(st.just(0), st.integers(1, minor))),
        is_counted=draw(st.sampled_from([True, True, False])),
    )  # fmt: skip


class TheQuestionAndTheSlowWayAgree(TestCase):
    @settings(max_examples=10)
    @given(
        st.lists(pasts(), max_size=12),
        st.lists(st.tuples(moments, st.sampled_from(["OPENED", "WON", "LOST"])), max_size=6),
        st.integers(0, 400),
    )  # fmt: skip
    def test_whatever_was_sold_and_given_back(self, sales, disputes, age):
        aged(age)
        sell(*sales)
        uncounted = sell(*(Sold(NOW - timedelta(days=200), is_counted=False) for _ in disputes))
        for payment, (at, state) in zip(uncounted, disputes, strict=True):
            dispute = taken_back(payment, at)
            if state != "OPENED":
                type(dispute).objects.filter(pk=dispute.pk).update(state=DisputeState(state), version=F("version") + 1)
        fold_all()
        found = {known.creator_id: known.inputs for known in gather(NOW)}
        by_hand = inputs_by_hand(sales, disputes, age)
        assert found[maya()] == by_hand
        (alone,) = gather(NOW, [maya()])
        assert judge(alone.inputs) == judge(by_hand)


@pytest.mark.django_db
def test_a_creator_nobody_scored_is_scored_when_asked_for():
    member("maya")
    found = get_score(maya())
    assert 400 <= found.score <= 499
    assert (found.tier, found.reason) == (Tier.BRONZE, "asked for the first time")
    assert get_score(maya()).record_id == found.record_id
    assert list_scores([maya()]) == {maya(): found}


@pytest.mark.django_db
def test_everybody_is_scored_and_a_record_is_written_only_when_something_changed(monkeypatch):
    aged(200)
    aged(0, "mona")
    sell(*many(120))
    tries = []

    def meets_others_once(*args, **more):
        tries.append(args)
        if len(tries) == 1:
            raise OperationalError from DeadlockDetected()
        return writing.write_changes(*args, **more)

    monkeypatch.setattr(services, "write_changes", meets_others_once)
    outside = {"in_atomic_block": False, "close_if_unusable_or_obsolete": lambda: None}
    monkeypatch.setattr(retry, "connection", SimpleNamespace(**outside))
    monkeypatch.setattr(services, "connection", SimpleNamespace(**outside, cursor=connection.cursor))
    first = rescore_all(reason="the hour", at=NOW)
    assert len(tries) == 2
    assert (first.looked_at, first.changed) == (2, 2)
    assert get_score(maya()).tier == Tier.GOLD
    again = rescore_all(reason="the hour", at=NOW)
    assert (again.looked_at, again.changed) == (2, 0)
    assert IntegrityRecord.objects.count() == 2


@pytest.mark.django_db
def test_chargebacks_lower_the_score_at_once_raise_a_flag_and_are_news():
    aged(200)
    payments = sell(*many(120))
    rescore_all(reason="the hour", at=NOW)
    before = get_score(maya())
    for payment in payments[:5]:
        taken_back(payment, NOW - timedelta(hours=1))

    assert rescore([maya()], reason="txn.dispute", at=NOW).flagged == 1

    now = get_score(maya())
    assert now.component("chargeback_exposure") < 30 < before.component("chargeback_exposure")
    assert now.flags == (Flag.CHARGEBACK_SPIKE,)
    news = Outbox.objects.get(type="integrity.changed").payload
    assert (news["flags"], news["flags_before"], news["reason"]) == (["CHARGEBACK_SPIKE"], [], "txn.dispute")
    assert [one.score for one in list_records(maya())] == [now.score, before.score]


@pytest.mark.django_db
def test_a_won_dispute_is_not_held_against_anybody():
    aged(200)
    payments = sell(*many(120))
    rescore_all(reason="the hour", at=NOW)
    best = get_score(maya()).score
    dispute = taken_back(payments[0], NOW)
    rescore([maya()], reason="txn.dispute", at=NOW)
    assert get_score(maya()).score < best
    type(dispute).objects.filter(pk=dispute.pk).update(state=DisputeState.WON, version=F("version") + 1)
    rescore([maya()], reason="txn.dispute_closed", at=NOW)
    assert get_score(maya()).score == best


@pytest.mark.django_db
def test_every_past_score_is_found_again_from_its_record():
    aged(20)
    for n in range(6):
        made = sell(*many(10 + n, refunded=100 * (n % 3)))
        taken_back(made[0], NOW)
        rescore_all(reason="the hour", at=NOW)
    records = list_records(maya())
    assert len(records) >= 4
    for record in records:
        again = recompute(record)
        assert (again.score, again.in_words(), again.flags) == (record.score, record.components, record.flags)
    proof = prove_records()
    assert (proof.records, proof.wrong) == (len(records), 0)


@pytest.mark.django_db
def test_a_record_never_changes_and_a_forged_one_is_found():
    member("maya")
    found = get_score(maya())
    with pytest.raises(DatabaseError), transaction.atomic():
        IntegrityRecord.objects.update(score=1000)
    forged = IntegrityRecord.objects.get(pk=found.record_id)
    forged.pk, forged.score = maya(), 999
    forged.save(force_insert=True)
    assert prove_records().first_wrong == (forged.pk,)


@pytest.mark.django_db
def test_an_older_look_is_not_written_over_a_newer_one():
    aged(100)
    payments = sell(*many(60))
    rescore_all(reason="the hour", at=NOW)
    (older,) = gather(NOW, [maya()])
    taken_back(payments[0], NOW)
    rescore([maya()], reason="txn.dispute", at=NOW)
    assert writing.write_changes([(older, judge(older.inputs))], reason="the hour", at=NOW) == (0, 0)
    assert get_score(maya()).reason == "txn.dispute"


@pytest.mark.django_db
def test_stats_name_products_refunds_and_what_banks_took():
    aged(200)
    sales = [Sold(NOW, 10_00, "tip"), Sold(NOW - timedelta(days=40), 5_00, refunded=2_00),
             Sold(NOW - timedelta(days=100), 1_00), Sold(NOW, 700, "call", "EUR")]  # fmt: skip
    made = sell(*sales)
    taken_back(made[0], NOW)
    fold_all()
    euros, dollars = get_stats(maya(), at=NOW)
    assert (euros.currency, euros.total, euros.chargebacks) == ("EUR", Money(700, "EUR"), Money(0, "EUR"))
    assert dollars.by_product == {"ppv": Money(600, "USD"), "tip": Money(1000, "USD")}
    assert [dollars.total.minor, dollars.refunds.minor, dollars.chargebacks.minor] == [1600, 200, 1000]
    assert [dollars.last_30_days.minor, dollars.last_90_days.minor] == [1000, 1500]


@pytest.mark.django_db
def test_a_creator_sees_a_tier_and_the_way_up_and_no_number():
    aged(100)
    sell(*many(60))
    rescore_all(reason="the hour", at=NOW)
    shown = get_tier(maya())
    assert shown.tier in Tier
    assert set(TierView.__dataclass_fields__) == {"tier", "next_tier", "since", "helps"}
    assert not any(isinstance(getattr(shown, name), int | float) for name in TierView.__dataclass_fields__)


@pytest.mark.django_db
def test_the_score_that_stands_is_the_newest_record():
    member("maya")
    get_score(maya())
    row = IntegrityScore.objects.select_related("record").get()
    assert (row.score, row.level) == (row.record.score, row.record.level)
    assert row.record.at <= clock.now()
