"""Somebody who follows every link, and what their browser and their spreadsheet would make of it."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.http import HttpResponseBase
from django.test import Client
from django.urls import Resolver404, resolve

from foundation.http.routes import every_route

LIKE_THAT = 3  # addresses of one route
LEFT_ALONE = re.compile(r"^/(static|logout|metrics|admin/logout|api/(docs|redoc|schema))")
MARK = re.compile(r"~([a-z_]+\.[a-z_]+)~")
NUMBER = re.compile(r"[+-]?\d[\d.,]*")
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
ADDRESSES = ("href", "src", "action", "formaction", "hx-get", "hx-post", "data", "poster")


class Browser(HTMLParser):
    """Notes what would run, and where the links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ran: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag.startswith("zq-"):
            self.ran.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on"):
                self.ran.append(f"<{tag} {name}={value}>")
            if name in ADDRESSES:
                if (value or "").strip().lower().startswith(("javascript:", "data:text", "vbscript:")):
                    self.ran.append(f"<{tag} {name}={value}>")
                elif name == "href":
                    self.links.append(value or "")


@dataclass
class Seen:
    """What came of one walk."""

    pages: int = 0
    sheets: int = 0
    wrong: list[str] = field(default_factory=list)
    broken: Counter[str] = field(default_factory=Counter)
    marks: dict[str, str] = field(default_factory=dict)


def walk(client: Client, *, most: int = 2_000, also: tuple[str, ...] = ()) -> Seen:
    """Open every page this person can reach."""
    seen, known, by_route = Seen(), set[str](), Counter[str]()
    waiting = deque(
        [*also, *(route.path for route in every_route() if "<" not in route.path and "^" not in route.path)]
    )
    while waiting and seen.pages < most:
        address = waiting.popleft()
        path = urlsplit(address).path
        if address in known or LEFT_ALONE.match(path) or not path.startswith("/"):
            continue
        known.add(address)
        try:
            route = resolve(path).view_name
        except Resolver404:
            continue
        if by_route[route] >= LIKE_THAT:
            continue
        by_route[route] += 1
        answer = client.get(address)
        seen.pages += 1
        waiting.extend(urljoin(address, link) for link in _look(answer, address, seen))
    return seen


def _look(answer: HttpResponseBase, address: str, seen: Seen) -> list[str]:
    if answer.status_code >= 500:
        seen.broken[f"{resolve(urlsplit(address).path).view_name}: {answer.status_code}"] += 1
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    body, kind = raw.decode(errors="replace"), answer.headers.get("Content-Type", "")
    for mark in MARK.findall(body):
        seen.marks.setdefault(mark, address)
    if any("\r" in value or "\n" in value for _, value in answer.items()):
        seen.wrong.append(f"{address}: a header is split")
    if "zq-x" in answer.headers.get("Location", ""):
        seen.wrong.append(f"{address} leads to {answer.headers['Location'][:100]}")
    if "text/csv" in kind:
        seen.sheets += 1
        _look_at_sheet(body, address, seen)
        return []
    if not kind.startswith("text/html"):
        if answer.headers.get("X-Content-Type-Options") != "nosniff":
            seen.wrong.append(f"{address}: {kind} may be taken for a page")
        return []
    if "script-src 'self';" not in answer.headers.get("Content-Security-Policy", ""):
        seen.wrong.append(f"{address}: scripts of others are not forbidden")
    browser = Browser()
    browser.feed(body)
    seen.wrong += [f"{address}: {what[:200]} would run" for what in browser.ran]
    return [link for link in browser.links if not urlsplit(link).netloc]


def _look_at_sheet(body: str, address: str, seen: Seen) -> None:
    for row in csv.reader(io.StringIO(body, newline="")):
        for cell in row:
            if cell.lstrip(" \u00a0").startswith(BEGINS_A_FORMULA) and not NUMBER.fullmatch(cell):
                seen.wrong.append(f"{address}: the cell {cell[:60]!r} is a formula")
