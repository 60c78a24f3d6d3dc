from __future__ import annotations

from celery import shared_task

from foundation.jobs.registry import jobs
from foundation.jobs.services import heartbeat, run_due, write_down_due_periods
from foundation.retry import retrying


@shared_task(name="jobs.tick")  # type: ignore[untyped-decorator]
def tick() -> None:
    """The beat's doorbell: whatever is over gets its row, and a task looks after each job that has work."""
    retrying(heartbeat)("worker")
    for name in retrying(write_down_due_periods)():
        seconds = int(jobs[name].lease.total_seconds())
        run.apply_async([name], soft_time_limit=seconds, time_limit=seconds + 5, expires=seconds)


@shared_task(name="jobs.run")  # type: ignore[untyped-decorator]
def run(name: str) -> None:
    """Do what this job has to do now."""
    run_due(name, most=20)
