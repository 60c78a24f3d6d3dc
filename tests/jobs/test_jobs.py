"""Each period's work is done once: whoever rings, however often, whatever the clock says."""

import io
import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection, connections

from foundation import clock
from foundation.actors import system
from foundation.audit.models import AuditRecord
from foundation.audit.services import record
from foundation.errors import Conflict, NotFound
from foundation.jobs import services, tasks
from foundation.jobs.models import Heartbeat, JobRun
from foundation.jobs.periods import MONTH, Period, last_ended, period_at
from foundation.jobs.registry import Job, jobs, periodic
from foundation.jobs.selectors import failed_runs, heartbeats, jobs_state, long_work
from foundation.jobs.services import run_due, run_period, tidy, write_down_due_periods

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def only_ours(monkeypatch):
    """A register with nothing but this test's jobs, and the clock back where it was afterwards."""
    monkeypatch.setattr(jobs, "_entries", {})
    yield
    clock.forget()


@pytest.fixture
def hourly():
    """A job whose effect is a row."""

    @periodic("test.hourly", every=HOUR)
    def work(period: Period):
        record("test.hour", by=system("test"), start=str(period))
        return {"start": str(period)}

    return work


def effects():
    return [row.facts["start"] for row in AuditRecord.objects.filter(action="test.hour").order_by("id")]


def tick():
    for name in write_down_due_periods():
        run_due(name)


def ahead(**by):
    clock.move_clock(ahead=timedelta(**by))


def test_a_new_job_begins_with_the_period_that_just_ended(hourly):
    tick()
    assert effects() == [str(last_ended(HOUR, datetime.now(UTC)))]
    tick()
    assert len(effects()) == 1


def test_missed_periods_are_made_up_for_in_order(hourly):
    tick()
    ahead(hours=30)
    tick()
    assert len(effects()) == 31
    assert effects() == sorted(set(effects()))


def test_a_sweep_skips_what_was_missed():
    seen = []
    periodic("test.sweep", every=HOUR, catches_up=False)(seen.append)
    tick()
    ahead(days=3)
    tick()
    assert len(seen) == 2


@pytest.mark.parametrize("back", [{"hours": -1}, {"days": -1}])
def test_a_clock_set_back_repeats_nothing(hourly, back):
    tick()
    ahead(**back)
    tick()
    assert len(effects()) == 1
    ahead(hours=0)
    tick()
    assert len(effects()) == 1


def test_nothing_runs_before_its_period_is_over(hourly):
    tick()
    now = datetime.now(UTC)
    clock.move_clock(ahead=period_at(HOUR, now).end - now - timedelta(seconds=2))
    tick()
    assert len(effects()) == 1
    with pytest.raises(Conflict) as refused:
        run_period("test.hourly", datetime.now(UTC) + timedelta(hours=5))
    assert refused.value.code == "jobs.period_not_over"
    clock.move_clock(ahead=period_at(HOUR, now).end - now + timedelta(seconds=1))
    tick()
    assert len(effects()) == 2


def test_months_end_when_months_end():
    seen = []
    periodic("test.monthly", every=MONTH)(lambda period: seen.append(period.start.month))
    tick()
    ahead(days=370)
    tick()
    assert len(seen) == 13
    assert set(seen) == set(range(1, 13))


def test_many_beats_at_once_do_each_period_once(hourly):
    tick()
    ahead(hours=20)
    start, finished = threading.Barrier(6), []

    def beat():
        try:
            start.wait()
            for _ in range(5):
                tick()
            finished.append(True)
        finally:
            connections.close_all()

    beats = [threading.Thread(target=beat) for _ in range(6)]
    for thread in beats:
        thread.start()
    for thread in beats:
        thread.join(30)
    assert len(finished) == 6
    assert effects() == sorted(set(effects()))
    assert len(effects()) == 21


def test_a_worker_that_lost_its_lease_has_no_effect(hourly):
    job = jobs["test.hourly"]
    write_down_due_periods()
    stolen = []

    def slow(period):
        hourly(period)
        if not stolen:
            stolen.append(JobRun.objects.get().fencing)
            with connections["default"].cursor() as cursor:
                cursor.execute("SELECT 1")
            thief = threading.Thread(target=steal)
            thief.start()
            thief.join()
        return None

    def steal():
        JobRun.objects.update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))
        run_due("test.hourly")
        connections.close_all()

    jobs._entries["test.hourly"] = type(job)(job.name, job.every, slow)
    assert run_due("test.hourly") == 0
    run = JobRun.objects.get()
    assert (run.state, run.fencing, stolen) == ("done", 2, [1])
    assert len(effects()) == 1


def test_a_killed_worker_is_followed_by_another(hourly):
    write_down_due_periods()
    claimed = services._claim(jobs["test.hourly"], None)
    assert claimed is not None
    assert run_due("test.hourly") == 0, "the lease holds"
    JobRun.objects.update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))
    tick()
    assert len(effects()) == 1
    assert JobRun.objects.get().fencing == 2


def test_a_failure_is_kept_tried_again_and_at_last_reported(hourly):
    broken = []

    @periodic("test.broken", every=HOUR)
    def work(period):
        record("test.hour", by=system("test"), start="must vanish")
        broken.append(period)
        raise ValueError("the bank said no\nand more")

    for _ in range(7):
        tick()
        JobRun.objects.filter(job="test.broken").update(due_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert len(broken) == 5
    run = JobRun.objects.get(job="test.broken")
    assert (run.state, run.failures, run.error) == ("failed", 5, "ValueError: the bank said no")
    assert "must vanish" not in effects()
    assert len(effects()) == 1, "the other job was not held up"
    assert [name for name, _, _ in failed_runs()] == ["test.broken"]

    ahead(hours=1)
    tick()
    assert len(broken) == 6, "later periods go on"


def test_a_failed_job_waits_longer_each_time():
    @periodic("test.broken", every=HOUR)
    def work(period):
        raise ValueError

    tick()
    first = JobRun.objects.get()
    assert first.state == "due"
    assert first.due_at > datetime.now(UTC) + timedelta(seconds=5)
    assert run_due("test.broken") == 0


def test_a_person_may_ask_for_one_period_once(hourly):
    tick()
    at = datetime.now(UTC) - timedelta(hours=30)
    run = run_period("test.hourly", at)
    assert run.state == "done"
    assert run.result == {"start": str(period_at(HOUR, at))}
    with pytest.raises(Conflict) as refused:
        run_period("test.hourly", at)
    assert refused.value.facts == {"state": "done"}
    with pytest.raises(NotFound):
        run_period("test.unknown", at)


def test_the_command_shows_runs_and_tries(hourly):
    def command(*arguments):
        out, code = io.StringIO(), 0
        try:
            call_command("jobs", "--json", *arguments, stdout=out)
        except SystemExit as end:
            code = end.code
        return json.loads(out.getvalue()), code

    assert command("--run", "test.hourly", "--dry-run")[0]["ran"] == 1
    assert effects() == []
    assert command("--run", "test.hourly")[0]["ran"] == 1
    assert command("--run", "test.hourly")[0]["ran"] == 0
    assert command()[0]["jobs"][0]["job"] == "test.hourly"
    assert command("--run", "nothing")[1] == 3
    assert command("--period", "2026-01-01")[1] == 5
    assert command("--run", "test.hourly", "--period", "2026-01-01T00:30:00Z")[0]["state"] == "done"
    assert len(effects()) == 2


def test_the_doorbell_writes_its_heartbeat_and_rings_for_what_is_due(hourly, monkeypatch):
    rung = []
    monkeypatch.setattr(tasks.run, "apply_async", lambda arguments, **_: rung.append(arguments))
    tasks.tick()
    assert rung == [["test.hourly"]]
    assert heartbeats()["worker"] < 5
    assert Heartbeat.objects.get().worker == services.this_worker()
    tasks.run("test.hourly")
    tasks.tick()
    assert len(rung) == 1
    assert jobs_state()[0]["last_done"] is not None


def test_old_turns_are_forgotten_but_not_the_last(hourly):
    now = datetime.now(UTC)
    for days in (400, 300, 1):
        start = period_at(HOUR, now - timedelta(days=days)).start
        JobRun.objects.create(
            job="test.hourly", period_start=start, period_end=start + HOUR, state="done", finished_at=now
        )
    JobRun.objects.create(
        job="test.rare", period_start=now - timedelta(days=400), period_end=now, state="done", finished_at=now
    )
    assert tidy(Period(now - HOUR, now)) == {"deleted": 2}
    assert JobRun.objects.count() == 2


def test_a_kill_between_effect_and_commit_leaves_nothing_and_the_next_does_it():
    code = (
        "import django; django.setup()\n"
        "from datetime import timedelta\n"
        "from foundation.actors import system\nfrom foundation.audit.services import record\n"
        "from foundation.jobs.registry import periodic\nfrom foundation.jobs.services import *\n"
        "work = lambda period: record('test.hour', by=system('t'), start=str(period))\n"
        "periodic('test.killed', every=timedelta(hours=1))(work)\n"
        "write_down_due_periods(); run_due('test.killed')\n"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "fanzmoney.settings"}
    for point, expected in (("jobs.after_claim", 0), ("jobs.before_commit", 0), ("", 1)):
        ended = subprocess.run([sys.executable, "-c", code], env=environment | {"CRASH_POINTS": point}, check=False)
        assert (ended.returncode == 0) == (point == "")
        JobRun.objects.filter(state="running").update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))
        assert len(effects()) == expected
    assert connection.is_usable()


def test_work_that_takes_many_turns_says_how_far_it_is(db):
    told = iter([{"title": "Old books", "done": 1, "of": 3, "unit": "years"}, {"title": "", "done": 3, "of": 3}])
    jobs.add("story.long", Job("story.long", timedelta(minutes=10), lambda _: next(told), catches_up=False))
    try:
        run_period("story.long", clock.now() - timedelta(minutes=30))
        (work,) = long_work()
        assert (work.title, work.done, work.of, work.unit) == ("Old books", 1, 3, "years")
        assert timedelta(minutes=19) < work.ends_at - clock.now() < timedelta(minutes=21)
        run_period("story.long", clock.now() - timedelta(minutes=20))
        assert long_work() == []
    finally:
        jobs.remove("story.long")
