"""Decisions over real rows: counts, windows, restrictions, and many at once."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import psycopg
import pytest
from django.db import connection, transaction

from foundation import clock
from foundation.errors import Unavailable
from foundation.ids import named_id, uuid7
from foundation.money import Money
from foundation.restrictions.selectors import nearby as restrictions
from foundation.restrictions.services import place_restriction
from foundation.restrictions.types import Kind
from tests.cast import HOUSE, member, platform
from tests.ledger.books import as_owner
from tests.trust.stories import agreed, charge, judged_here
from trust import selectors
from trust.judging import judge
from trust.models import TrustDecision, TrustTally
from trust.types import Act, Verdict

pytestmark = pytest.mark.django_db


def verdicts(times, **changes):
    return [judged_here(**changes).verdict for _ in range(times)]


def test_the_seeded_limits_allow_an_everyday_payment_and_say_by_which_policy():
    made = judged_here(1_299, features=(("ip", "203.0.113.9"),))

    row = TrustDecision.objects.get(pk=made.id)
    assert (made.verdict, made.reasons, made.is_counted) == (Verdict.ALLOW, (), True)
    assert (row.amount_minor, row.currency, row.policy, row.features) == (
        1_299, "USD", made.policy, {"ip": "203.0.113.9"},
    )  # fmt: skip
    assert made.policy.startswith("limits.")
    assert 0 <= row.latency_us < 5_000_000


def test_large_amounts_wait_for_a_person_and_larger_ones_are_refused():
    assert judged_here(50_000).verdict is Verdict.ALLOW
    assert judged_here(50_001).verdict is Verdict.REVIEW
    assert judged_here(500_001).verdict is Verdict.REFUSE
    assert judged_here(amount=Money(500, "MXN")).verdict is Verdict.REVIEW


def test_a_window_slides_and_refused_ones_do_not_count():
    agreed(most_count=2)
    now = clock.now() + timedelta(seconds=1)
    clock_at = [now, now + timedelta(minutes=10), now + timedelta(minutes=20), now + timedelta(minutes=60)]
    assert [judged_here(at=at).verdict for at in clock_at] == [
        Verdict.ALLOW, Verdict.ALLOW, Verdict.REFUSE, Verdict.ALLOW,
    ]  # fmt: skip
    assert judged_here(at=clock_at[-1], fan=named_id("another")).verdict is Verdict.ALLOW


def test_cards_and_devices_are_counted_over_all_fans():
    agreed(name="card-hour", subject="card", most_count=1)
    agreed(name="device-hour", subject="device", most_count=2)
    fans = [named_id("fan", number) for number in range(3)]

    assert [judged_here(fan=fan, card="c1").verdict for fan in fans[:2]] == [Verdict.ALLOW, Verdict.REFUSE]
    assert [judged_here(fan=fan, device="d1").verdict for fan in fans] == [
        Verdict.ALLOW, Verdict.ALLOW, Verdict.REFUSE,
    ]  # fmt: skip
    assert verdicts(3, card="", device="") == [Verdict.ALLOW] * 3


def test_a_platform_is_summed_by_the_minute_and_alone():
    agreed(name="boy-hour", subject="platform", platform_id=str(platform().pk), most_count=2)
    there = platform("girlfanz").pk

    assert verdicts(3) == [Verdict.ALLOW, Verdict.ALLOW, Verdict.REFUSE]
    assert verdicts(3, platform_id=there) == [Verdict.ALLOW] * 3
    assert TrustTally.objects.get(who=str(platform().pk), currency="USD").count == 2
    assert judged_here(at=clock.now() + timedelta(hours=1, minutes=2)).verdict is Verdict.ALLOW


def test_a_limit_of_one_platform_counts_only_there():
    agreed(name="fan-here", platform_id=str(platform().pk), most_count=1)
    assert verdicts(2, platform_id=platform("girlfanz").pk) == [Verdict.ALLOW] * 2
    assert verdicts(2) == [Verdict.ALLOW, Verdict.REFUSE]


def test_a_lifted_limit_bounds_nothing():
    agreed(most_count=1)
    agreed(most_count=-1)
    assert verdicts(3) == [Verdict.ALLOW] * 3


def restrict(whose, kind):
    far = clock.now() + timedelta(days=9)
    place_restriction(
        party_id=whose.party_id, kind=kind, source="tests", reason="A story", by=HOUSE, at=clock.now(),
        active_until=far, platform_id=platform().pk,
    )  # fmt: skip
    restrictions.forget()


def test_restrictions_of_both_sides_are_heard():
    sam, maya = member("sam", "fan"), member("maya")
    people = {"fan": sam.party_id, "creator_id": maya.party_id}

    restrict(maya, Kind.SHADOWED)
    shadowed = judged_here(**people)
    restrict(sam, Kind.STRICT_LIMITS)
    strict = judged_here(3_001, **people)
    restrict(maya, Kind.SUSPENDED)
    suspended = judged_here(**people)
    elsewhere = judged_here(platform_id=platform("girlfanz").pk, **people)

    assert (shadowed.verdict, shadowed.is_counted) == (Verdict.ALLOW, False)
    assert (strict.verdict, [r.code for r in strict.reasons]) == (
        Verdict.REFUSE, ["creator.shadowed", "fan.strict_limits", "limit.amount"],
    )  # fmt: skip
    assert (suspended.verdict, "creator.suspended" in {r.code for r in suspended.reasons}) == (Verdict.REFUSE, True)
    assert (elsewhere.verdict, elsewhere.is_counted) == (Verdict.ALLOW, True)


def test_small_refunds_go_through_and_larger_or_many_wait_for_a_person():
    assert judged_here(5_000, act=Act.REFUND).verdict is Verdict.ALLOW
    assert judged_here(5_001, act=Act.REFUND).verdict is Verdict.REVIEW
    fan = named_id("returns everything")
    assert verdicts(6, fan=fan, act=Act.REFUND) == [Verdict.ALLOW] * 5 + [Verdict.REVIEW]
    assert judged_here(fan=fan).verdict is Verdict.ALLOW


def test_what_cannot_be_judged_is_not_charged(monkeypatch):
    def cannot():
        raise selectors.CannotBeRead

    monkeypatch.setattr(selectors.nearby, "get", cannot)
    with pytest.raises(Unavailable):
        judged_here()


@pytest.mark.django_db(transaction=True)
def test_a_judgement_belongs_to_the_transaction_of_what_it_allows():
    with pytest.raises(RuntimeError):
        judge(charge(platform_id=platform().pk), by=HOUSE, at=clock.now())
    assert not TrustDecision.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_decisions_are_written_once():
    judged_here()
    for statement in ("UPDATE trust_decision SET verdict = 'refuse'", "DELETE FROM trust_decision"):
        with as_owner() as owner, pytest.raises(psycopg.Error):
            owner.execute(statement.encode())
    assert TrustDecision.objects.get().verdict == Verdict.ALLOW


THREADS = int(os.environ.get("RACE_THREADS", "50"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("capped", "same"),
    [
        ({"subject": "fan", "most_count": 7}, {}),
        ({"subject": "fan", "most_count": -1, "most_minor": 7_999, "currency": "USD"}, {}),
        ({"subject": "card", "most_count": 7}, {"card": "c1"}),
        ({"subject": "device", "most_count": 7}, {"device": "d1"}),
        ({"subject": "platform", "most_count": 7}, {}),
        ({"subject": "all", "most_count": 7}, {}),
    ],
)
def test_parallel_charges_cannot_pass_a_limit_together(capped, same):
    agreed(name="the-cap", **capped)
    start, at, here = Barrier(THREADS), clock.now(), platform().pk

    def run(_):
        try:
            start.wait()
            told = {"platform_id": here, **same}
            if capped["subject"] != "fan":
                told["fan"] = uuid7()
            return judged_here(at=at, **told).verdict
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as threads:
        answers = list(threads.map(run, range(THREADS)))

    assert answers.count(Verdict.ALLOW) == 7
    assert answers.count(Verdict.REFUSE) == THREADS - 7
    assert TrustDecision.objects.filter(verdict="allow").count() == 7


def test_tried_again_elsewhere_it_counts_once_for_what_comes_after():
    agreed(most_count=2)
    payment = uuid7()
    with transaction.atomic():
        tried = charge(platform_id=platform().pk, fan_id=named_id("sam"), payment_id=payment)
        judge(tried, by=HOUSE, at=clock.now())
        judge(tried, by=HOUSE, at=clock.now(), is_again=True)
    assert judged_here().verdict is Verdict.ALLOW
