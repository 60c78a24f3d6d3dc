from contextlib import contextmanager

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


@contextmanager
def in_place_of(name, rail):
    """Another rail under this name; afterwards all stand as they stood, in their order."""
    kept = dict(rails._entries)
    rails._entries[name] = rail
    yield rail
    rails._entries.clear()
    rails._entries.update(kept)


@pytest.fixture
def desk(db, standing):
    """A rail inside the process, and an account of ours with it. The books balance after every story."""
    with as_owner() as owner:
        owner.execute(KINDS.encode())
    open_desk()
    with in_place_of("paxum", Desk()) as built:
        yield built
    assert get_trial_balance().is_balanced


@pytest.fixture
def bank(desk):
    """A rail that takes files, and an account of ours with it."""
    open_desk("ach", ("USD",))
    with in_place_of("ach", FileDesk()) as built:
        yield built
