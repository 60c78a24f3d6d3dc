"""What rooms let be watched: probes a doctor asks, gauges read when somebody looks, counters kept in the process."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import psycopg
from django.db import DatabaseError
from prometheus_client import Counter, Histogram

from foundation.registry import Registry

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something is not well, and what to do about it. A warning can wait."""

    what: str
    remedy: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Gauge:
    """A number read from where the fact lives, with the words that tell it from its neighbours."""

    name: str
    help: str
    value: float
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Promise:
    """Something promised every so often: when it was last done, and what whoever did it wrote down."""

    what: str
    every: timedelta
    done_at: datetime | None
    found: tuple[str, ...] = ()

    def is_kept(self, now: datetime) -> bool:
        return self.done_at is not None and now - self.done_at <= self.every


Probe = Callable[[], Iterable[Complaint]]
Reading = Callable[[], Iterable[Gauge]]
Promised = Callable[[], Iterable[Promise]]
probes: Registry[Probe] = Registry("probe")
readings: Registry[Reading] = Registry("reading")
promises: Registry[Promised] = Registry("promise")


@dataclass(frozen=True, slots=True)
class Looked:
    """What one probe found, and how long it looked."""

    probe: str
    ms: float
    findings: tuple[Complaint, ...]

    @property
    def is_well(self) -> bool:
        return all(complaint.is_warning for complaint in self.findings)


def look(name: str, ask: Probe) -> Looked:
    """One probe's answer; that it cannot be had is an answer too."""
    began = time.perf_counter()
    try:
        found = tuple(ask())
    except (DatabaseError, psycopg.Error) as error:
        words = (str(error).strip().splitlines() or [type(error).__name__])[0]
        found = (Complaint(f"The database does not answer: {words}", "Mend DATABASE_URL or the server."),)
    except Exception as error:
        log.exception("The probe %s failed.", name)
        found = (Complaint(f"It could not be asked ({type(error).__name__}).", "Look into the log of this program."),)
    return Looked(name, round((time.perf_counter() - began) * 1000, 1), found)


REQUESTS = Histogram(
    "fanz_http_request_seconds",
    "How long requests took, by the name of the view.",
    ["view", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 10),
)
RETRIES = Counter("fanz_database_retries", "Transactions begun again, by the database's reason.", ["sqlstate"])
