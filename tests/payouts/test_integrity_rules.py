"""The curves, the weights, the levels: PACK 440 and what was fixed beside it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.integrity.rules import curves
from payouts.integrity.rules.hints import hints
from payouts.integrity.rules.inputs import Inputs, inputs_of
from payouts.integrity.rules.scoring import LEVELS, Flag, Level, Tier, judge, level_of, tier_of

HONEST = Inputs(
    age_days=400, sales=300, recent=24, value=900_000,
    by_product=(("ppv", 300_000), ("subscription", 400_000), ("tip", 200_000)),
    refunded=3, refunded_value=9_000, paid_by_all=900_000, paid_by_one=45_000,
)  # fmt: skip
AMOUNTS = st.integers(0, 10**12)
COUNTS = st.integers(0, 10**6)


@st.composite
def anybody(draw):
    sales = draw(COUNTS)
    by_product = draw(st.dictionaries(st.sampled_from(["tip", "ppv", "call", "media"]), AMOUNTS)) if sales else {}
    value = sum(by_product.values())
    paid = draw(AMOUNTS)
    return Inputs(
        age_days=draw(st.integers(0, 5000)), sales=sales, recent=draw(st.integers(0, sales)), value=value,
        by_product=tuple(sorted(by_product.items())), refunded=draw(st.integers(0, sales)),
        refunded_value=draw(st.integers(0, value)), paid_by_all=paid, paid_by_one=draw(st.integers(0, paid)),
        disputes=draw(COUNTS), disputes_now=draw(st.integers(0, 20)),
    )  # fmt: skip


def test_the_weights_are_the_documents():
    assert {name: weight for name, (weight, _) in curves.COMPONENTS.items()} == {
        "revenue_source_diversity": 15, "refund_ratio": 25, "chargeback_exposure": 30, "payer_concentration": 15,
        "account_age": 10, "transaction_velocity": 5,
    }  # fmt: skip


@pytest.mark.parametrize("sales", [10, 100, 10_000])
def test_thirty_percent_refunds_are_forty_points(sales):
    refunded = replace(HONEST, sales=sales, refunded=sales * 3 // 10)
    assert judge(refunded).in_words()["refund_ratio"] == "40.0"
    assert Flag.HIGH_REFUND_RATIO not in judge(refunded).flags
    more = replace(refunded, refunded=refunded.refunded + 1)
    assert judge(more).components["refund_ratio"] < 400
    assert Flag.HIGH_REFUND_RATIO in judge(more).flags


def test_thirty_days_of_age_are_fifty_points():
    assert judge(replace(HONEST, age_days=30)).in_words()["account_age"] == "50.0"
    assert Flag.NEW_ACCOUNT in judge(replace(HONEST, age_days=29)).flags
    assert Flag.NEW_ACCOUNT not in judge(replace(HONEST, age_days=30)).flags


@pytest.mark.parametrize("sales", [5, 300, 100_000])
def test_five_chargebacks_in_a_week_are_below_thirty_points(sales):
    found = judge(replace(HONEST, sales=sales, disputes=5, disputes_now=5))
    assert found.components["chargeback_exposure"] < 300
    assert Flag.CHARGEBACK_SPIKE in found.flags
    four = judge(replace(HONEST, sales=100_000, disputes=4, disputes_now=4))
    assert Flag.CHARGEBACK_SPIKE not in four.flags


@pytest.mark.parametrize("age", [0, 1, 29, 30, 365, 5000])
def test_without_history_a_creator_stands_between_400_and_499(age):
    found = judge(Inputs(age_days=age))
    assert 400 <= found.score <= 499
    assert (found.level, tier_of(found.score)) == (Level.HIGH, Tier.BRONZE)
    assert Flag.NO_HISTORY in found.flags


def test_the_first_good_sales_never_cost_anything():
    scores = [
        judge(Inputs(3, sales=n, recent=n, value=n * 1000, by_product=(("tip", n * 1000),),
                     paid_by_all=n * 1000, paid_by_one=1000)).score
        for n in range(1, 21)
    ]  # fmt: skip
    assert min(scores) >= 400
    assert scores[-1] > scores[0]


def test_an_honest_creator_is_gold_and_one_dispute_does_not_ruin_them():
    assert judge(HONEST).score >= 900
    assert judge(HONEST).flags == ()
    assert judge(replace(HONEST, disputes=1, disputes_now=1)).score >= 800


@pytest.mark.parametrize(
    ("score", "level", "tier"),
    [
        (1000, "LOW", "GOLD"), (800, "LOW", "GOLD"), (799, "MEDIUM", "SILVER"), (600, "MEDIUM", "SILVER"),
        (599, "HIGH", "BRONZE"), (400, "HIGH", "BRONZE"), (399, "CRITICAL", "PROBATION"), (0, "CRITICAL", "PROBATION"),
    ],
)  # fmt: skip
def test_levels_and_tiers_begin_where_the_document_says(score, level, tier):
    assert (level_of(score), tier_of(score)) == (level, tier)
    assert len(LEVELS) == 4


@given(anybody())
def test_whoever_it_is_the_score_stays_in_its_range_and_is_found_again_from_what_is_kept(known):
    found = judge(known)
    assert 0 <= found.score <= 1000
    assert all(0 <= tenths <= 1000 for tenths in found.components.values())
    assert inputs_of(known.as_json()) == known
    assert judge(inputs_of(known.as_json())) == found


@given(anybody(), st.integers(1, 50))
def test_more_refunds_or_disputes_never_help(known, more):
    score = judge(known).score
    assert judge(replace(known, disputes=known.disputes + more, disputes_now=known.disputes_now + more)).score <= score
    assert judge(replace(known, refunded=min(known.sales, known.refunded + more))).score <= score


def test_the_creator_hears_what_costs_most_first():
    found = judge(replace(HONEST, refunded=150, age_days=20))
    assert hints(found)[:2] == ("fewer_refunds", "time_on_the_platform")
    assert hints(judge(replace(HONEST, paid_by_one=1, refunded=0, refunded_value=0))) == ()
