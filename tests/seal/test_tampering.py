import pytest

from foundation.audit import faults
from foundation.audit.faults import TAMPERS, tamper_with_audit
from foundation.faults import Run

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_way_to_change_history_is_noticed():
    run = Run(most_trials=6 * len(TAMPERS), seed=11)
    tamper_with_audit(run)
    assert run.trials == 66
    assert run.violations == []


def test_the_battery_tells_when_nobody_notices(monkeypatch):
    monkeypatch.setattr(faults, "TAMPERS", [lambda _: "did nothing"])
    run = Run(most_trials=2)
    tamper_with_audit(run)
    assert [violation.split(": ")[1] for violation in run.violations] == ["did nothing, and nobody noticed"] * 2
