"""Nothing of a launcher test stays on the machine."""

import pytest

from fanzmoney.launcher import state


@pytest.fixture(autouse=True)
def _roots_servers_stay_inside(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(state, "ROOTS_SERVERS", tmp_path_factory.mktemp("roots-servers"))
