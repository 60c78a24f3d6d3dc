"""Limits as pure decisions."""

from datetime import timedelta

import pytest

from foundation.errors import Conflict, Invalid
from foundation.ids import named_id
from foundation.money import Money
from tests.trust.stories import NOON, charge, limit, usd
from trust.rules.limits import check_limit, decide, in_force, policy_at, that_apply
from trust.types import Act, Standing, Subject, Use, Verdict
from trust.words import bound_in_words, limit_in_words

ONE = limit("one-large", subject=Subject.ALL, window_seconds=0, currency="USD", most_minor=50_000)
NOTHING_KNOWN = Standing()


def word(judged, *limits, standing=NOTHING_KNOWN, **uses):
    verdict, reasons = decide(judged, [ONE, *limits], uses, standing)
    return verdict, [reason.code for reason in reasons]


def test_the_last_that_fits_is_allowed_and_the_next_is_not():
    hourly = limit(most_count=3)
    assert word(charge(), hourly, **{"fan-hour": Use(2, 0)}) == (Verdict.ALLOW, [])
    assert word(charge(), hourly, **{"fan-hour": Use(3, 0)}) == (Verdict.REFUSE, ["limit.count"])


def test_an_amount_counts_to_the_last_cent():
    daily = limit("day", currency="USD", most_minor=10_000)
    assert word(charge(1_000), daily, day=Use(9, 9_000)) == (Verdict.ALLOW, [])
    assert word(charge(1_001), daily, day=Use(9, 9_000)) == (Verdict.REFUSE, ["limit.amount"])


def test_the_most_severe_word_holds_and_every_cause_is_told():
    soft = limit("soft", verdict=Verdict.REVIEW, most_count=1)
    hard = limit("hard", most_count=2)
    uses = {"soft": Use(2, 0), "hard": Use(2, 0)}
    verdict, reasons = decide(charge(60_000), [ONE, soft, hard], uses, Standing())
    assert verdict is Verdict.REFUSE
    assert [reason.as_dict() for reason in reasons] == [
        {
            "code": "limit.amount", "verdict": "refuse", "limit": "one-large", "version": 1, "window_seconds": 0,
            "most_minor": 50_000, "found_minor": 60_000, "currency": "USD",
        },
        {"code": "limit.count", "verdict": "review", "limit": "soft", "version": 1, "window_seconds": 3600, "most": 1,
         "found": 3},
        {"code": "limit.count", "verdict": "refuse", "limit": "hard", "version": 1, "window_seconds": 3600, "most": 2,
         "found": 3},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (Standing(is_fan_suspended=True), (Verdict.REFUSE, ["fan.suspended"])),
        (Standing(is_creator_suspended=True), (Verdict.REFUSE, ["creator.suspended"])),
        (Standing(is_creator_shadowed=True), (Verdict.ALLOW, ["creator.shadowed"])),
        (Standing(is_strict=True), (Verdict.ALLOW, ["fan.strict_limits"])),
    ],
)
def test_people_who_may_not_are_refused(standing, expected):
    assert word(charge(), standing=standing) == expected


def test_a_refund_is_not_kept_from_a_suspended_fan():
    everyone = limit("refund-large", act=Act.REFUND, window_seconds=0, currency="USD", most_minor=50_000)
    verdict, reasons = decide(charge(act=Act.REFUND), [everyone], {}, Standing(is_fan_suspended=True))
    assert (verdict, reasons) == (Verdict.ALLOW, ())


def test_a_currency_nobody_bounded_is_looked_at():
    verdict, reasons = decide(charge(amount=Money(1, "KWD")), [], {}, Standing())
    assert (verdict, [reason.code for reason in reasons]) == (Verdict.REVIEW, ["limit.none_for_currency"])


def test_only_what_concerns_it_applies():
    here, there = named_id("platform"), named_id("elsewhere")
    limits = [
        limit("fan"), limit("here", platform_id=here), limit("there", platform_id=there),
        limit("euro", currency="EUR", most_minor=1), limit("dollar", currency="USD", most_minor=1),
        limit("strict", is_strict=True), limit("card", subject=Subject.CARD), limit("refund", act=Act.REFUND),
    ]  # fmt: skip

    def names(judged, *, is_strict=False):
        return [found.name for found in that_apply(limits, judged, is_strict=is_strict)]

    assert names(charge()) == ["fan", "here", "dollar"]
    assert names(charge(card="c1"), is_strict=True) == ["fan", "here", "dollar", "strict", "card"]


def test_the_newest_version_that_has_begun_is_in_force():
    versions = [
        limit(version=1, most_count=5),
        limit(version=2, most_count=9, active_from=NOON),
        limit("lifted", version=3, most_count=1),
        limit("lifted", version=4, active_from=NOON - timedelta(hours=1)),
    ]
    before = NOON - timedelta(microseconds=1)
    assert [found.version for found in in_force(versions, before)] == [1]
    assert [found.version for found in in_force(versions, NOON)] == [2]
    assert (policy_at(versions, before), policy_at(versions, NOON), policy_at([], NOON)) == (
        "limits.4", "limits.4", "limits.0",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"currency": "XXX", "most_minor": 1}, Invalid),
        ({"most_minor": 1}, Invalid),
        ({"most_count": -2}, Invalid),
        ({"currency": "USD", "most_count": 1}, Invalid),
        ({"window_seconds": 0, "most_count": 1}, Invalid),
        ({"window_seconds": -1, "most_count": 1}, Invalid),
        ({"window_seconds": 32 * 86_400, "most_count": 1}, Invalid),
        ({"verdict": Verdict.ALLOW, "most_count": 1}, Invalid),
        ({"act": Act.REFUND, "most_count": 1}, Invalid),
        ({"act": Act.REFUND, "verdict": Verdict.REVIEW, "subject": Subject.CARD, "most_count": 1}, Invalid),
        ({"active_from": NOON - timedelta(seconds=1), "most_count": 1}, Conflict),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(changes, refusal):
    with pytest.raises(refusal):
        check_limit(limit(**{"active_from": NOON, **changes}), [], NOON)


def test_a_name_keeps_what_it_is_about():
    earlier = [limit(most_count=5)]
    check_limit(limit(most_count=9, active_from=NOON), earlier, NOON)
    for changes in ({"is_strict": True}, {"platform_id": named_id("x")}, {"subject": Subject.CARD}):
        with pytest.raises(Conflict):
            check_limit(limit(most_count=9, active_from=NOON, **changes), earlier, NOON)


def test_words():
    assert bound_in_words(limit(most_count=30)) == "at most 30 in 1 hour, then refused"
    assert bound_in_words(ONE) == f"at most {usd(50_000)} at once, then refused"
    assert bound_in_words(limit()) == "lifted"
    assert limit_in_words(limit(is_strict=True), {}) == "charges of each fan, under strict limits"
