"""Scanning and sweeping by the clock, and what a doctor asks."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings

from foundation import clock
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from foundation.uploads import scanning
from foundation.uploads.selectors import count_waiting
from foundation.uploads.services import remove_orphans, scan_waiting
from foundation.watch import Complaint, Gauge, probes, readings


@periodic("uploads.scan", every=timedelta(seconds=10), catches_up=False, in_one_transaction=False)
def scan_what_waits(_: Period) -> dict[str, int]:
    return scan_waiting(at=clock.now()) if scanning.is_there() else {}


@periodic("uploads.orphans", every=timedelta(days=1), catches_up=False, in_one_transaction=False)
def remove_files_nobody_names(_: Period) -> int:
    return remove_orphans()


@readings.entry("uploads")
def gauges() -> Iterator[Gauge]:
    yield Gauge("fanz_uploads_waiting", "Documents that wait for the virus scanner.", count_waiting())


@probes.entry("uploads")
def documents_are_scanned() -> Iterator[Complaint]:
    if not scanning.is_there():
        yield Complaint(
            "Documents are not scanned for viruses: CLAMD_URL is not set.",
            "Run clamd and name it (docs/uploads.md).",
            is_warning=not settings.IS_PRODUCTION,
        )
        return
    try:
        scanning.ping()
    except scanning.ScannerSilent as problem:
        yield Complaint(
            f"The virus scanner does not answer ({problem}); {count_waiting()} documents wait.",
            "Start clamd or mend CLAMD_URL.",
        )
