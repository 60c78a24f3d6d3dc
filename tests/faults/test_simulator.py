"""A share of the simulator; `manage.py faults simulator` plays seeds for as long as asked."""

from datetime import timedelta

import pytest
from django.conf import settings

from fanzmoney.trials.simulator import buying, paying
from fanzmoney.trials.simulator.battery import play, stage
from fanzmoney.trials.simulator.oracle import Oracle
from fanzmoney.trials.simulator.simulation import Simulation
from fanzmoney.trials.simulator.turning import run_job
from foundation.seal import services
from payouts.freezes.services import placing
from payouts.life.services import sending
from processors.gateways.rails.base import rails
from processors.payments.services import finalising
from tests.cast import OLDEST_HERE

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ONCE_FAILED = ((15, 80),)
"""Seeds that found something, and how far each is played for ever.

15: a late word on a refund was taken for one like it that never came.
"""


@pytest.fixture
def on(monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "STATE_DIR", tmp_path)  # roots of other stories prove another chain
    monkeypatch.setattr(services, "OLDEST_RUNNING", OLDEST_HERE)
    with stage() as there:
        yield there


class Deeds:
    """What a story does instead of drawing it, with a look of the oracle after each."""

    def __init__(self, on):
        on.database.wipe()
        on.outside.begin()
        self.sim, self.oracle, self.found = Simulation(on.world, on.outside, 1), Oracle(on.outside), []

    def do(self, *deeds, later=timedelta(minutes=1)):
        for deed in deeds:
            self.sim.go_on(later)
            self.sim.do(getattr(deed, "__name__", "job"), deed)
            self.found += self.oracle.look()


def test_a_seed_played_twice_is_the_same_to_the_last_letter_and_nothing_is_wrong(on):
    first, second = play(on, 3, steps=20), play(on, 3, steps=20)
    assert (first.violations, second.violations) == ([], [])
    assert first.trace == second.trace
    assert first.hash == second.hash


@pytest.mark.parametrize(("seed", "steps"), ONCE_FAILED)
def test_a_seed_that_failed_once_passes(on, seed, steps):
    assert play(on, seed, steps).violations == []


def test_the_oracle_sees_what_is_planted(on, monkeypatch):
    """A freeze that stops nothing, a transfer made twice, a sale booked a cent too low."""
    story = Deeds(on)
    finish = sending._finish

    def twice(instruction_id, outcome, by):
        instruction = sending.PayoutInstruction.objects.select_related("payout").get(pk=instruction_id)
        request = sending.requests_for([(instruction.payout, instruction)])[instruction_id]
        rails.find("paxum").send(sending.account_for("paxum", "USD"), request)
        return finish(instruction_id, outcome, by)

    story.do(paying.request, paying.request, paying.request, paying.request)
    assert story.found == []
    with monkeypatch.context() as planted:
        planted.setattr(placing, "stop_money", lambda row, by, at: None)
        story.do(*[paying.freeze] * 6)
    assert any("under a freeze" in said for said in story.found), story.sim.trace

    story = Deeds(on)
    story.do(*[paying.request] * 4)
    story.do(lambda sim: run_job("payouts.release"), later=timedelta(days=8))
    monkeypatch.setattr(sending, "_finish", twice)
    story.do(lambda sim: run_job("payouts.run"), later=timedelta(days=1))
    assert any("2 times" in said for said in story.found), story.sim.trace

    story = Deeds(on)
    book = finalising.book_sale

    def a_cent_less(payment, **more):
        payment.amount_minor -= 1
        book(payment, **more)
        payment.amount_minor += 1

    monkeypatch.setattr(finalising, "book_sale", a_cent_less)
    monkeypatch.setattr(buying, "ANSWERS", ("approved",))
    story.do(*[buying.buy] * 5)
    assert any("the books say" in said for said in story.found), story.sim.trace
