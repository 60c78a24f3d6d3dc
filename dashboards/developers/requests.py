"""What the platform's programs asked of the API lately, and what became of it, down to the books."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse

from dashboards.developers.books import books_of
from dashboards.developers.door import MOST, for_a_file, my_platform, wall
from foundation import clock
from foundation.errors import Invalid
from foundation.http.components import Ago, Badge, Column, Empty, Id, Link, Row, Table
from foundation.http.tables import streamed
from foundation.identity.selectors import clients_of
from foundation.requests.models import RequestLine
from foundation.requests.selectors import RequestQuery, get_line, list_lines, what_about

PAGE = 50
COLUMNS = ("at", "program", "method", "path", "status", "code", "milliseconds", "request_id", "key", "made")
STATUSES = ("200", "201", "202", "400", "401", "403", "404", "409", "422", "429", "500", "503")
EVERY = {"": "All", "refused": "Refused"}
MOST_DIGITS = 18


class Filters(forms.Form):
    request_id = forms.CharField(
        label="Request id", required=False, max_length=64,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "placeholder": "X-Request-Id"}),
    )  # fmt: skip
    status = forms.ChoiceField(
        required=False, choices=[("", "All"), ("refused", "All refused"), *((one, one) for one in STATUSES)]
    )
    client = forms.ChoiceField(label="Program", required=False)

    def __init__(self, data: Any, *, programs: dict[UUID, str]) -> None:
        super().__init__(data)
        self.fields["client"].choices = [("", "All"), *((str(id), name) for id, name in programs.items())]  # type: ignore[attr-defined]

    def query(self) -> RequestQuery:
        """Invalid for what no form of ours offers."""
        if not self.is_valid():
            raise Invalid("request.invalid", "These filters cannot be read.")
        said = self.cleaned_data
        client_id = UUID(said["client"]) if said["client"] else None
        return RequestQuery(said["status"], client_id, said["request_id"].strip())


def requests(request: HttpRequest) -> HttpResponse:
    programs = _programs(request)
    filters = Filters(request.GET, programs=programs)
    query, before = filters.query(), _before(request)
    with wall(request) as platform_id:
        rows = list_lines(platform_id, query)
        found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    chosen = {name: value for name, value in request.GET.dict().items() if value and name in filters.fields}
    older = "?" + urlencode({**chosen, "before": found[PAGE - 1].pk}) if len(found) > PAGE else ""
    context = {
        "filters": filters,
        "views": [(key, word, key == query.status) for key, word in EVERY.items()],
        "table": _table(found[:PAGE], programs, older, is_narrowed=bool(chosen)),
        "is_filtered": bool(chosen),
        "most": f"{MOST:,}",
        "file_url": reverse("developers:requests_file") + "?" + urlencode(chosen),
    }
    return render(request, "developers/requests.html", context)


def requests_file(request: HttpRequest) -> StreamingHttpResponse:
    """What is kept and fits, as CSV."""
    programs = _programs(request)
    rows = list_lines(my_platform(request), Filters(request.GET, programs=programs).query())
    lines = (
        {**{name: getattr(line, name, "") for name in COLUMNS}, "program": programs.get(line.client_id, "")}
        for line in for_a_file(request, rows)
    )
    return streamed(f"requests-{clock.now():%Y%m%d}", COLUMNS, lines, "csv")


def one(request: HttpRequest, number: int) -> HttpResponse:
    with wall(request) as platform_id:
        line = get_line(number, platform_id=platform_id)
        about = what_about(line)
        kind, id = about or ("", None)
        books = books_of(id) if id and kind in ("payment", "refund") else None
    context = {
        "line": line,
        "badge": _badge(line.status),
        "program": _programs(request).get(line.client_id, ""),
        "about": f"/api/v1/{kind}s/{id}" if about else "",
        "kind": kind,
        "about_url": reverse(f"developers:{kind}", args=[id]) if kind in ("payment", "subscription") else "",
        "table": books,
        "problem_url": f"{reverse('problems')}#{line.code}" if line.code else "",
        "crumbs": [("Requests", reverse("developers:requests")), (f"{line.method} {line.path}"[:60], "")],
    }
    return render(request, "developers/request.html", context)


def _programs(request: HttpRequest) -> dict[UUID, str]:
    return {one.pk: one.name for one in clients_of(my_platform(request))}


def _table(found: list[RequestLine], programs: dict[UUID, str], older: str, *, is_narrowed: bool) -> Table:
    rows = [
        Row([
            Link(f"{line.method} {line.path}", reverse("developers:request", args=[line.pk]), line.code),
            programs.get(line.client_id, ""), _badge(line.status), f"{line.milliseconds} ms",
            f"{line.key}…" if line.key else None, Id(line.request_id, f"…{line.request_id[-6:]}"), Ago(line.at),
        ])
        for line in found
    ]  # fmt: skip
    columns = [
        Column("Request"), Column("Program"), Column("Answer", tight=True), Column("Took", end=True),
        Column("Key", tight=True), Column("Request id", tight=True), Column("When", tight=True),
    ]  # fmt: skip
    nothing = Empty("No request fits", "Take a filter away; what is older than thirty days is gone.", icon="search")
    fresh = Empty("No request yet", "What your programs ask of the API stands here a second later.", icon="code")
    return Table("Requests", columns, rows, nothing if is_narrowed else fresh, next_url=older, keys=True)


def _badge(status: int) -> Badge:
    if status < 400:
        return Badge(str(status), "normal", "check")
    return Badge(str(status), "delayed" if status in (409, 429, 503) else "frozen", "x")


def _before(request: HttpRequest) -> int | None:
    text = request.GET.get("before", "")
    if text and not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise Invalid("request.invalid", "That is no page of this list.")
    return int(text) if text else None
