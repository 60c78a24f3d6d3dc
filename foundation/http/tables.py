"""Tables to take away: streamed, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, TypeVar

from django.http import StreamingHttpResponse

from foundation.commands import PlainEncoder
from foundation.http.amounts import plain_amount
from foundation.money import Money

T = TypeVar("T")
Format = Literal["csv", "ndjson"]
KINDS: dict[Format, str] = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
UNSEEN = " \u00a0\u3000\u200b\ufeff"


def harmless(value: Any) -> Any:
    """A cell no spreadsheet takes for a formula; numbers and amounts stay numbers."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Money):
        return plain_amount(value)
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


def streamed(name: str, columns: Sequence[str], rows: Iterable[dict[str, Any]], kind: Format) -> StreamingHttpResponse:
    """The table as a download that begins at once."""
    return download(lines(columns, rows, kind), content_type=KINDS[kind], filename=f"{name}.{kind}")


def download(parts: Iterator[bytes], *, content_type: str, filename: str) -> StreamingHttpResponse:
    """A file to keep, sent part by part."""
    response = StreamingHttpResponse(parts, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def turn_by_turn(pages: Iterator[T], within: Callable[[], AbstractContextManager[Any]]) -> Iterator[T]:
    """Each page is read in a transaction of its own, so that a slow reader holds nothing."""
    while True:
        with within():
            page = next(pages, None)
        if page is None:
            return
        yield page


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
