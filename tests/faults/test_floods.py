"""What the battery of floods notices; `manage.py faults floods` sends them to real servers."""

import pytest

from fanzmoney.trials import floods
from foundation.faults import Run


class Played:
    """A server that does as it is told to."""

    kind, memory_at_first, held, answer, page = "played", 0, 0, 413, 200

    def __init__(self, kind):
        self.kind = kind

    def ask(self, method, path, body, headers):
        return (self.page if method == "GET" else self.answer), 0.1

    def memory(self):
        return self.held

    def stop(self):
        pass


@pytest.mark.parametrize(
    ("does", "noticed"),
    [
        ({}, 0), ({"answer": 0}, 0), ({"answer": 200}, 1), ({"answer": 500}, 1), ({"answer": -1}, 1),
        ({"page": 503}, 1), ({"held": 60 * floods.MEGABYTE}, 1),
    ],
)  # fmt: skip
def test_what_is_taken_kept_or_not_answered_is_noticed(monkeypatch, does, noticed):
    monkeypatch.setattr(floods, "Server", type("Told", (Played,), does))
    run = Run(most_trials=1)
    floods.flood(run)
    assert len(run.violations) == noticed
