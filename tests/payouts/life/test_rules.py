"""The tables of the specification, laid beside ours."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from foundation.money import Money
from payouts.life.rules import amounts, asking, escrow
from payouts.life.rules.asking import Word, word
from payouts.life.states import INSTRUCTION_MOVES
from payouts.life.states import InstructionState as I
from payouts.methods.rules.cooling import usable_from
from payouts.methods.states import Rail
from processors.gateways.rails.base import rails
from processors.gateways.rails.types import RailResult as R

NONE = Decimal(0)


@pytest.mark.parametrize(
    ("score", "hours"),
    [(1000, 12), (800, 12), (799, 24), (700, 24), (699, 48), (600, 48), (599, 72), (500, 72), (499, 120), (400, 120),
     (399, 168), (0, 168)],
)  # fmt: skip
def test_hours_of_escrow_are_the_documents(score, hours):
    assert escrow.hours(score, NONE) == escrow.Hours(hours, hours)


@pytest.mark.parametrize(
    ("share", "hours"),
    [("0", 12), ("0.30", 12), ("0.3001", 24), ("0.40", 24), ("0.41", 48), ("0.50", 48), ("0.55", 72), ("0.65", 120),
     ("0.75", 168), ("1", 168)],
)  # fmt: skip
def test_many_refunds_make_it_longer_by_a_row_for_each_ten_points_with_a_warning(share, hours):
    found = escrow.hours(850, Decimal(share))
    assert (found.hours, found.base) == (hours, 12)
    assert bool(found.warning) == (hours > 12)
    assert escrow.hours(100, Decimal(share)).hours == 168


@pytest.mark.parametrize("score", [-1, 1001])
def test_a_score_outside_its_scale_is_a_mistake(score):
    with pytest.raises(ValueError, match="0 to 1000"):
        escrow.hours(score, NONE)


@pytest.mark.parametrize("rail", Rail)
def test_every_rail_has_terms_that_make_sense(rail):
    assert amounts.currencies(rail)
    for currency in amounts.currencies(rail):
        terms = amounts.terms(rail, currency)
        assert Money.zero(currency) <= terms.fee < terms.least < terms.most
        assert amounts.large_from(currency).minor > 0
        assert amounts.needs_proof(amounts.large_from(currency))


@pytest.mark.parametrize("rail", sorted(rails))
def test_terms_lie_within_what_the_rail_can_do(rail):
    can = rails[rail].capabilities
    assert set(amounts.currencies(rail)) <= can.currencies
    for currency in amounts.currencies(rail):
        terms = amounts.terms(rail, currency)
        assert (terms.least - terms.fee).minor >= can.least_minor.get(currency, 1)
        assert terms.most.minor <= can.most_minor.get(currency, terms.most.minor)


def test_an_amount_without_a_figure_is_large_and_needs_proof():
    assert amounts.is_large(Money(1, "KWD"))
    assert amounts.needs_proof(Money(1, "KWD"))
    assert amounts.is_large(Money(10_000_00, "USD"))
    assert not amounts.is_large(Money(10_000_00 - 1, "USD"))


def test_what_is_unsure_is_asked_for_after_the_times_agreed_and_then_by_a_person():
    sent = datetime(2026, 3, 1, tzinfo=UTC)
    asked = [asking.next_asking(sent, times, sent) for times in range(7)]
    assert [at - sent for at in asked[:-1]] == [
        timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6),
        timedelta(hours=24),
    ]  # fmt: skip
    assert asked[-1] is None


@pytest.mark.parametrize("state", I)
@pytest.mark.parametrize("result", R)
def test_every_word_of_a_rail_leads_somewhere_the_states_allow(state, result):
    said = word(state, result, is_asked=False, age=timedelta(hours=1))
    leads = {
        Word.PAY: I.DONE, Word.REFUSE: I.REFUSED, Word.COME_BACK: I.RETURNED, Word.REQUEUE: I.NOT_SENT,
        Word.DOUBT: I.TIMED_OUT, Word.TAKE: I.ACCEPTED,
    }  # fmt: skip
    if said in leads and not (state is I.TIMED_OUT and said is Word.DOUBT):
        reachable = {*INSTRUCTION_MOVES.get(state, ())}
        onward = {further for step in reachable for further in INSTRUCTION_MOVES.get(step, ())}
        assert leads[said] in reachable | onward


@pytest.mark.parametrize("state", [I.SENT, I.TIMED_OUT])
def test_what_a_rail_does_not_list_is_waited_for_a_day_and_never_goes_back_to_the_queue(state):
    day = timedelta(hours=24)
    assert word(state, R.NOT_SENT, is_asked=True, age=day - timedelta(seconds=1)) is Word.DOUBT
    assert word(state, R.NOT_SENT, is_asked=True, age=day) is Word.REFUSE
    assert word(state, R.NOT_SENT, is_asked=True, age=10 * day, is_in_file=True) is Word.DOUBT


def test_a_call_that_was_not_made_or_was_turned_away_may_be_made_again():
    assert word(I.SENT, R.NOT_SENT, is_asked=False, age=timedelta(0)) is Word.REQUEUE
    assert word(I.PREPARED, R.NOT_SENT, is_asked=False, age=timedelta(hours=1)) is Word.REQUEUE


def test_what_is_not_listed_is_looked_for_once_more_when_its_absence_is_believed():
    sent = datetime(2026, 3, 1, tzinfo=UTC)
    early, late = sent + timedelta(hours=2), sent + timedelta(hours=23, minutes=59, seconds=50)
    assert asking.next_search(sent, 2, sent) - sent == timedelta(minutes=15)
    assert asking.next_search(sent, 9, early) - sent == timedelta(hours=24)
    assert asking.next_search(sent, 9, late) - late == timedelta(minutes=1)


def test_a_first_destination_is_used_at_once_and_a_change_waits():
    made = datetime(2026, 3, 1, tzinfo=UTC)
    proved = made + timedelta(minutes=3)
    assert usable_from(made, proved, is_first=True, is_by_code=True) == proved
    assert usable_from(made, proved, is_first=False, is_by_code=True) == made + timedelta(hours=24)
    assert usable_from(made, proved, is_first=False, is_by_code=False) == made + timedelta(hours=48)
