import pytest

from foundation.faults import Run
from foundation.identity.faults import ATTACKS, storm_the_door
from foundation.identity.login import guards, second_factor


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_door_stands():
    run = Run(most_trials=2 * len(ATTACKS))
    storm_the_door(run)
    assert run.as_dict()["violations"] == 0, run.violations


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_battery_notices_a_door_that_does_not_stand(monkeypatch):
    monkeypatch.setattr(guards, "take", lambda limit, who: None)
    monkeypatch.setattr(second_factor, "_spend_step", lambda authenticator, step: True)
    run = Run(most_trials=3)
    storm_the_door(run)
    said = " ".join(run.violations)
    assert "codes were checked" in said
    assert "one code opened 24 times" in said
