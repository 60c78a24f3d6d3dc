"""A share of each battery against payments; `manage.py faults NAME` runs them for as long as asked."""

import pytest

from fanzmoney.trials.payment_faults import batteries
from fanzmoney.trials.payment_faults.nonsense import answer_nonsense
from foundation.faults import Run
from processors.payments.services import refunding


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("attack", "trials"),
    [
        (batteries.lose_answers, 12), (batteries.refund_at_once, 2), (batteries.die_anywhere, 1),
        (batteries.tell_in_any_order, 6), (batteries.plant_cards, 60), (answer_nonsense, 8),
    ],
)  # fmt: skip
def test_a_share_of_each_battery(attack, trials):
    run = Run(most_trials=trials)
    attack(run)
    assert (run.trials, run.violations) == (trials, [])


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_battery_notices_a_refund_that_is_sent_twice(monkeypatch):
    sent = refunding._finish

    def twice(refund_id, outcome, by, also, **more):
        from processors.gateways.base import gateways
        from processors.payments.giving_back import Refund

        refund = Refund.objects.get(pk=refund_id)
        gateways["trial"].write("refund", refund.reference, refund.amount)
        return sent(refund_id, outcome, by, also, **more)

    monkeypatch.setattr(refunding, "_finish", twice)
    run = Run(most_trials=1)
    batteries.refund_at_once(run)
    assert run.violations
