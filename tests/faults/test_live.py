"""A share of the battery that cuts, wipes and deafens what a live page hears."""

import pytest

from fanzmoney.trials.live_faults import follow_through_accidents
from foundation.faults import Run


@pytest.mark.django_db(transaction=True)
def test_a_live_page_misses_nothing_unnoticed(monkeypatch):
    monkeypatch.setattr("foundation.events.following.LOOK_ROUND_SECONDS", 0.1)
    run = Run(most_trials=8, seed=3)
    follow_through_accidents(run)
    assert (run.trials, run.violations) == (8, [])
