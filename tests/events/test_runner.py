"""The runner: real threads and processes, killed, stopped, left without Redis or Postgres."""

import signal
import tempfile
from pathlib import Path

import pytest
from django.db import connection

from fanzmoney.demo import news, news_trials
from fanzmoney.launcher import ports
from fanzmoney.launcher.children import stop_all
from fanzmoney.launcher.valkey import Valkey
from foundation.events.relay import Relay
from foundation.events.transport import RedisStreams
from foundation.inbox import runner as runners
from foundation.inbox.consuming import Consumer
from foundation.inbox.runner import Runner, run_until_idle
from foundation.inbox.selectors import outbox_lag, stream_health
from foundation.jobs.selectors import heartbeats
from tests.events.world import GROUP, bells, heard, ring, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def valkey():
    with tempfile.TemporaryDirectory(prefix="fanz-valkey-") as folder:
        Path(folder).chmod(0o755)
        valkey = Valkey(Path(folder) / "valkey", Path(folder) / "log", ports.any_free(), "secret")
        valkey.start()
        until(valkey.is_ready)
        yield valkey
        stop_all([valkey.child], grace_seconds=2)


@pytest.fixture
def turning():
    """Runners that are stopped at the end."""
    running = []

    def start(carrier):
        runner = Runner({"relay": lambda: Relay(carrier), "group": lambda: Consumer(GROUP, carrier, wait=0.1)})
        runner.start()
        running.append(runner)
        return runner

    yield start
    for runner in running:
        runner.stop()
        assert runner.join()


def test_without_redis_news_wait_and_go_on_by_themselves(valkey, turning):
    (bell,) = bells(1)
    carrier = RedisStreams(valkey.url())
    turning(carrier)
    ring(bell)
    until(lambda: heard() == {str(bell.pk): [1]})

    stop_all([valkey.child], grace_seconds=2)
    for _ in range(20):
        ring(bell)
    until(lambda: outbox_lag().get("account", (0, 0.0))[0] > 0)
    health = {one.stream: one for one in stream_health(carrier)}["account"]
    assert (health.sent, health.groups[0].behind) == (None, None)
    assert heard() == {str(bell.pk): [1]}

    valkey.start()
    until(lambda: heard() == {str(bell.pk): list(range(1, 22))})
    until(lambda: {one.stream: one for one in stream_health(carrier)}["account"].groups[0].behind == 0)


def test_without_postgres_the_runner_waits_and_goes_on_by_itself(carrier, turning):
    (bell,) = bells(1)
    turning(carrier)
    ring(bell)
    until(lambda: heard() == {str(bell.pk): [1]})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )
    ring(bell)

    until(lambda: heard() == {str(bell.pk): [1, 2]})


def test_two_runners_share_the_work_and_one_goes_on_alone(carrier, turning):
    ringing = bells(10)
    first, second = turning(carrier), turning(carrier)
    for number in range(20):
        for bell in ringing:
            ring(bell, number)
        if number == 10:
            first.stop()
    until(lambda: heard() == {str(bell.pk): list(range(1, 21)) for bell in ringing})
    assert not second.stopping.is_set()


def test_only_parts_that_turn_have_a_heartbeat(carrier, turning):
    runner = turning(carrier)
    until(lambda: all(thread.turned_at for thread in runner.threads))
    runner.beat()
    assert heartbeats().keys() == {"runner: group", "runner: relay"}

    with connection.cursor() as cursor:
        cursor.execute("UPDATE heartbeat SET at = at - interval '1 minute'")
    runner.stop()
    assert runner.join()
    runner.threads[0].turned_at = 0.0
    runner.beat()
    assert {part: age > 30 for part, age in heartbeats().items()} == {"runner: group": False, "runner: relay": True}


def test_a_failing_wheel_is_turned_again_and_does_not_stop_the_others(carrier, caplog):
    turned = []

    class Broken:
        def turn(self):
            turned.append(1)
            raise ValueError("a bug")

        def close(self):
            pass

    (bell,) = bells(1)
    ring(bell)
    runner = Runner({"broken": Broken, "relay": lambda: Relay(carrier), "group": lambda: Consumer(GROUP, carrier)})
    runner.start()
    until(lambda: heard() == {str(bell.pk): [1]} and len(turned) > 1)
    runner.stop()

    assert runner.join()
    assert "broken failed and goes on" in caplog.text


def test_parts_are_the_relay_a_reader_per_group_and_what_rooms_add():
    class Sender:
        def turn(self):
            return False

        def close(self):
            pass

    runners.WHEELS.add("sender", Sender)
    try:
        parts = list(runners.parts())
        assert parts[0] == "relay"
        assert {f"group {GROUP}", "sender"} <= set(parts)
        assert run_until_idle({"sender": Sender}) == 0
    finally:
        runners.WHEELS.remove("sender")


def test_a_runner_ends_at_sigterm(carrier):
    (bell,) = ringing = news.bells(1)
    with news.runner() as process:
        news.ring(bell)
        news.wait_until_heard(ringing, 1, seconds=60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert carrier.client.xinfo_consumers("news:account", news.GROUP) == [], "it took its leave"


@pytest.mark.slow
def test_runners_killed_at_any_line_lose_and_double_nothing(carrier):
    assert news_trials.kill_runners(news_trials.POINTS) == news.Verdict(600, 600, 600, 0)


def test_a_flush_in_the_middle_costs_nothing_but_time(carrier, size):
    found = news_trials.measure_flush(size(2_000))
    print(found)
    assert {key: found[key] for key in ("events", "lost", "doubled", "out_of_order")} == {
        "events": size(2_000), "lost": 0, "doubled": 0, "out_of_order": 0,
    }  # fmt: skip


@pytest.mark.slow
def test_one_poisoned_piece_among_many_stops_nothing_else(carrier, size):
    found = news_trials.measure_poison(size(501))
    print(found)
    assert found.pop("others_seconds") < 60
    assert found.pop("parked_seconds") < 90
    assert found == {
        "events": size(501), "tries": 5, "lost": 0, "doubled": 0, "out_of_order": 0, "heard_past_the_poison": 0,
    }  # fmt: skip


def test_latency_is_measured_over_real_news(carrier, size):
    found = news_trials.measure_outbox_latency(rate=size(50), seconds=2)
    print(found)
    assert found["events"] == size(50) * 2
    assert 0 < found["p50_ms"] <= found["p95_ms"] <= found["max_ms"]
