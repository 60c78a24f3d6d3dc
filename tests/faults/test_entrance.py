"""A share of the batteries at the doors; `manage.py faults limits` and `passwords` try ten thousand."""

import pytest

from fanzmoney.trials import entrance
from foundation.faults import Run
from foundation.http import rates
from foundation.identity.login import guards

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_no_limit_is_exceeded_and_no_address_is_believed():
    run = Run(most_trials=1)
    for _ in run:
        entrance.ask_too_often(run)
        entrance.guess_too_often(run)
        entrance.try_accounts(run, 40)
    assert run.violations == []


def test_a_limit_that_does_not_hold_is_noticed(monkeypatch):
    monkeypatch.setattr(rates, "_count", lambda key, seconds, most: (1, 1.0))
    monkeypatch.setattr(guards, "take", lambda limit, who: None)
    run = Run(most_trials=1)
    for _ in run:
        entrance.ask_too_often(run)
        entrance.guess_too_often(run)
    assert len(run.violations) == 2
