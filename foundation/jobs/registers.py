from collections.abc import Iterator
from datetime import timedelta

from foundation.jobs.registry import periodic
from foundation.jobs.selectors import failed_runs, heartbeats, jobs_state
from foundation.jobs.services import tidy
from foundation.watch import Complaint, Gauge, probes, readings

SILENT_SECONDS = 60

periodic("jobs.tidy", every=timedelta(days=1), catches_up=False)(tidy)


@readings.entry("jobs")
def gauges() -> Iterator[Gauge]:
    for name, seconds in heartbeats().items():
        yield Gauge("fanz_heartbeat_age_seconds", "Since this part last did its work.", seconds, {"part": name})
    for job in jobs_state():
        labels = {"job": job["job"]}
        yield Gauge("fanz_job_runs_due", "Turns of a periodic job that wait.", job["due"], labels)
        yield Gauge("fanz_job_runs_failed", "Turns that failed too often.", job["failed"], labels)


@probes.entry("worker")
def worker_works() -> Iterator[Complaint]:
    silent = heartbeats().get("worker")
    if silent is None or silent > SILENT_SECONDS:
        since = "has never worked" if silent is None else f"last worked {silent:.0f} s ago"
        yield Complaint(f"The Celery worker {since}.", "Start worker and beat; without Redis they wait.")


@probes.entry("jobs")
def no_job_failed() -> Iterator[Complaint]:
    for job, period, said in failed_runs():
        yield Complaint(
            f"{job} failed for the period {period:%Y-%m-%dT%H:%MZ}: {said}",
            f"Mend the cause, then `manage.py jobs --run {job} --period {period:%Y-%m-%dT%H:%M}Z`.",
        )
