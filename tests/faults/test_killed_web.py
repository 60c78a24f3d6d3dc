"""A share of the battery that kills the web between a charge and its reply."""

import pytest

from fanzmoney.trials.payment_faults.killed_web import kill_the_web
from foundation.faults import Run


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_from_outside_and_after_the_commit_the_same_post_is_the_same_payment():
    run = Run(most_trials=2)
    kill_the_web(run)
    assert (run.trials, run.violations) == (2, [])
