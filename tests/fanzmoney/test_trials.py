"""`bench` and `faults`: what they print, how they end, and that they only ruin servers of their own."""

import io
import json
import subprocess
import sys

import pytest
from django.core.management import call_command

from fanzmoney.launcher import CHECKOUT
from fanzmoney.launcher.measure import clean_environment
from foundation import benches
from foundation.benches import Goal, Measure
from foundation.faults import Battery, Run, batteries
from foundation.registry import Registry

pytestmark = pytest.mark.django_db


def run(*line):
    out, code = io.StringIO(), 0
    try:
        call_command(*line, "--json", stdout=out)
    except SystemExit as end:
        code = end.code
    return json.loads(out.getvalue()), code


@pytest.fixture
def small(monkeypatch):
    """A bench of one figure that may be told what to find."""
    registry = Registry("measure")
    monkeypatch.setitem(benches.benches, "small", registry)
    return lambda take: registry.add("one", Measure(take, [Goal("one", "A figure", "s", 5)], runs=2))


def test_a_bench_prints_its_figures_and_where_they_were_taken(small):
    small(lambda: {"one": 4})
    answer, code = run("bench", "small", "--here")
    assert (answer["bench"], code) == ("small", 0)
    assert answer["figures"][0] | {"value": 4.0, "ok": True, "runs": [4.0, 4.0]} == answer["figures"][0]
    assert answer["machine"]["cpus"] >= 1
    assert len(answer["machine"]["yardstick"]["runs"]) == 2


@pytest.mark.parametrize("take", [lambda: {"one": 6}, dict, lambda: 1 / 0])
def test_a_bench_that_misses_ends_with_6(small, take):
    small(take)
    answer, code = run("bench", "small", "--here")
    assert (answer["figures"][0]["ok"], code) == (False, 6)


def test_a_bench_without_figures_fails(monkeypatch):
    monkeypatch.setitem(benches.benches, "empty", Registry("measure"))
    answer, code = run("bench", "empty", "--here")
    assert (answer["code"], code) == ("bench.empty", 5)


def test_unknown_names_are_refused_with_the_known():
    for command in ("bench", "faults"):
        answer, code = run(command, "nothing")
        assert (code, len(answer["facts"]["known"]) > 0) == (3, True)
    assert "house" in run("bench")[0]["benches"]
    assert "audit_tamper" in run("faults")[0]["batteries"]


def test_the_house_promises_what_was_asked():
    goals = {goal.key: goal.goal for measure in benches.benches["house"].values() for goal in measure.goals}
    assert goals | {
        "cold_up": 60, "warm_up": 12, "idle_stop": 5, "memory": 700, "switch_read": 0.05, "outbox_latency": 250,
        "flush_lost": 0, "flush_doubled": 0, "page_render": 150, "page_weight": 150, "axe": 0,
    } == goals  # fmt: skip


@pytest.fixture
def battery(monkeypatch):
    def add(attack):
        monkeypatch.setattr(batteries, "_entries", {**batteries, "small": Battery("Nothing gets through", attack)})

    return add


def test_a_battery_counts_its_trials_and_violations(battery):
    def attack(run):
        for trial in run:
            if trial == 2:
                run.violated("one got through")

    battery(attack)
    answer, code = run("faults", "small", "--trials=3", "--seed=9", "--here")
    assert (answer["trials"], answer["violations"], answer["seed"], code) == (3, 1, 9, 6)
    assert answer["first_violations"] == ["trial 2 (seed 9): one got through"]


def test_a_battery_that_tried_nothing_fails_unless_it_says_why_it_cannot(battery):
    battery(lambda run: None)
    answer, code = run("faults", "small", "--trials=3", "--here")
    assert (answer["code"], code) == ("faults.nothing_tried", 5)
    battery(lambda run: setattr(run, "skipped", "No right to mount."))
    answer, code = run("faults", "small", "--trials=3", "--here")
    assert (answer["skipped"], answer["trials"], code) == ("No right to mount.", 0, 0)


def test_a_battery_refuses_servers_that_were_not_made_for_it(battery, settings):
    settings.IS_TEST = False
    battery(lambda run: pytest.fail("it ran"))
    answer, code = run("faults", "small", "--trials=1", "--here")
    assert (answer["code"], code) == ("faults.not_here", 4)


def test_the_same_seed_makes_the_same_choices():
    first, second = Run(most_trials=5, seed=3), Run(most_trials=5, seed=3)
    assert [first.random.random() for _ in first] == [second.random.random() for _ in second]
    assert list(Run(minutes=0.0001))
    assert first.trials == 5


@pytest.mark.slow
def test_a_battery_runs_on_servers_of_its_own_and_leaves_nothing():
    line = [sys.executable, CHECKOUT / "manage.py", "faults", "audit_tamper", "--trials=11", "--json"]
    ended = subprocess.run(line, cwd=CHECKOUT, env=clean_environment(), capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout)
    assert (answer["trials"], answer["violations"]) == (11, 0)
