"""The trail as a table, however long it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse

from dashboards.compliance.audit import Filters
from foundation import clock
from foundation.audit.reading import note_reading
from foundation.audit.selectors import AuditQuery, all_records, count_records
from foundation.errors import Invalid
from foundation.http.tables import KINDS, Format, streamed
from foundation.identity.actors import actor_of

MOST = 1_000  # more takes a second person: /compliance/audit/packs
COLUMNS = (
    "id", "at", "actor", "action", "outcome", "subject_type", "subject_id", "platform_id", "reason", "request_id",
    "facts",
)  # fmt: skip


def export(request: HttpRequest) -> StreamingHttpResponse:
    """Records that fit the filters as CSV or NDJSON; taking them is itself recorded."""
    filters, kind = Filters(request.GET), request.GET.get("format", "csv")
    if not filters.is_valid() or kind not in KINDS:
        raise Invalid("request.invalid", "These filters cannot be read.")
    query = filters.query()
    records, subjects = count_records(query, most=MOST)
    note_reading("audit.exported", query, by=actor_of(request), subjects=subjects, records=records, format=kind)
    form: Format = "ndjson" if kind == "ndjson" else "csv"
    return streamed(f"audit-{clock.now():%Y%m%d-%H%M%S}", COLUMNS, _rows(query), form)


def _rows(query: AuditQuery) -> Iterator[dict[str, Any]]:
    for line in all_records(query, most=MOST):
        yield {column: getattr(line, column) for column in COLUMNS}
