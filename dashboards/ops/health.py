"""Whether the house is well: what a doctor asks, asked now, and how old the last backups are."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from foundation.http.components import Ago, Badge, Column, Kpi, Link, Row, Table
from foundation.seal.sources import scalar
from foundation.watch import Looked, Probe, look, probes, promises

LATE = Badge("Late", "delayed", "warn")
WELL, SOON, NOW = Badge("Well", "normal", "check"), Badge("Soon", "delayed", "warn"), Badge("Now", "frozen", "stop")


def health(request: HttpRequest) -> HttpResponse:
    looked = [(_sentence(ask), look(name, ask)) for name, ask in probes.items()]
    looked.sort(key=lambda one: (one[1].is_well, not one[1].findings))
    columns = [Column("What should be true"), Column("State", tight=True)]
    table = Table("What a doctor asks", columns, [_row(words, found) for words, found in looked])
    context = {
        "tiles": backup_tiles(),
        "table": table,
        "ill": sum(not found.is_well for _, found in looked),
        "warned": sum(found.is_well and bool(found.findings) for _, found in looked),
    }
    return render(request, "ops/health.html", context)


def backup_tiles(href: str = "") -> list[Kpi]:
    """How long ago a backup was made, and one was brought back and proven, against what is promised."""
    now = scalar("SELECT clock_timestamp()")
    return [
        Kpi(
            promise.what,
            Ago(promise.done_at) if promise.done_at else "Never",
            icon="clock",
            note=", ".join([f"promised: at most {_hours(promise.every)} old", *promise.found]),
            badge=None if promise.is_kept(now) else LATE,
            href=href,
        )
        for promise in promises["backups"]()
    ]


def _hours(span: timedelta) -> str:
    return f"{span.days} days" if span > timedelta(days=2) else f"{span // timedelta(hours=1)} hours"


def _sentence(ask: Probe) -> str:
    return ask.__name__.replace("_", " ").capitalize()


def _row(words: str, looked: Looked) -> Row:
    said = " ".join(f"{complaint.what} {complaint.remedy}" for complaint in looked.findings)
    return Row([Link(words, sub=said), WELL if not said else SOON if looked.is_well else NOW])
