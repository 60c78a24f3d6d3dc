from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser

from foundation.commands import Exit, FanzCommand, moment
from foundation.errors import Conflict, Invalid
from foundation.jobs.registry import jobs
from foundation.jobs.selectors import heartbeats, jobs_state
from foundation.jobs.services import run_due, run_period, write_down_due_periods


class Command(FanzCommand):
    help = "Show the periodic jobs, or do one's work now; a period's work is done once, whoever asks."
    writes = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--run", metavar="NAME", dest="name", help="Do what this job has to do now.")
        parser.add_argument("--period", type=moment, metavar="TIME", help="Only the period this moment lies in.")

    def run(self, *, name: str | None, period: datetime | None, **_: Any) -> dict[str, Any]:
        if name is None:
            if period:
                raise Invalid("jobs.period_without_job", "--period needs --run NAME.")
            return {"jobs": jobs_state(), "heartbeat_seconds": heartbeats()}
        job = jobs.find(name)
        if self.is_dry_run and not job.in_one_transaction:
            raise Conflict("jobs.no_dry_run", "This job commits in pieces; it cannot be tried without effect.")
        if period:
            run = run_period(name, period)
            return {"job": name, "period": run.period_start, "state": run.state, "result": run.result}
        write_down_due_periods()
        done = run_due(name)
        state = next(state for state in jobs_state() if state["job"] == name)
        if state["failed"]:
            self.exit_code = Exit.FINDINGS
        return {"ran": done, **state}

    def present(self, answer: dict[str, Any]) -> None:
        if "jobs" not in answer:
            return super().present(answer)
        for job in answer["jobs"]:
            last = f"{job['last_done']:%Y-%m-%d %H:%M}" if job["last_done"] else "never"
            self.stdout.write(
                f"{job['job']:32} every {job['every']:>16}  last {last:16}  "
                f"{job['due']} due, {job['running']} running, {job['failed']} failed"
            )
        for name, seconds in answer["heartbeat_seconds"].items():
            self.stdout.write(f"{name}: last worked {seconds:.0f} s ago")
