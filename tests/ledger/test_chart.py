"""The chart in code is the chart in the database, and every path it makes is one the database makes too."""

import pytest

from foundation.ids import uuid7
from foundation.money import EXPONENTS
from ledger import chart
from ledger.models import Kind
from ledger.selectors import get_account
from ledger.services import open_account


def test_the_database_keeps_exactly_this_chart():
    kept = Kind.objects.exclude(kind="story").values_list(*chart.ROW)
    assert sorted(kept, key=str) == sorted(chart.rows(), key=str)
    passing = Kind.objects.filter(is_passing=True).values_list("kind", "purpose")
    assert set(passing) == {key for key, kind in chart.CHART.items() if kind.is_passing} != set()


def test_no_kind_stands_twice_and_only_accounts_without_a_floor_are_hot():
    assert len(chart.CHART) == len(chart.KINDS)
    assert [kind.name for kind in chart.KINDS if kind.slots > 1 and (kind.has_floor or not kind.is_house)] == []
    assert [kind.name for kind in chart.KINDS if kind.has_floor and kind.normal_side != "credit"] == []
    assert all(kind.meaning and kind.moved_by for kind in chart.KINDS)


@pytest.mark.parametrize("kind", chart.KINDS, ids=lambda kind: kind.name)
def test_every_kind_opens_under_its_path_once(kind):
    key = chart.account(
        kind.kind,
        kind.purpose,
        "USD",
        party=None if kind.is_house else uuid7(),
        platform=uuid7() if kind.is_per_platform else None,
        source="rocketgate" if kind.source else "-",
    )

    opened = open_account(key)

    assert open_account(key) == opened
    assert get_account(opened).path == key.path
    assert (opened >= 2**61) == (kind.slots > 1)
    assert (opened >= 2**60) == kind.is_house


@pytest.mark.parametrize(
    ("kind", "purpose", "parts"),
    [
        ("fan", "wallet", {}),
        ("fan", "wallet", {"party": uuid7(), "platform": uuid7()}),
        ("creator", "pending", {"party": uuid7(), "source": "tip"}),
        ("creator", "available", {"party": uuid7(), "source": "tip"}),
        ("platform", "sales", {"platform": uuid7()}),
        ("bank", "cash", {"party": uuid7(), "source": "wire"}),
    ],
)
def test_a_path_with_a_part_missing_or_too_many_is_a_mistake(kind, purpose, parts):
    with pytest.raises(ValueError):
        chart.account(kind, purpose, "USD", **parts)


def test_our_own_currencies_have_a_scale():
    assert {chart.TOKEN, chart.COIN, *chart.GRAIN_OF.values()} <= set(EXPONENTS)
    assert [EXPONENTS[coin] for coin in ("BTC", "BCH", "LTC", "ETH", "USDC", "DAI", "GUSD")] == [8, 8, 8, 9, 6, 9, 2]
