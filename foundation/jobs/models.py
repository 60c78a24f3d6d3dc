from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class JobRun(models.Model):
    """One period's turn of one job. `fencing` rises with each claim; only the last claimer may finish."""

    class State(models.TextChoices):
        DUE = "due", "Waiting for a worker"
        RUNNING = "running", "Held by a worker until its lease ends"
        DONE = "done", "Had its effect"
        FAILED = "failed", "Failed too often; a person has to look"

    job = models.CharField(max_length=60)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State, default=State.DUE)
    fencing = models.IntegerField(default=0)
    failures = models.SmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "job_run"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["job", "period_start"], name="job_run_once"),
            models.CheckConstraint(name="job_run_period", condition=Q(period_end__gt=models.F("period_start"))),
            models.CheckConstraint(
                name="job_run_held", condition=~Q(state="running") | Q(lease_until__isnull=False, fencing__gt=0)
            ),
            models.CheckConstraint(name="job_run_state", condition=Q(state__in=["due", "running", "done", "failed"])),
            models.CheckConstraint(name="job_run_done", condition=~Q(state="done") | Q(finished_at__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["job", "period_start"], condition=~Q(state="done"), name="job_run_open"),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.period_start:%Y-%m-%dT%H:%MZ}"


class Heartbeat(models.Model):
    """The last time something really worked: written by a task, by the runner, by nothing that only exists."""

    name = models.CharField(primary_key=True, max_length=60)
    at = models.DateTimeField()
    worker = models.CharField(max_length=120, blank=True)

    class Meta:
        db_table = "heartbeat"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
