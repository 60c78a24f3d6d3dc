import pytest

from foundation.switches.registry import declare_switch, switches
from foundation.switches.states import Kind


@pytest.fixture(autouse=True)
def declared():
    """Switches of tests alone: two stops that fail either way, a forced value and a share."""
    names = {"title": "A flow of tests", "consequence": "Nothing of it happens."}
    keys = [
        declare_switch("test.stop", Kind.KILL, fails="closed", **names).key,
        declare_switch("test.stop_open", Kind.KILL, fails="open", **names).key,
        declare_switch("test.route", Kind.SETTING, fails="closed", default="a", choices=("a", "b"), **names).key,
        declare_switch("test.share", Kind.ROLLOUT, fails="closed", default=10, **names).key,
    ]
    yield keys
    for key in keys:
        switches.remove(key)
