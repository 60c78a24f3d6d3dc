"""What a rail does not say: looked for, given back after a day, and looked for still."""

import pytest

from foundation.money import Money
from payouts.life.services import (
    ask_payout,
    repair_due,
)
from processors.gateways.rails.types import RailOutcome
from tests.cast import HOUSE
from tests.payouts.life.test_sending import R, send
from tests.payouts.scene import (
    instruction_of,
    later,
    on,
    queued,
    rich,
    seen,
    topics,
)

pytestmark = pytest.mark.django_db


def told_before_it_died(desk):
    def call(request):
        desk.pay(request)
        raise WorkerDied

    desk.will(call)
    with pytest.raises(WorkerDied):
        send()


class WorkerDied(Exception):
    """Where it stood, nothing is written down any more."""


def rounds(*hours):
    """The jobs, so many hours after the run."""
    for hour in hours:
        later(hours=200 + hour)
        repair_due(by=HOUSE)
        send()


@pytest.mark.parametrize("is_dead", [False, True])
def test_a_lost_answer_that_never_came_gives_the_money_back_after_a_day(desk, is_dead):
    maya = rich(200_00)
    payout = queued(100_00, maya)
    if is_dead:
        told_before_it_died(desk)
        desk.paid.clear()
    else:
        desk.will(RailOutcome(R.UNKNOWN))
        send()
    rounds(0.05, 0.2, 1, 7, 23.9)
    assert (seen(payout).state, on("available", maya)) == ("SENT" if is_dead else "UNKNOWN", 100_00)
    rounds(24.1)
    assert (seen(payout).state, on("available", maya)) == ("FAILED", 200_00)
    assert (desk.calls.count("send"), topics("payout.alarm")) == (1, [])


@pytest.mark.parametrize("is_listed", [False, True])
def test_what_was_given_back_is_looked_for_and_finance_is_called_once_if_it_comes_after_all(desk, is_listed):
    payout = queued()
    desk.will(RailOutcome(R.UNKNOWN))
    send()
    rounds(24.1)
    looked = desk.calls.count("status")
    rounds(25, 47, 48.1, 48.2)
    assert desk.calls.count("status") == looked + 1
    if is_listed:
        desk.paid[instruction_of(payout).reference] = Money(99_00, "USD")
    rounds(96.1, 96.2, 192.1, 384.1, 800, 900)
    assert (seen(payout).state, instruction_of(payout).repair_at) == ("FAILED", None)
    assert desk.calls.count("status") == looked + (2 if is_listed else 4)
    assert topics("payout.alarm") == ["payout.alarm"] * is_listed


@pytest.mark.parametrize("is_dead", [False, True])
def test_listed_hours_later_it_is_paid_once_and_nothing_else_was_ever_said_of_it(desk, is_dead):
    payout = queued()
    if is_dead:
        told_before_it_died(desk)
    else:
        desk.will(lambda request: (desk.pay(request), RailOutcome(R.UNKNOWN))[1])
        send()
    desk.will(*[RailOutcome(R.NOT_SENT)] * 4)
    rounds(0.05, 0.2, 0.6, 2, 7)
    assert (seen(payout).state, desk.calls.count("send"), len(desk.paid)) == ("PAID", 1, 1)
    assert topics("payout.sent", "payout.paid", "payout.failed") == ["payout.sent", "payout.paid"]


def test_however_often_people_ask_early_it_is_looked_for_when_its_absence_is_believed(desk):
    payout = queued()
    desk.will(RailOutcome(R.UNKNOWN))
    send()
    for _ in range(9):
        ask_payout(payout_id=payout.pk, by=HOUSE)
    assert seen(payout).state == "UNKNOWN"
    rounds(25)
    assert (seen(payout).state, topics("payout.alarm")) == ("FAILED", [])


def test_asked_for_a_day_and_then_a_person_is_called(desk):
    payout = queued()
    desk.will(*[RailOutcome(R.UNKNOWN)] * 8)
    send()
    for hours in (1, 2, 3, 5, 12, 40, 80):
        later(hours=200 + hours)
        repair_due(by=HOUSE)
    assert (seen(payout).state, instruction_of(payout).repair_at, instruction_of(payout).repairs) == (
        "UNKNOWN",
        None,
        6,
    )
    assert topics("payout.alarm") == ["payout.alarm"]
