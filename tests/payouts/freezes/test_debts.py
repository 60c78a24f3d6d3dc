"""What became owed while money was held is filled as soon as it is let go, before any of it leaves."""

from functools import partial

import pytest

from foundation import clock
from foundation.errors import Conflict
from foundation.ids import uuid7
from foundation.money import Money
from ledger import chart
from ledger.errors import InsufficientBalance
from ledger.flows import claw_back, freeze_part, lift_freeze
from ledger.selectors import get_trial_balance
from ledger.verification import verify
from payouts.freezes.models import Freeze
from payouts.freezes.services import release_freeze
from payouts.life.models import Payout
from payouts.schedules.services import run_schedules
from payouts.transparency.purse import purses_of
from tests.cast import HOUSE
from tests.ledger.books import at_once
from tests.payouts.freezes.stories import frozen_account, frozen_part, maya
from tests.payouts.scene import ask, fund, in_one, on
from tests.payouts.test_schedules import TUESDAY, wish


@pytest.fixture(autouse=True)
def the_books_are_right(desk):
    yield
    assert verify(with_seals=False).findings == []


def taken(creator, minor: int, currency: str = "USD") -> None:
    into = chart.account("suspense", "unmatched", currency)
    claw_back(journal_id=uuid7(), creator_id=creator, amount=Money(minor, currency), into=into)


def let_go(row) -> str:
    try:
        release_freeze(freeze_id=row.pk, reason="Answered.", by=HOUSE, at=clock.now())
    except Conflict as refused:
        return refused.code
    return "lifted"


def has(creator, currency: str = "USD") -> tuple[int, int]:
    return on("available", creator, currency), on("receivable", creator, currency)


def test_a_lifted_account_pays_what_it_owes_in_each_currency(desk):
    creator = maya(100_00)
    fund(creator, 50_00, "EUR")
    first, second = frozen_account(creator), frozen_account(creator)
    taken(creator, 80_00)
    taken(creator, 70_00, "EUR")
    assert (has(creator), has(creator, "EUR")) == ((100_00, -80_00), (50_00, -70_00))
    fund(creator, 5_00, "GBP")
    third = frozen_account(creator)

    let_go(first)
    let_go(third)
    assert (has(creator), has(creator, "EUR")) == ((100_00, -80_00), (50_00, -70_00))
    with pytest.raises(ZeroDivisionError):
        in_one(lambda: (let_go(second), 1 / 0))
    assert has(creator) == (100_00, -80_00)
    let_go(second)
    assert (has(creator), has(creator, "EUR")) == ((20_00, 0), (0, -20_00))
    with pytest.raises(InsufficientBalance):
        ask(creator, 20_01)
    assert ask(creator, 20_00).state == "IN_ESCROW"


def test_a_part_that_is_let_go_fills_the_debt_as_far_as_it_is_free(desk):
    creator = maya(100_00)
    one, two = frozen_part(creator, 60_00), frozen_part(creator, 40_00)
    taken(creator, 80_00)
    let_go(two)
    assert has(creator) == (60_00, -40_00)
    let_go(one)
    assert has(creator) == (20_00, 0)
    assert ask(creator, 20_00).state == "IN_ESCROW"


def test_money_that_was_let_go_elsewhere_fills_the_debt_when_a_payout_is_asked_for(desk):
    creator = maya(100_00)
    available = chart.creator("available", creator, "USD")
    freeze_part(freeze_id=uuid7(), keys=[available], amount=Money(100_00, "USD"), subject="story", reason="story")
    taken(creator, 70_00)
    lift_freeze(keys=[available], subject="story", reason="story")
    (purse,) = purses_of(creator)
    assert (purse.available, purse.owed) == (Money(30_00, "USD"), Money(70_00, "USD"))

    with pytest.raises(InsufficientBalance):
        ask(creator, 30_01)
    assert has(creator) == (100_00, -70_00)
    wish(creator, weekday=1)
    assert run_schedules(day=TUESDAY, by=HOUSE, at=clock.now()) == {"requested": 1}
    assert (Payout.objects.get().amount, has(creator)) == (Money(30_00, "USD"), (0, 0))


@pytest.mark.django_db(transaction=True)
def test_two_let_go_while_another_asks_and_the_debt_is_filled_once(desk):
    creator = maya(100_00)
    rows = [frozen_part(creator, 1_00), frozen_account(creator)]
    taken(creator, 80_00)

    def asking() -> str:
        try:
            return str(ask(creator, 30_00).state)
        except InsufficientBalance:
            return "refused"

    answers = at_once(*(partial(let_go, row) for row in [*rows, *rows]), asking)
    assert sorted(map(str, answers)) == ["freezes.lifted_already"] * 2 + ["lifted"] * 2 + ["refused"]
    assert has(creator) == (20_00, 0)
    assert not Freeze.objects.exclude(state="RELEASED").exists()
    assert get_trial_balance().is_balanced
