import pytest

from foundation.approvals import services
from foundation.approvals.faults import decide_all_at_once
from foundation.faults import Run


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_request_is_decided_twice_or_by_anybody_with_a_part_in_it():
    run = Run(most_trials=15)
    decide_all_at_once(run)
    assert run.as_dict()["violations"] == 0, run.violations


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_battery_notices_when_nobody_asks_who_may_decide(monkeypatch):
    monkeypatch.setattr(services, "why_not_decide", lambda **_: None)
    run = Run(most_trials=25)
    decide_all_at_once(run)
    assert run.violations
