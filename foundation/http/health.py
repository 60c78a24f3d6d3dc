"""What machines ask: does the process turn, can it serve, and how is it doing."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterator
from hmac import compare_digest

import psycopg
import redis
import structlog
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector, CollectorRegistry

from foundation.errors import Forbidden
from foundation.http import ending
from foundation.watch import Gauge, readings

PATIENCE_SECONDS = 2
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")
log = structlog.get_logger("fanz.health")


def livez(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """Whether requests can be served: without Postgres no, without Redis slower, before it ends no more."""
    postgres, broker, is_ending = postgres_answers(), redis_answers(), ending.is_said()
    status = "ending" if is_ending else "unready" if not postgres else "ready" if broker else "degraded"
    words = {True: "ok", False: "down"}
    body = {"status": status, "postgres": words[postgres], "redis": words[broker]}
    return JsonResponse(body, status=200 if postgres and not is_ending else 503)


def postgres_answers() -> bool:
    """Asked past the pool, so that a probe neither waits for it nor holds it."""
    database = settings.DATABASES["default"]
    try:
        with psycopg.connect(
            host=str(database["HOST"]),
            port=str(database["PORT"]),
            dbname=str(database["NAME"]),
            user=str(database["USER"]),
            password=str(database["PASSWORD"]),
            connect_timeout=PATIENCE_SECONDS,
            options=f"-c statement_timeout={PATIENCE_SECONDS}s",
        ) as door:
            return door.execute("SELECT 1").fetchone() == (1,)
    except psycopg.Error:
        return False


def redis_answers() -> bool:
    patience = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
    try:
        with redis.Redis.from_url(settings.REDIS_URL, **patience) as door:
            return bool(door.ping())
    except redis.RedisError:
        return False


def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus: open to this machine, to others with the token."""
    if not (_is_this_machine(request) or _has_token(request)):
        raise Forbidden("auth.metrics_closed", "Metrics are for this machine, or for who has the token.")
    counted, read_now = REGISTRY, CollectorRegistry()
    if settings.METRICS_DIR:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)
    read_now.register(Readings())
    return HttpResponse(generate_latest(counted) + generate_latest(read_now), content_type=CONTENT_TYPE_LATEST)


def _is_this_machine(request: HttpRequest) -> bool:
    if settings.SECURE_PROXY_SSL_HEADER or any(header in request.META for header in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _has_token(request: HttpRequest) -> bool:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    known = bool(settings.METRICS_TOKEN) and kind.lower() == "bearer"
    return known and compare_digest(token.encode(), settings.METRICS_TOKEN.encode())


class Readings(Collector):
    """The gauges of all rooms, read now; one that cannot be read is left out and counted."""

    def collect(self) -> Iterator[Metric]:
        families: dict[str, list[Gauge]] = defaultdict(list)
        failed = 0
        for name, reading in readings.items():
            try:
                for gauge in reading():
                    families[gauge.name].append(gauge)
            except (DatabaseError, redis.RedisError, OSError) as error:
                failed += 1
                log.warning("metrics.unread", reading=name, error=type(error).__name__)
        for name, gauges in families.items():
            family = GaugeMetricFamily(name, gauges[0].help, labels=list(gauges[0].labels))
            for gauge in gauges:
                family.add_metric(list(gauge.labels.values()), gauge.value)
            yield family
        yield GaugeMetricFamily("fanz_readings_failed", "Gauges that could not be read just now.", value=failed)
