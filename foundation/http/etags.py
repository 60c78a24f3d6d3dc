"""Edits name the version they were made from, so that nobody overwrites what they have not seen."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response

from foundation.errors import Conflict, Refusal


class VersionNeeded(Refusal):
    """Read the thing first and send its ETag as If-Match."""

    status, title, default_code = 428, "Say which version you edit", "request.version_needed"


class VersionPassed(Conflict):
    """Somebody edited it since you read it."""

    status, title, default_code = 412, "It was changed since you read it", "request.version_passed"


def etag_of(row: Any) -> str:
    return f'"{row.version}"'


def with_version(response: Response, row: Any) -> Response:
    response.headers["ETag"] = etag_of(row)
    return response


def expect_version(request: Any, row: Any) -> None:
    """Go on only if the caller read this version of the locked row."""
    sent = request.headers.get("If-Match", "")
    if not sent:
        raise VersionNeeded()
    if etag_of(row) not in [part.strip() for part in sent.split(",")]:
        raise VersionPassed()
