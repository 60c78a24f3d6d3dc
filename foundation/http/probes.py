"""What a doctor asks of the machine, the servers and the schema; rooms ask the rest."""

from __future__ import annotations

import shutil
import smtplib
import time
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.core import checks
from django.core.mail import get_connection
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from psycopg_pool import ConnectionPool

from foundation.http import health, partitions
from foundation.watch import Complaint, Gauge, probes, readings

LEAST_FREE_BYTES, LEAST_FREE_SHARE = 1 << 30, 0.05
MOST_SKEW_SECONDS = 2.0


@readings.entry("pool")
def pool() -> Iterator[Gauge]:
    """This process's connections to Postgres."""
    kept = getattr(connection, "_connection_pools", {}).get(connection.alias)
    stats = kept.get_stats() if isinstance(kept, ConnectionPool) else {}
    for key, words in (
        ("pool_size", "Connections this process holds."),
        ("pool_available", "Of them idle."),
        ("requests_waiting", "Threads that wait for one."),
        ("requests_errors", "Threads that waited in vain."),
    ):
        yield Gauge(f"fanz_database_{key}", words, stats.get(key, 0))


@probes.entry("checks")
def django_checks() -> Iterator[Complaint]:
    found = checks.run_checks(databases=["default"], include_deployment_checks=settings.IS_PRODUCTION)
    for message in found:
        if message.level >= checks.WARNING and not message.is_silenced():
            yield Complaint(
                f"{message.msg} ({message.id})", message.hint or "", is_warning=message.level < checks.ERROR
            )


@probes.entry("migrations")
def schema_is_current() -> Iterator[Complaint]:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        yield Complaint(f"{len(waiting)} migrations wait, first {waiting[0][0]}.", "Run `manage.py migrate`.")


@probes.entry("partitions")
def partitions_stand_ready() -> Iterator[Complaint]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT fanz_now()")
        (now,) = cursor.fetchone()
    for table, until in partitions.ready_until().items():
        if until < now + timedelta(days=30 * (partitions.MONTHS_AHEAD - 3)):
            is_near = until < now + timedelta(days=60)
            yield Complaint(
                f"{table} has partitions until {until:%Y-%m} only.", "Run `manage.py migrate`.", is_warning=not is_near
            )
    for table in partitions.strays():
        yield Complaint(
            f"Rows of {table} lie outside all months.",
            "Run `manage.py migrate`; then move them by hand.",
            is_warning=True,
        )


@probes.entry("redis")
def redis_answers() -> Iterator[Complaint]:
    if not health.redis_answers():
        yield Complaint("Redis does not answer.", "Start it. Pages and API work; news, mail and jobs wait for it.")


@probes.entry("smtp")
def mail_can_leave() -> Iterator[Complaint]:
    door = get_connection(timeout=3)
    try:
        door.open()
        door.close()
    except (OSError, smtplib.SMTPException) as error:
        yield Complaint(f"The mail server does not answer ({type(error).__name__}).", "Mend EMAIL_URL or the server.")


@probes.entry("clock")
def clocks_agree() -> Iterator[Complaint]:
    began = time.time()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM clock_timestamp())::float8, extract(epoch FROM fanz_offset())::float8"
        )
        theirs, offset = cursor.fetchone()
    skew = theirs - (began + time.time()) / 2
    if abs(skew) > MOST_SKEW_SECONDS:
        yield Complaint(f"The database's clock is {skew:+.1f} s off ours.", "Run NTP on both machines.")
    if offset and settings.IS_PRODUCTION:
        yield Complaint(f"Time was moved by {offset:.0f} s.", "Production time is never moved: open an incident.")


@probes.entry("disk")
def disk_has_room() -> Iterator[Complaint]:
    usage = shutil.disk_usage(settings.STATE_DIR)
    if usage.free < max(LEAST_FREE_BYTES, usage.total * LEAST_FREE_SHARE):
        yield Complaint(f"{usage.free >> 20} MB are left under the state directory.", "Make room, or move it.")


@probes.entry("key_files")
def key_files_are_private() -> Iterator[Complaint]:
    for file in (settings.MASTER_KEY_FILE, settings.JWT_PRIVATE_KEY_FILE):
        if not file.is_file():
            yield Complaint(f"{file.name} is missing.", "Bring it back from its safe; without it nothing can be read.")
        elif file.stat().st_mode & 0o077:
            yield Complaint(f"Others may read {file.name}.", f"chmod 600 {file.name}")
