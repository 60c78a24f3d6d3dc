"""Which line belongs to which posting, decided without a database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from foundation.money import Money
from ledger.reconciliation.matching import match
from ledger.reconciliation.types import Expected, Said

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAYS = timedelta(days=3)


def line(number, reference="a", minor=100, currency="USD", days=0):
    return Said(number, reference, Money(minor, currency), NOON + timedelta(days=days))


def posting(number, reference="a", minor=100, currency="USD", days=0):
    return Expected(UUID(int=number), 1, reference, Money(minor, currency), NOON + timedelta(days=days))


def test_what_agrees_is_matched_and_the_rest_is_named():
    found = match(
        [line(1), line(2, "b", 90), line(3, "c"), line(4, "e", currency="EUR"), line(5, "f", days=9)],
        [posting(1), posting(2, "b"), posting(4, "d"), posting(5, "e"), posting(6, "f")],
        tolerance=DAYS,
    )

    assert [(said.id, ours.transfer_id.int) for said, ours in found.matched] == [(1, 1)]
    assert {said.id: fields for said, _, fields in found.different} == {
        2: ("amount",), 4: ("currency",), 5: ("date",),
    }  # fmt: skip
    assert [said.id for said in found.unexpected] == [3]
    assert [ours.reference for ours in found.unlisted] == ["d"]


def test_a_reference_with_several_movements_pairs_equal_amounts_first():
    found = match(
        [line(1, minor=100), line(2, minor=-40), line(3, minor=100, days=1)],
        [posting(1, minor=-40), posting(2, minor=100), posting(3, minor=100, days=1)],
        tolerance=DAYS,
    )

    assert {(said.id, ours.transfer_id.int) for said, ours in found.matched} == {(1, 2), (2, 1), (3, 3)}
    assert not found.different
    assert not found.unexpected


def test_the_same_line_twice_is_one_too_many():
    found = match([line(1), line(2)], [posting(1)], tolerance=DAYS)

    assert len(found.matched) == 1
    assert [said.id for said in found.unexpected] == [2]


rows = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(1, 3), st.sampled_from(["USD", "EUR"]), st.integers(0, 5))
)


@given(rows, rows, st.randoms())
def test_everything_stands_in_exactly_one_place_whatever_the_order(said, ours, random):
    lines = [line(n, *row) for n, row in enumerate(said)]
    postings = [posting(n, *row) for n, row in enumerate(ours)]
    found = match(lines, postings, tolerance=DAYS)

    placed = [p[0] for p in found.matched] + [p[0] for p in found.different] + list(found.unexpected)
    assert sorted(x.id for x in placed) == list(range(len(lines)))
    placed = [p[1] for p in found.matched] + [p[1] for p in found.different] + list(found.unlisted)
    assert sorted(x.transfer_id.int for x in placed) == list(range(len(postings)))
    assert all(a.amount == b.amount and a.reference == b.reference for a, b in found.matched)
    random.shuffle(lines)
    random.shuffle(postings)
    assert match(lines, postings, tolerance=DAYS) == found
