"""How old the last good backup and the last good drill are."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from fanzmoney.backups.half import REMEDY, half_restored
from fanzmoney.backups.making import MADE
from fanzmoney.backups.restoring import DRILLED
from fanzmoney.backups.shelf import Shelf
from foundation.audit.selectors import last_done
from foundation.seal.sources import scalar
from foundation.watch import Complaint, Gauge, probes, readings

BACKUP_EVERY, DRILL_EVERY = timedelta(hours=26), timedelta(days=32)


@readings.entry("backups")
def gauges() -> Iterator[Gauge]:
    now: datetime = scalar("SELECT clock_timestamp()")
    for action, name, words in (
        (MADE, "fanz_backup_age_seconds", "Since the last whole backup."),
        (DRILLED, "fanz_backup_drill_age_seconds", "Since a backup was last brought back and proven."),
    ):
        done = last_done(action)
        if done:
            yield Gauge(name, words, (now - done).total_seconds())


@probes.entry("restored")
def nothing_is_half_restored() -> Iterator[Complaint]:
    with connection.cursor() as cursor:
        name = half_restored(cursor)
    if name:
        yield Complaint(f"The database {name} is half restored: a restore was cut off, or is at work.", REMEDY)


@probes.entry("backups")
def backups_are_made_and_tried() -> Iterator[Complaint]:
    now: datetime = scalar("SELECT clock_timestamp()")
    made, drilled = last_done(MADE), last_done(DRILLED)
    remedy = "Run `manage.py backup` every day (docs/backup.md)."
    if made is None or now - made > BACKUP_EVERY:
        yield Complaint(_told("The last whole backup", made, now), remedy, is_warning=not settings.IS_PRODUCTION)
    if made and (drilled is None or now - drilled > DRILL_EVERY):
        remedy = "Run `manage.py backup_drill` each month."
        yield Complaint(_told("The last good drill", drilled, now), remedy, is_warning=True)
    overdue = Shelf(settings.BACKUP_DIR).overdue_keys(now)
    if overdue:
        yield Complaint(
            f"{len(overdue)} backups hold copies of keys older than 30 days, first {overdue[-1]}.",
            "Run `manage.py backup`: it removes them.",
        )


def _told(what: str, at: datetime | None, now: datetime) -> str:
    if at is None:
        return f"{what}: there was none."
    return f"{what} is {(now - at) / timedelta(hours=1):.0f} hours old."
