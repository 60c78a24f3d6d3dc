"""Runners that are killed while they call: every webhook arrives, each thing's in their order."""

import pytest

from fanzmoney.trials import hooks
from foundation.events.transport import RedisStreams

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh_redis(settings):
    carrier = RedisStreams(settings.REDIS_URL)
    carrier.client.flushall()
    yield
    carrier.close()


def test_a_runner_killed_after_the_answer_loses_nothing_and_no_order():
    assert hooks.kill_runners(("hooks.answered",), news=10) == {"told": 10, "lost": 0, "out_of_order": 0}
