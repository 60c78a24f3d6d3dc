"""How old the last good backup and the last good drill are. Whoever made them wrote it into the trail, so that every
machine can say it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.template.defaultfilters import filesizeformat

from fanzmoney.backups.half import REMEDY, half_restored
from fanzmoney.backups.making import MADE
from fanzmoney.backups.restoring import DRILLED, FAILED
from fanzmoney.backups.shelf import KEYS_LIVE
from foundation.audit.selectors import AuditLine, last_done
from foundation.seal.sources import scalar
from foundation.watch import Complaint, Gauge, Promise, probes, promises, readings

BACKUP_EVERY, DRILL_EVERY = timedelta(hours=26), timedelta(days=32)


@promises.entry("backups")
def backups_are_promised() -> Iterator[Promise]:
    made, drilled, tried = last_done(MADE), last_done(DRILLED), last_done(DRILLED, FAILED)
    yield Promise("Last whole backup", BACKUP_EVERY, made.at if made else None, _found(made))
    failed = (f"a later drill of {tried.subject_id} was not sound",) if tried and tried.action == FAILED else ()
    yield Promise("Last good drill", DRILL_EVERY, drilled.at if drilled else None, (*_found(drilled), *failed))


def _found(line: AuditLine | None) -> tuple[str, ...]:
    if line is None:
        return ()
    size, rows, machine = (line.facts.get(name) for name in ("bytes", "rows", "machine"))
    proven = f"{rows:,} rows brought back and proven" if line.action == DRILLED and rows else ""
    words = (line.subject_id, filesizeformat(size) if size else "", proven, f"by {machine}" if machine else "")
    return tuple(word for word in words if word)


@readings.entry("backups")
def gauges() -> Iterator[Gauge]:
    now: datetime = scalar("SELECT clock_timestamp()")
    for action, name, words in (
        (MADE, "fanz_backup_age_seconds", "Since the last whole backup."),
        (DRILLED, "fanz_backup_drill_age_seconds", "Since a backup was last brought back and proven."),
    ):
        done = last_done(action)
        if done:
            yield Gauge(name, words, (now - done.at).total_seconds())


@probes.entry("restored")
def nothing_is_half_restored() -> Iterator[Complaint]:
    with connection.cursor() as cursor:
        name = half_restored(cursor)
    if name:
        yield Complaint(f"The database {name} is half restored: a restore was cut off, or is at work.", REMEDY)


@probes.entry("backups")
def backups_are_made_and_tried() -> Iterator[Complaint]:
    now: datetime = scalar("SELECT clock_timestamp()")
    backup, drill = backups_are_promised()
    if not backup.is_kept(now):
        remedy = "Run `manage.py backup` every day (docs/backup.md)."
        yield Complaint(_told(backup, now), remedy, is_warning=not settings.IS_PRODUCTION)
    if backup.done_at and not drill.is_kept(now):
        yield Complaint(_told(drill, now), "Run `manage.py backup_drill` each month.", is_warning=True)
    made = last_done(MADE)
    oldest = made.facts.get("oldest_keys") if made else ""
    if oldest and datetime.fromisoformat(oldest) < now - KEYS_LIVE:
        yield Complaint(
            f"Beside the last backup lies a copy of keys older than {KEYS_LIVE.days} days, of {oldest[:10]}.",
            "Run `manage.py backup`: it removes them.",
        )


def _told(promise: Promise, now: datetime) -> str:
    if promise.done_at is None:
        return f"{promise.what}: there was none."
    return f"{promise.what} is {(now - promise.done_at) / timedelta(hours=1):.0f} hours old."
