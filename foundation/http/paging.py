"""Pages that neither skip nor repeat a row while others are being added."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet
from rest_framework import serializers
from rest_framework.response import Response

from foundation.errors import NotFound
from foundation.http.fields import QueryNumber
from foundation.http.serializers import Body, StrictSerializer

M = TypeVar("M", bound=Model)
MOST_ON_A_PAGE, USUAL_ON_A_PAGE = 200, 50


class Paging(StrictSerializer):
    """The query parameters of every list."""

    cursor = serializers.RegexField(
        r"^[A-Za-z0-9_-]+\Z", required=False, max_length=500, help_text="Taken from `next` of the page before."
    )
    limit = QueryNumber(
        least=1, most=MOST_ON_A_PAGE, required=False, help_text=f"Rows on a page; {USUAL_ON_A_PAGE} unless told."
    )


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """The rows of a page, and the address of the one after it."""

    found: list[M]
    following: str | None

    def answer(self, data: Any) -> Response:
        """`{"data": […], "next": url or null}` with the same link as a header."""
        response = Response({"data": data, "next": self.following})
        if self.following:
            response.headers["Link"] = f'<{self.following}>; rel="next"'
        return response


def read_page(request: Any, query: Body, rows: QuerySet[M], order: tuple[str, ...]) -> Page[M]:
    """One page of these rows.

    `order` names columns that together are unique; the cursor is the place of the last row in that order.
    """
    limit = query.limit or USUAL_ON_A_PAGE
    if query.cursor:
        rows = rows.filter(_after(rows.model, order, query.cursor))
    found = list(rows.order_by(*order)[: limit + 1])
    has_more, found = len(found) > limit, found[:limit]
    return Page(found, link_to(request, _cursor(found[-1], order)) if has_more else None)


def link_to(request: Any, cursor: str) -> str:
    """This address again, at another place."""
    return f"{settings.PUBLIC_URL}{request.path}?{urlencode({**request.query_params.dict(), 'cursor': cursor})}"


def _cursor(row: Model, order: tuple[str, ...]) -> str:
    place = [_plain(getattr(row, _column(type(row), name).attname)) for name in order]
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _after(model: type[Model], order: tuple[str, ...], cursor: str) -> Q:
    try:
        place = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(place, list) or any(not isinstance(text, str) or "\x00" in text for text in place):
            raise ValueError("not a place")
        values = [_column(model, name).to_python(text) for name, text in zip(order, place, strict=True)]
    except (ValueError, ValidationError, OverflowError, RecursionError):
        raise NotFound("paging.cursor_unknown", "There is no page at this cursor; begin again without one.") from None
    later, same = Q(), Q()
    for name, value in zip(order, values, strict=True):
        column, comparison = name.lstrip("-"), "lt" if name.startswith("-") else "gt"
        later |= same & Q(**{f"{column}__{comparison}": value})
        same &= Q(**{column: value})
    return later


def _column(model: type[Model], name: str) -> Field[Any, Any]:
    column = model._meta.get_field(name.lstrip("-"))
    if not isinstance(column, Field):
        raise TypeError(f"{name} is not a column of {model._meta.label}")
    return column
