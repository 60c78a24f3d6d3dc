import pytest

from foundation.notifications.catalogue import declare_notice, declare_topic, notices, topics
from foundation.notifications.states import Level
from tests.notifications.postbox import Postbox


@pytest.fixture
def postbox(settings):
    """A mail server of the test's own."""
    box = Postbox()
    box.controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", box.port, 3
    yield box
    box.controller.stop()


@pytest.fixture(autouse=True)
def catalogue():
    """A notice of each level, for tests alone."""
    declare_topic("test", "Tests")
    for level in Level:
        declare_notice(
            f"test.{level.lower()}", topic="test", level=level, title="Payout {number} waits",
            body="Look at it by {day}.", path="/ops/approvals",
        )  # fmt: skip
    yield
    for level in Level:
        notices.remove(f"test.{level.lower()}")
    topics.remove("test")
