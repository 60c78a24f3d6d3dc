"""How fast and how fresh a switch is read, and what it answers when nobody can say."""

import json
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError

from foundation import clock
from foundation import nearby as copies
from foundation.nearby import CannotBeRead, Nearby
from foundation.switches.errors import Stopped
from foundation.switches.rules.shares import is_within
from foundation.switches.selectors import is_stopped, nearby, rollout_includes, setting
from foundation.switches.services import stop_switch
from tests.cast import actor, staff

# A process of its own that says what it reads each time the answer changes.
WATCH = """
import json, sys, time
import django
django.setup()
from foundation.switches.registry import declare_switch
from foundation.switches.selectors import is_stopped
declare_switch("test.stop", "kill", title="t", consequence="c", fails="closed")
said, until = None, time.time() + 60
while time.time() < until:
    now = is_stopped("test.stop")
    if now != said:
        print(json.dumps({"stopped": now}), flush=True)
        said = now
        if now:
            break
    time.sleep(0.002)
"""


def watcher():
    return subprocess.Popen([sys.executable, "-c", WATCH], cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True)


@pytest.mark.django_db(transaction=True)
def test_another_process_sees_a_stop_by_itself_and_after_a_flush_and_a_restart():
    fred = actor(staff("fred"))
    with watcher() as other:
        assert json.loads(other.stdout.readline())["stopped"] is False
        stop_switch(key="test.stop", reason="Drill", by=fred, at=clock.now())
        assert json.loads(other.stdout.readline())["stopped"] is True

    cache.clear()
    cache._cache.get_client().flushall()
    with watcher() as restarted:
        assert json.loads(restarted.stdout.readline())["stopped"] is True


@pytest.mark.django_db
def test_a_warm_read_asks_nobody(monkeypatch, django_assert_num_queries):
    now = time.monotonic()
    monkeypatch.setattr(copies.time, "monotonic", lambda: now)
    is_stopped("test.stop")
    monkeypatch.setattr(nearby, "_load", pytest.fail)
    monkeypatch.setattr(cache, "get", pytest.fail)
    with django_assert_num_queries(0):
        is_stopped("test.stop")


@pytest.mark.django_db
def test_reading_often_asks_the_database_once(django_assert_num_queries):
    nearby.forget()
    with django_assert_num_queries(1):
        for _ in range(100):
            is_stopped("test.stop")
            setting("test.route")
            rollout_includes("test.share", 7)


def test_when_nobody_can_say_each_switch_fails_its_own_way(monkeypatch):
    def gone():
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(nearby, "_load", gone)
    nearby.forget()
    assert is_stopped("test.stop") is True
    assert is_stopped("test.stop_open") is False
    assert not any(rollout_includes("test.share", n) for n in range(100))
    with pytest.raises(Stopped):
        setting("test.route")


@pytest.mark.django_db
def test_a_switch_is_asked_by_its_kind_and_must_be_declared():
    with pytest.raises(TypeError):
        is_stopped("test.share")
    with pytest.raises(KeyError):
        is_stopped("test.never_declared")


class Facts:
    """Facts that count how often they were read, on a clock of the test."""

    def __init__(self, monkeypatch):
        self.reads, self.now, self.is_gone = 0, 100.0, False
        monkeypatch.setattr(copies.time, "monotonic", lambda: self.now)
        self.nearby = Nearby(self.load)

    def load(self):
        self.reads += 1
        if self.is_gone:
            raise OperationalError("gone")
        return self.reads


@pytest.fixture
def facts(monkeypatch):
    made = Facts(monkeypatch)
    yield made
    copies._all.remove(made.nearby)


def test_a_copy_is_read_again_each_second(facts):
    assert [facts.nearby.get(), facts.nearby.get()] == [1, 1]
    facts.now += 0.99
    assert facts.nearby.get() == 1
    facts.now += 0.01
    assert facts.nearby.get() == 2


def test_a_copy_serves_for_two_seconds_without_the_database_and_no_longer(facts):
    facts.nearby.get()
    facts.is_gone = True
    facts.now += 1.5
    assert facts.nearby.get() == 1
    facts.now += 0.5
    with pytest.raises(CannotBeRead):
        facts.nearby.get()


def test_a_database_that_is_gone_is_not_asked_more_than_once_a_second(facts):
    facts.is_gone = True
    for _ in range(5):
        with pytest.raises(CannotBeRead):
            facts.nearby.get()
    assert facts.reads == 1
    facts.is_gone = False
    facts.now += 1.0
    assert facts.nearby.get() == 2


def test_shares_are_even_stable_and_nested():
    everyone = range(10_000)
    for percent, least, most in ((0, 0, 0), (1, 60, 140), (10, 900, 1100), (100, 10_000, 10_000)):
        assert least <= sum(is_within("k", n, percent) for n in everyone) <= most
    assert all(is_within("k", n, 10) for n in everyone if is_within("k", n, 1))
    assert {n for n in everyone if is_within("k", n, 10)} != {n for n in everyone if is_within("other", n, 10)}
