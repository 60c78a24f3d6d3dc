"""Where the house takes words: what the API takes by its document, and the forms and filters of pages."""

from __future__ import annotations

import copy
import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from html.parser import HTMLParser
from io import StringIO
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.http import HttpResponseBase
from django.test import Client
from django.urls import Resolver404, resolve

from fanzmoney.demo.people import email_of
from fanzmoney.trials.fuzzing.callers import PROGRAMS, proved_session, who
from fanzmoney.trials.hostile.crawl import LEFT_ALONE
from foundation.faults import Run
from foundation.http import access, contract
from foundation.http.routes import every_route
from foundation.identity import tokens
from foundation.identity.models import User
from foundation.identity.roles import PORTAL_ROLES, Role

BY_FORMAT = {
    "uuid": str(UUID(int=0xDEAD)), "date-time": "2026-01-01T00:00:00Z", "date": "2026-01-01",
    "uri": "https://trial.example/", "email": "trial@trial.example", "ipv4": "192.0.2.7",
}  # fmt: skip
LOGIN = "/login"
WAYS_OUT = ("logout", "password", "/account/")  # what would end the session of who asks
HEADERS = ("User-Agent", "Referer", "Accept-Language", "Idempotency-Key", "X-Request-ID", "If-Match", "X-Forwarded-For")
Spot = tuple[str, tuple[Any, ...]]  # where, and the way to it


@dataclass
class Entry:
    """One address with a good value in every place."""

    method: str
    path: str
    by: Client
    parts: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    form: dict[str, str] | None = None
    files: tuple[str, ...] = ()
    is_open: bool = False  # it was answered well when it was found

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"

    def spots(self) -> list[Spot]:
        """Every place that takes a value, and some that nobody asked for."""
        found: list[Spot] = [("part", (name,)) for name in self.parts]
        found += [("query", (name,)) for name in self.query] + [("query name", ())]
        found += [("body", way) for way in _leaves(self.body)] if self.body is not None else []
        found += [("form", (name,)) for name in self.form or ()]
        found += [("file", (name,)) for name in self.files]
        return found

    def send(
        self, word: str, where: str = "", way: tuple[Any, ...] = (), headers: dict[str, str] | None = None
    ) -> HttpResponseBase:
        """Ask with this word in one place."""
        parts, query = dict(self.parts), dict(self.query)
        body, form = copy.deepcopy(self.body), dict(self.form or {})
        if where == "query name":
            query[word] = "1"
        elif where == "file":
            pass
        elif where:
            kept: Any = {"part": parts, "query": query, "body": body, "form": form}[where]
            for step in way[:-1]:
                kept = kept[step]
            kept[way[-1]] = word
        path = self.path.format_map({name: quote(value, safe="") for name, value in parts.items()})
        address = f"{path}?{asked}" if (asked := urlencode(given(query))) else path
        headers = {"Idempotency-Key": uuid4().hex} | (headers or {})
        if self.form is not None:
            said: dict[str, Any] = form | {name: _file(word) for name in self.files if where == "file"}
            return self.by.post(address, said, headers=headers)
        sent = "" if body is None else json.dumps(body)
        return self.by.generic(self.method, address, sent, "application/json", headers=headers)


def given(query: dict[str, str]) -> dict[str, str]:
    """What may be left out is, unless it is attacked: a filter that finds nothing ends a request early."""
    return {name: value for name, value in query.items() if value}


def hear_unattacked(run: Run, entry: Entry) -> None:
    """Whoever is not let in proves nothing, and of the rest it is counted how many were answered well."""
    answer = entry.send("")
    status, leads_to = answer.status_code, urlsplit(answer.headers.get("Location", "")).path
    is_shut = status == 401 or leads_to == LOGIN
    if is_shut or (entry.is_open and status >= 400):
        run.violated(f"{entry.label} is answered {status} {leads_to} without an attack")
    how = "answered_well" if status < 400 and not is_shut else "refused_unattacked"
    run.counted[how] = run.counted.get(how, 0) + 1


def _file(word: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{word}.csv", f"note,number\n{word},{word}\n".encode(), "text/csv")


def _leaves(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in pairs:
        if isinstance(inner, dict | list) and inner:
            yield from _leaves(inner, (*way, step))
        else:
            yield (*way, step)


@cache
def document() -> dict[str, Any]:
    return contract.as_it_is()


def example(schema: dict[str, Any]) -> Any:
    """A small value of this schema."""
    if "$ref" in schema:
        return example(document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for several in ("allOf", "oneOf", "anyOf"):
        if several in schema:
            return example(schema[several][0])
    if "enum" in schema:
        return schema["enum"][0]
    kinds = schema.get("type", "string")
    match next(iter([kinds] if isinstance(kinds, str) else kinds)):
        case "object":
            named = schema.get("properties", {})
            held = {name: example(inner) for name, inner in named.items() if not inner.get("readOnly")}
            return held or {"email": "a"}
        case "array":
            return [example(schema.get("items", {}))]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
    return BY_FORMAT.get(schema.get("format", ""), "a" * max(1, schema.get("minLength", 1)))


def person(role: str) -> Client:
    browser = Client(raise_request_exception=False)
    proved_session(browser, User.objects.get(email=email_of(role)))
    return browser


def api_entries(wanted: Callable[[str], bool] = lambda _: True) -> Iterator[Entry]:
    """Every operation, asked by somebody who may."""
    program = Client(raise_request_exception=False, headers=who(f"program of {PROGRAMS[0]}")["headers"])
    people = cache(person)
    for path, operations in document()["paths"].items():
        for verb, told in operations.items():
            if "responses" not in told or not wanted(f"{verb.upper()} {path}"):
                continue
            parameters = [*operations.get("parameters", ()), *told.get("parameters", ())]
            parts = {one["name"]: str(example(one["schema"])) for one in parameters if one["in"] == "path"}
            query = {
                one["name"]: str(example(one["schema"])) if one.get("required") else ""
                for one in parameters
                if one["in"] == "query"
            }
            row = access.row_for(resolve(path.format_map(parts)).view_name) or {}
            may = row.get(verb.upper())
            roles = sorted(may.roles, key=lambda role: (role not in PORTAL_ROLES, role)) if may else []
            by = people(roles[0]) if roles else program
            kinds = told.get("requestBody", {}).get("content", {})
            body = example(kinds["application/json"]["schema"]) if "application/json" in kinds else None
            yield Entry(verb.upper(), path, by, _found(by, path) or parts, query, body)


def _found(by: Client, path: str) -> dict[str, str]:
    """What stands in the list above, to get past the first look."""
    above, _, rest = path.partition("{")
    name = rest.partition("}")[0]
    if not name or rest.count("{"):
        return {}
    listed = by.get(above.rstrip("/"))
    items = listed.json().get("data", []) if listed.status_code == 200 else []
    value = items[0].get(name, items[0].get("id")) if items else None
    return {} if value is None else {name: str(value)}


class Forms(HTMLParser):
    """The forms and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[tuple[str, str, dict[str, str], list[str]]] = []
        self._is_open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        name = told.get("name", "")
        if tag == "a" and told.get("href"):
            self.links.append(told["href"])
        if tag == "form":
            self._is_open = True
            self.forms.append((told.get("method", "get").lower(), told.get("action", ""), {}, []))
        elif tag in ("input", "select", "textarea") and self._is_open and name and name != "csrfmiddlewaretoken":
            if told.get("type") == "file":
                self.forms[-1][3].append(name)
            else:
                usual = "" if self.forms[-1][0] == "get" else "a"
                self.forms[-1][2].setdefault(name, told.get("value") or usual)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_open = False


def page_entries(role: str, known: set[tuple[str, ...]]) -> Iterator[Entry]:
    """Every form, and every filter of a list, that this person is shown; what is known already is left out."""
    by = person(role)
    opened = set[str]()
    waiting = deque(route.path for route in every_route() if not any(mark in route.path for mark in "<^("))
    while waiting:
        address = waiting.popleft()
        path = urlsplit(address).path
        name = _name_of(path)
        if not name or name in opened or LEFT_ALONE.match(path) or path.startswith("/api/"):
            continue
        opened.add(name)
        answer = by.get(address)
        if answer.status_code != 200 or not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        page = Forms()
        page.feed(answer.content.decode(errors="replace"))
        links = [urljoin(address, link) for link in page.links if not urlsplit(link).netloc]
        waiting.extend(links)
        queries = [dict(parse_qsl(urlsplit(link).query)) for link in links if urlsplit(link).path == path]
        filters = {name: value for query in queries for name, value in query.items()}
        filters |= {
            name: value for method, _, fields, _ in page.forms if method == "get" for name, value in fields.items()
        }
        found = [Entry("GET", path, by, query=filters, is_open=True)] if filters else []
        for method, action, fields, files in page.forms:
            target = urlsplit(urljoin(address, action)).path
            if method == "post" and (fields or files) and not any(way in target for way in WAYS_OUT):
                found.append(Entry("POST", target, by, form=fields, files=tuple(files)))
        for one in found:
            key = (one.method, _name_of(one.path), *sorted({**one.query, **(one.form or {})}))
            if key not in known:
                known.add(key)
                yield one


def _name_of(path: str) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


def tireless_house() -> None:
    """The past of the demo, and nobody is ever asked to wait or to sign in again."""
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, (10**9, 60))
    settings.STAFF_IDLE = settings.STAFF_ABSOLUTE = settings.STEP_UP_LASTS = tokens.LASTS = timedelta(days=1)
    call_command("demo_seed", "--json", stdout=StringIO())


def every_entry() -> Iterator[Entry]:
    """The API first, then the pages of everybody: creators and fans, then the house."""
    yield from api_entries()
    known = set[tuple[str, ...]]()
    for role in [*PORTAL_ROLES, *(role for role in Role if role not in PORTAL_ROLES)]:
        yield from page_entries(role, known)
