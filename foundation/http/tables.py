"""Tables to take away: streamed, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any, Literal

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from foundation.commands import PlainEncoder

Format = Literal["csv", "ndjson"]
KINDS: dict[Format, str] = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
UNSEEN = " \u00a0\u3000\u200b\ufeff"


def harmless(value: Any) -> Any:
    """A cell no spreadsheet takes for a formula; numbers stay numbers."""
    if value is None or isinstance(value, int):
        return value
    text = value if isinstance(value, str) else json.dumps(value, cls=PlainEncoder, ensure_ascii=False).strip('"')
    return f"'{text}" if text.lstrip(UNSEEN).startswith(BEGINS_A_FORMULA) else text


def lines(columns: Sequence[str], rows: Iterable[dict[str, Any]], kind: Format) -> Iterator[bytes]:
    """The table, line by line."""
    if kind == "ndjson":
        for row in rows:
            yield json.dumps(row, cls=PlainEncoder, ensure_ascii=False).encode() + b"\n"
        return
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([harmless(row[column]) for column in columns])
        yield _taken(buffer)
    yield _taken(buffer)


def streamed(
    request: HttpRequest, name: str, columns: Sequence[str], rows: Iterable[dict[str, Any]], kind: Format
) -> StreamingHttpResponse:
    """The table as a download that begins at once."""
    content = lines(columns, rows, kind)
    body = _in_turn(content) if isinstance(request, ASGIRequest) else content
    response = StreamingHttpResponse(body, content_type=KINDS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


async def _in_turn(content: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Under ASGI each piece is made in the thread where the database may be asked."""

    def following() -> bytes:
        return next(content, b"")

    while piece := await sync_to_async(following)():
        yield piece
