"""How files come to a bank or a signer, and how their reports are fetched."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.control import Call
from sandbox.control.line import HungUp
from sandbox.rails.hub import Rails

RECEIVED, ACCEPTED, REJECTED, SETTLED = "RECEIVED", "ACCEPTED", "REJECTED", "SETTLED"
REFERENCE = re.compile(r"[A-Za-z0-9._-]{1,40}")
NAME = re.compile(r"[A-Za-z0-9._-]{1,80}")
DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/=]{44}):")
KEPT_FILES, KEPT_REPORTS = 5_000, 10_000
MOST_REPORTS = 500


@dataclass
class Filed:
    """One file and what became of it; `tells` is how often each report about it is told."""

    reference: str
    id: str
    name: str
    sha256: str
    at: datetime
    status: str = RECEIVED
    code: str = ""
    text: str = ""
    tells: int = 1
    is_refused: bool = False
    """It was looked at and refused when it was handed over, not by a later word."""
    untold: list[tuple[str, bytes]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "reference": self.reference,
            "id": self.id,
            "status": self.status,
            "code": self.code,
            "text": self.text,
            "at": self.at.isoformat(),
        }

    def shown(self) -> dict[str, Any]:
        """What whoever asks is told: of a file that is kept silent about, no more than that it came."""
        said = self.as_json()
        return said if self.tells or self.is_refused else {**said, "status": RECEIVED, "code": "", "text": ""}

    def refuse(self, at: datetime, code: str, text: str) -> None:
        self.become(REJECTED, at, code, text)
        self.is_refused = True

    def become(self, status: str, at: datetime, code: str = "", text: str = "") -> None:
        self.status, self.at, self.code, self.text = status, at, code, text[:300]


@dataclass(frozen=True)
class Report:
    id: str
    kind: str
    created_at: datetime
    file_reference: str
    body: bytes

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "created_at": self.created_at.isoformat(),
            "file_reference": self.file_reference,
        }


class Taker(Protocol):
    """Who looks at the files."""

    format: str

    def take(self, filed: Filed, raw: bytes, call: Call) -> str:
        """Do what the file says and set its status; `hang_up` when it was not taken, `lose_reply` to say nothing."""
        ...


class Files:
    """The house a bank keeps its customer's files in."""

    def __init__(self, rails: Rails, name: str, path: str, token: str, taker: Taker) -> None:
        self.rails, self.path, self.token, self.taker = rails, path, token, taker
        self.desk = rails.control.desk(name)
        self.desk.throttled = self.desk.broken = busy
        self.filed: OrderedDict[str, Filed] = OrderedDict()
        self.reports: OrderedDict[str, Report] = OrderedDict()
        self._told = 0

    def routes(self) -> list[BaseRoute]:
        door = self.desk.door
        return [
            Route(f"{self.path}/files/{{reference}}", door("upload", self.upload), methods=["PUT"]),
            Route(f"{self.path}/files/{{reference}}", door("status", self.status), methods=["GET"]),
            Route(f"{self.path}/reports", door("list", self.listed), methods=["GET"]),
            Route(f"{self.path}/reports/{{id}}", door("download", self.download), methods=["GET"]),
        ]

    def tell(self, filed: Filed, kind: str, body: bytes, at: datetime) -> None:
        """Put a report out, as often as this file's reports are told."""
        if not filed.tells:
            filed.untold.append((kind, body))
        for _ in range(filed.tells):
            self._told += 1
            report = Report(f"R{self._told:08}", kind, at, filed.reference, body)
            self.reports[report.id] = report
        while len(self.reports) > KEPT_REPORTS:
            self.reports.popitem(last=False)

    def forget(self) -> None:
        self.filed.clear()
        self.reports.clear()

    def speak(self, filed: Filed, at: datetime) -> None:
        """Tell all that was kept back."""
        filed.tells, kept_back, filed.untold = 1, filed.untold, []
        for kind, body in kept_back:
            self.tell(filed, kind, body, at)

    async def upload(self, call: Call) -> Response:
        if refusal := self.stranger(call):
            return refusal
        reference, raw = call.request.path_params["reference"], call.raw
        headers = call.request.headers
        given = DIGEST.fullmatch(headers.get("content-digest", ""))
        if not REFERENCE.fullmatch(reference) or not NAME.fullmatch(headers.get("x-file-name", "")):
            return problem(400, "a file has a reference and a name of letters, digits, dots, lines and dashes")
        if not given or not _is_digest(given[1], raw):
            return problem(400, "Content-Digest does not fit the body")
        if headers.get("x-file-format") != self.taker.format:
            return problem(415, f"only {self.taker.format} is taken here")
        sha256 = hashlib.sha256(raw).hexdigest()
        if known := self.filed.get(reference):
            return JSONResponse(known.shown()) if known.sha256 == sha256 else problem(409, "other bytes were here")
        filed = Filed(reference, f"F{len(self.filed) + 1:06}", headers["x-file-name"], sha256, self.desk.clock.now())
        outcome = self.taker.take(filed, raw, call)
        if outcome == "hang_up":
            return HungUp()
        self.filed[reference] = filed
        while len(self.filed) > KEPT_FILES:
            self.filed.popitem(last=False)
        return HungUp() if outcome == "lose_reply" else _taken(filed)

    async def status(self, call: Call) -> Response:
        if refusal := self.stranger(call):
            return refusal
        filed = self.filed.get(call.request.path_params["reference"])
        return JSONResponse(filed.shown()) if filed else problem(404, "it never came")

    async def listed(self, call: Call) -> Response:
        if refusal := self.stranger(call):
            return refusal
        try:
            since = datetime.fromisoformat(call.request.query_params.get("since", "").replace(" ", "+"))
            found = [one.as_json() for one in self.reports.values() if one.created_at >= since]
        except (ValueError, TypeError):
            return problem(400, "since is a moment with its offset, as ISO 8601 writes it")
        return JSONResponse({"reports": found[:MOST_REPORTS]})

    async def download(self, call: Call) -> Response:
        if refusal := self.stranger(call):
            return refusal
        report = self.reports.get(call.request.path_params["id"])
        return (
            Response(report.body, media_type="application/octet-stream") if report else problem(404, "no such report")
        )

    def stranger(self, call: Call) -> Response | None:
        """The refusal for a caller without the token; also the moment at which all that is due gets done."""
        self.rails.clockwork.catch_up()
        given = call.request.headers.get("authorization", "").encode()
        if hmac.compare_digest(given, f"Bearer {self.token}".encode()):
            return None
        return problem(401, "the token is not known")


def _taken(filed: Filed) -> Response:
    """What is said when a file is handed over: a refusal that comes by a report is not known yet."""
    if filed.is_refused:
        return JSONResponse(filed.as_json(), 422)
    said = filed.shown()
    return JSONResponse({**said, "status": RECEIVED, "code": "", "text": ""} if filed.status == REJECTED else said, 201)


def _is_digest(given: str, raw: bytes) -> bool:
    try:
        return hmac.compare_digest(base64.b64decode(given, validate=True), hashlib.sha256(raw).digest())
    except binascii.Error:
        return False


def problem(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status)


def busy() -> Response:
    """Nothing is taken now, for certain."""
    return JSONResponse({"error": "nothing is taken now"}, 503, headers={"retry-after": "60"})
