"""How the jobs are doing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from foundation.jobs.registry import jobs


def jobs_state() -> list[dict[str, Any]]:
    """Every job with its last period, what waits and what failed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT job, max(period_start) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'due'), "
            "count(*) FILTER (WHERE state = 'running'), count(*) FILTER (WHERE state = 'failed') "
            "FROM job_run WHERE job = ANY(%s) GROUP BY job",
            [list(jobs)],
        )
        known = {row[0]: row[1:] for row in cursor.fetchall()}
    nothing = (None, 0, 0, 0)
    return [
        {
            "job": name,
            "every": job.every.value if not isinstance(job.every, timedelta) else str(job.every),
            "last_done": known.get(name, nothing)[0],
            "due": known.get(name, nothing)[1],
            "running": known.get(name, nothing)[2],
            "failed": known.get(name, nothing)[3],
        }
        for name, job in jobs.items()
    ]


def heartbeats() -> dict[str, float]:
    """How many seconds ago each part last did its work."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, extract(epoch FROM clock_timestamp() - at)::float FROM heartbeat ORDER BY name")
        return dict(cursor.fetchall())


def failed_runs() -> list[tuple[str, datetime, str]]:
    """Turns that failed too often: job, period, what was said."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT job, period_start, error FROM job_run WHERE state = 'failed' ORDER BY job, period_start")
        return cursor.fetchall()


@dataclass(frozen=True, slots=True)
class LongWork:
    """Work that a periodic job does piece by piece, as its last turn told: `done` of `of` units."""

    title: str
    done: int
    of: int
    unit: str
    ends_at: datetime


def long_work() -> list[LongWork]:
    """What is not finished yet, with when it will be at the pace of its turns."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (job) job, result, finished_at FROM job_run WHERE state = 'done' AND job = ANY(%s) "
            "AND result ? 'of' ORDER BY job, period_start DESC",
            [list(jobs)],
        )
        told = [(name, json.loads(result), at) for name, result, at in cursor.fetchall()]
    return [
        LongWork(said["title"], said["done"], said["of"], said["unit"], at + _every(name) * (said["of"] - said["done"]))
        for name, said, at in told
        if said["done"] < said["of"]
    ]


def _every(name: str) -> timedelta:
    every = jobs[name].every
    return every if isinstance(every, timedelta) else timedelta(days=30)
