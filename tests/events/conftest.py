from datetime import timedelta

import pytest
from django.conf import settings

from foundation.events.relay import STREAMS, Relay
from foundation.events.transport import RedisStreams
from foundation.inbox import letters
from foundation.inbox.consuming import Consumer
from tests.events import world


@pytest.fixture
def carrier():
    carrier = RedisStreams(settings.REDIS_URL)
    carrier.client.flushall()
    yield carrier
    carrier.close()


@pytest.fixture(autouse=True)
def _only_hearers(monkeypatch):
    world.only_hearers(monkeypatch)


@pytest.fixture
def relay(transactional_db, carrier):
    relay = Relay(carrier)
    # A relay killed in an earlier test keeps its locks until the server notices.
    world.until(lambda: relay.look_round() or len(relay.streams) == len(STREAMS), seconds=30)
    yield relay
    relay.close()


@pytest.fixture
def consumer(relay, carrier):
    consumer = Consumer(world.GROUP, carrier, wait=0.01)
    yield consumer
    consumer.close()


@pytest.fixture
def hasty(monkeypatch):
    """Tries follow each other at once."""
    monkeypatch.setattr(letters, "BACKOFF", (timedelta(),) * 4)
    monkeypatch.setattr("foundation.inbox.consuming.LETTER_SECONDS", 0)
