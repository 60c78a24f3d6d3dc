import pytest

from foundation.faults import Run
from foundation.identity import token_faults
from foundation.identity.token_faults import try_tokens
from foundation.switches import faults as switch_faults
from foundation.switches.faults import pull_and_flush


@pytest.mark.django_db
def test_no_changed_or_forged_token_opens_anything():
    run = Run(most_trials=600)
    try_tokens(run)
    assert run.as_dict()["violations"] == 0, run.violations


@pytest.mark.django_db
def test_the_battery_notices_a_reader_that_believes_anything(monkeypatch):
    monkeypatch.setattr(token_faults, "read_token", lambda token: token)
    run = Run(most_trials=5)
    try_tokens(run)
    assert run.violations


@pytest.mark.django_db(transaction=True)
def test_a_pulled_switch_stays_pulled_through_flushes_and_fresh_starts():
    run = Run(most_trials=5)
    pull_and_flush(run)
    assert run.as_dict()["violations"] == 0, run.violations


@pytest.mark.django_db(transaction=True)
def test_the_battery_notices_a_switch_that_forgets(monkeypatch):
    monkeypatch.setattr(switch_faults, "is_stopped", lambda key: False)
    run = Run(most_trials=2)
    pull_and_flush(run)
    assert run.violations
