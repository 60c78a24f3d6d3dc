"""Write down which periods are due, claim one, do its work once."""

from __future__ import annotations

import os
import socket
from datetime import datetime
from itertools import islice
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models.functions import Now

from foundation.commands import to_json
from foundation.crash import crash_point
from foundation.errors import Conflict
from foundation.jobs.models import JobRun
from foundation.jobs.periods import Period, ended_since, last_ended, period_at
from foundation.jobs.registry import Job, jobs

MOST_MISSED = 1_000
MOST_FAILURES = 5
FIRST_RETRY_SECONDS = 10
log = structlog.get_logger("fanz.jobs")

# The oldest unfinished period of a job goes first, and alone: while it is held, later ones wait.
_CLAIM = """
UPDATE job_run SET state = 'running', fencing = fencing + 1, lease_until = clock_timestamp() + %(lease)s,
                   worker = %(worker)s, started_at = clock_timestamp()
WHERE id = (
    SELECT id FROM (
        SELECT id, state, due_at, lease_until FROM job_run
        WHERE job = %(job)s AND state IN ('due', 'running') {period}
        ORDER BY period_start LIMIT 1 FOR UPDATE
    ) AS first
    WHERE (state = 'due' AND due_at <= clock_timestamp()) OR (state = 'running' AND lease_until < clock_timestamp())
)
RETURNING id, fencing, period_start, period_end
"""
_FINISH = """
UPDATE job_run SET state = 'done', finished_at = clock_timestamp(), result = %s::jsonb, error = '', lease_until = NULL
WHERE id = %s AND fencing = %s AND state = 'running' RETURNING id
"""
_FAIL = """
UPDATE job_run SET failures = failures + 1, error = %s, lease_until = NULL,
                   due_at = clock_timestamp() + %s * interval '1 second' * 2 ^ failures,
                   state = CASE WHEN failures + 1 >= %s THEN 'failed' ELSE 'due' END
WHERE id = %s AND fencing = %s AND state = 'running' RETURNING state
"""
_NEWEST = """
SELECT name, (SELECT max(period_start) FROM job_run WHERE job = name) FROM unnest(%s::text[]) AS name
"""
_TIDY = """
DELETE FROM job_run AS old WHERE state = 'done'
AND period_end < %s - CASE WHEN period_end - period_start < interval '1 hour' THEN interval '2 days'
                           ELSE interval '90 days' END
AND period_start < (SELECT max(period_start) FROM job_run WHERE job = old.job)
"""


class LostLease(Exception):
    """Another worker took over: what this one did is rolled back."""


def this_worker() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def heartbeat(name: str) -> None:
    """Say that work is being done, here and now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO heartbeat (name, at, worker) VALUES (%s, clock_timestamp(), %s) "
            "ON CONFLICT (name) DO UPDATE SET at = excluded.at, worker = excluded.worker",
            [name, this_worker()],
        )


def write_down_due_periods() -> list[str]:
    """Make the rows of all periods that are over; returns the jobs that have something to do now."""
    now = _now()
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [list(jobs)])
        newest = dict(cursor.fetchall())
    for name, last in newest.items():
        _write_down(jobs[name], last, now)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT job FROM job_run WHERE job = ANY(%s) AND ((state = 'due' AND due_at <= clock_timestamp()) "
            "OR (state = 'running' AND lease_until < clock_timestamp()))",
            [list(jobs)],
        )
        return [name for (name,) in cursor.fetchall()]


def _write_down(job: Job, last: datetime | None, now: datetime) -> None:
    newest = last_ended(job.every, now)
    if last is not None and newest.start <= last:
        return
    missed = [newest] if last is None or not job.catches_up else islice(ended_since(job.every, last, now), MOST_MISSED)
    JobRun.objects.bulk_create(
        [JobRun(job=job.name, period_start=period.start, period_end=period.end) for period in missed],
        ignore_conflicts=True,
    )


def run_due(name: str, *, most: int = MOST_MISSED) -> int:
    """Do the work of this job's due periods, oldest first; returns how many were done."""
    job, done = jobs.find(name), 0
    while done < most and _run_next(job):
        done += 1
    return done


def run_period(name: str, at: datetime) -> JobRun:
    """Do the work of the period this moment lies in, now; Conflict when it is not over, done or held by a worker."""
    job = jobs.find(name)
    period = period_at(job.every, at)
    if period.end > _now():
        raise Conflict("jobs.period_not_over", "That period is not over yet.", ends_at=period.end)
    JobRun.objects.bulk_create(
        [JobRun(job=name, period_start=period.start, period_end=period.end)], ignore_conflicts=True
    )
    JobRun.objects.filter(job=name, period_start=period.start, state__in=["failed", "due"]).update(
        state=JobRun.State.DUE, failures=0, due_at=Now()
    )
    if not _run_next(job, period):
        state = JobRun.objects.get(job=name, period_start=period.start).state
        raise Conflict("jobs.cannot_run", "That period is done, being worked on, or just failed.", state=state)
    return JobRun.objects.get(job=name, period_start=period.start)


def _now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT fanz_now()")
        (now,) = cursor.fetchone()
    return now


def _run_next(job: Job, period: Period | None = None) -> bool:
    claim = _claim(job, period)
    if claim is None:
        return False
    crash_point("jobs.after_claim")
    run_id, fencing, due = claim
    try:
        if job.in_one_transaction:
            with transaction.atomic():
                _finish(run_id, fencing, job.work(due))
                crash_point("jobs.before_commit")
        else:
            _finish(run_id, fencing, job.work(due))
    except LostLease:
        log.warning("jobs.lease_lost", job=job.name, period=str(due))
        return False
    except Exception as error:
        log.exception("jobs.failed", job=job.name, period=str(due))
        _fail(run_id, fencing, error)
        return False
    return True


def _claim(job: Job, period: Period | None) -> tuple[int, int, Period] | None:
    only = "AND period_start = %(period)s" if period else ""
    values: dict[str, Any] = {"job": job.name, "lease": job.lease, "worker": this_worker()}
    if period:
        values["period"] = period.start
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM.format(period=only), values)
        row = cursor.fetchone()
    return (row[0], row[1], Period(row[2], row[3])) if row else None


def _finish(run_id: int, fencing: int, result: Any) -> None:
    kept = None if result is None else to_json(result)
    with connection.cursor() as cursor:
        cursor.execute(_FINISH, [kept, run_id, fencing])
        if cursor.fetchone() is None:
            raise LostLease


def _fail(run_id: int, fencing: int, error: Exception) -> None:
    said = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:300]
    with connection.cursor() as cursor:
        cursor.execute(_FAIL, [said, FIRST_RETRY_SECONDS, MOST_FAILURES, run_id, fencing])


def tidy(period: Period) -> dict[str, int]:
    """Forget what was done long ago, and of what comes round often sooner; the last period of each job stays."""
    with connection.cursor() as cursor:
        cursor.execute(_TIDY, [period.end])
        return {"deleted": cursor.rowcount}
