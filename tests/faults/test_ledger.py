import pytest

from fanzmoney.trials.ledger_hammer import hammer
from foundation.faults import Run


@pytest.mark.slow
@pytest.mark.django_db
def test_no_promise_of_the_ledger_is_broken_by_kills_and_a_crash(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    run = Run(minutes=10 / 60)

    done = hammer(run)

    assert run.violations == []
    assert done["posted"] > 100
    assert done["workers"] > 8
    assert "server crashed" in (tmp_path / "traces/ledger-hammer.jsonl").read_text()
