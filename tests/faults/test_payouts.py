"""A share of each battery against payouts; `manage.py faults NAME` runs them for as long as asked."""

import pytest

from fanzmoney.trials.payout_faults import batteries
from foundation.faults import Run
from payouts.life.services import sending

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def played(gateways, settings):
    settings.SANDBOX_URL = gateways.base


@pytest.mark.parametrize(
    ("attack", "trials"),
    [
        (batteries.die_anywhere, 1), (batteries.sleep_anywhere, 1), (batteries.lose_answers, 2),
        (batteries.click_at_once, 3), (batteries.race, 8),
    ],
)  # fmt: skip
def test_a_share_of_each_battery(attack, trials):
    run = Run(most_trials=trials)
    attack(run)
    assert (run.trials, run.violations) == (trials, [])


def test_the_battery_notices_a_transfer_that_is_made_twice(monkeypatch):
    finish = sending._finish

    def twice(instruction_id, outcome, by):
        from processors.gateways.rails.base import rails
        from processors.payments.directory import merchants_of

        instruction = sending.PayoutInstruction.objects.get(pk=instruction_id)
        request = sending.requests_for([(instruction.payout, instruction)])[instruction_id]
        (account,) = [one for one in merchants_of("paxum") if one.slug == "paxum-trial"]
        rails.find("paxum").send(account, request)
        return finish(instruction_id, outcome, by)

    monkeypatch.setattr(sending, "_finish", twice)
    run = Run(most_trials=1)
    batteries.lose_answers(run)
    assert run.violations
