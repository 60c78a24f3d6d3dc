"""What an answer must never show: where we live, what we run on, what we asked the database (XW10)."""

from __future__ import annotations

import re
from collections.abc import Mapping

import django
from django.conf import settings

TRACES = re.compile(
    r"Traceback \(most recent|\bFile \"[^\"]+\", line \d+|/site-packages/|\.py\", line|/usr/lib/python"
    r"|\b(psycopg|rest_framework|allauth|uvicorn|whitenoise|celery|kombu)\b[./]"
    r"|\bSELECT\b.{1,200}\bFROM \"|\bINSERT INTO \"|\bUPDATE \"\w+\" SET\b|\bDELETE FROM \""
    r"|relation \"\w+\" does not exist|violates (unique|check|foreign key|not-null) constraint|SQLSTATE"
    r"|object at 0x[0-9a-f]{6,}|PostgreSQL \d|Python/\d|Valkey|Redis(Error| server)|Errno \d+",
    re.IGNORECASE | re.DOTALL,
)
TELLING_HEADERS = ("server", "x-powered-by", "x-aspnet-version", "via")


def shown_in(body: str, headers: Mapping[str, str]) -> str:
    """The first thing an answer tells about our inside; empty when it tells nothing."""
    if found := TRACES.search(body):
        return found.group()[:120]
    for place in (str(settings.BASE_DIR), str(settings.STATE_DIR), f"Django {django.__version__}"):
        if place in body:
            return place
    return next((f"{name}: {headers[name]}" for name in TELLING_HEADERS if name in headers), "")
