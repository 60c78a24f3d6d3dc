import pytest

from ledger.selectors import get_trial_balance
from payouts.life import seams
from processors.gateways.rails.base import rails
from tests.ledger.books import KINDS, as_owner
from tests.payouts.file_desk import FileDesk
from tests.payouts.scene import Desk, Standing, open_desk


@pytest.fixture
def standing():
    """Creators stand as the story says; checks that rooms above added are theirs to test."""
    story = Standing()
    kept = seams.measuring._function, seams.stopping._function
    others = {name: seams.checks[name] for name in seams.checks if name not in ("identity", "restrictions")}
    for name in others:
        seams.checks.remove(name)
    seams.measuring.fill(story.measure)
    seams.stopping.fill(story.stop)
    yield story
    seams.measuring._function, seams.stopping._function = kept
    for name, check in others.items():
        seams.checks.add(name, check)


@pytest.fixture
def desk(db, standing):
    """A rail inside the process, and an account of ours with it. The books balance after every story."""
    with as_owner() as owner:
        owner.execute(KINDS.encode())
    open_desk()
    real = rails._entries.pop("paxum", None)
    built = rails.add("paxum", Desk())
    yield built
    rails.remove("paxum")
    if real:
        rails.add("paxum", real)
    assert get_trial_balance().is_balanced


@pytest.fixture
def bank(desk):
    """A rail that takes files, and an account of ours with it."""
    open_desk("ach", ("USD",))
    real = rails._entries.pop("ach", None)
    built = rails.add("ach", FileDesk())
    yield built
    rails.remove("ach")
    if real:
        rails.add("ach", real)
