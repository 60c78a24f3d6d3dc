"""The one interface by which files reach banks and signers: docs/decisions/0009-files-for-banks-and-signers.md."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from foundation.errors import Invalid, Unavailable
from processors.gateways import http
from processors.gateways.decoding import json_object
from processors.gateways.rails.reasons import is_twice
from processors.gateways.rails.types import RailFile, RailOutcome, RailRequest, RailResult, RailTold
from processors.gateways.rails.values import value
from processors.gateways.redact import mask_text
from processors.gateways.types import Merchant

CONNECT_SECONDS, ANSWER_SECONDS = 3, 25
MOST_REPORTS, MOST_PAGES = 500, 200
RESULTS: Final[Mapping[str, RailResult]] = {
    "RECEIVED": RailResult.ACCEPTED,
    "ACCEPTED": RailResult.ACCEPTED,
    "SETTLED": RailResult.PAID,
    "REJECTED": RailResult.REFUSED,
}
TYPES: Final[Mapping[str, str]] = {
    "nacha": "text/plain; charset=us-ascii",
    "pain.001": "application/xml",
    "transfers": "application/json",
}
NOT_ANSWERED: Final = frozenset({401, 403, 404, 405, 413, 415, 429})
"""Answers that come before anyone looks at a file."""


@dataclass(frozen=True, slots=True)
class Report:
    """One report as it lies at the host."""

    id: str
    kind: str
    created_at: datetime
    file_reference: str
    body: bytes = field(repr=False)

    def key(self, number: int | str) -> str:
        return f"{self.kind}:{self.id}:{number}"[:200]


class NoHost(Exception):
    """The host cannot be asked, or nobody can say what its answer means."""


class ByFile:
    """What all banks have in common that take files: handed over by name, and asked about as a whole."""

    form: str
    """What the bank's interface calls the kind of file."""

    def transmit(self, merchant: Merchant, file: RailFile, reference: str) -> RailOutcome:
        return hand_over(merchant, file, reference, self.form)

    def status(
        self,
        merchant: Merchant,
        reference: str,
        provider_ref: str,
        sent_at: datetime,
        request: RailRequest | None = None,
    ) -> RailOutcome:
        """Of a file; of one payout in it only reports tell."""
        if request is not None:
            return RailOutcome(RailResult.UNKNOWN, text="The bank tells of single payouts by its reports.")
        return ask_about_file(merchant, reference)


def hand_over(merchant: Merchant, file: RailFile, reference: str, form: str) -> RailOutcome:
    """Hand a file over under this reference."""
    digest = base64.b64encode(hashlib.sha256(file.content).digest()).decode()
    headers = {
        "Content-Type": TYPES[form], "Content-Digest": f"sha-256=:{digest}:", "X-File-Name": file.name,
        "X-File-Format": form,
    }  # fmt: skip
    try:
        answer = _call(merchant, "PUT", f"files/{quote(reference, safe='')}", headers, file.content)
    except http.NotSent:
        return RailOutcome(RailResult.NOT_SENT, text="The host was not reached.")
    except http.NoAnswer as lost:
        return RailOutcome(RailResult.UNKNOWN, text=str(lost)[:300])
    if answer.status in NOT_ANSWERED:
        return RailOutcome(RailResult.NOT_SENT, code=str(answer.status), text="The host does not take files from us.")
    return _said_of_file(answer, reference)


def ask_about_file(merchant: Merchant, reference: str) -> RailOutcome:
    """What became of a file."""
    try:
        answer = _call(merchant, "GET", f"files/{quote(reference, safe='')}")
    except (http.NotSent, http.NoAnswer) as lost:
        return RailOutcome(RailResult.UNKNOWN, text=str(lost)[:300])
    if answer.status == 404:
        return RailOutcome(RailResult.NOT_SENT, text="The host knows no such file.")
    return _said_of_file(answer, reference)


def ask_about_transfer(merchant: Merchant, reference: str) -> Mapping[str, Any] | None:
    """What the signers say of one transfer; None: they never heard of it. NoHost."""
    try:
        answer = _call(merchant, "GET", f"transfers/{quote(reference, safe='')}")
    except (http.NotSent, http.NoAnswer) as lost:
        raise NoHost(str(lost)) from lost
    if answer.status == 404:
        return None
    said = _object(answer)
    if answer.status != 200 or said.get("reference") != reference:
        raise NoHost(f"HTTP {answer.status}")
    return said


def fetch(merchant: Merchant, since: datetime, kinds: Collection[str]) -> Iterator[Report]:
    """The reports of these kinds since then, oldest first. Unavailable when they cannot all be had."""
    try:
        yield from _reports(merchant, since, kinds)
    except (http.NotSent, http.NoAnswer, NoHost) as lost:
        raise Unavailable("rails.no_reports", f"{merchant.slug} has no reports for us now.") from lost


def told_of_file(report: Report) -> RailTold:
    """A `status` report. Invalid when it makes no sense."""
    said = json_object(report.body)
    reference, status = said.get("reference"), str(said.get("status"))
    if not isinstance(reference, str) or not reference or status not in RESULTS:
        raise Invalid("rails.unreadable", "The report names no file, or no state.")
    return RailTold(
        key=report.key(status), result=_result(status, said.get("code")),
        occurred_at=_at(said.get("at")) or report.created_at, batch_reference=reference,
        code=_text(said.get("code"), 40), text=_text(said.get("text"), 300), raw={"status": status},
    )  # fmt: skip


def told_unreadable(report: Report, why: str) -> RailTold:
    """A report nobody can read is a word too: a person has to look."""
    return RailTold(
        key=report.key("unreadable"), result=RailResult.UNKNOWN, occurred_at=report.created_at,
        text=f"The report {report.id} cannot be read: {why}"[:300], raw={"kind": report.kind, "id": report.id},
    )  # fmt: skip


def _reports(merchant: Merchant, since: datetime, kinds: Collection[str]) -> Iterator[Report]:
    seen: set[str] = set()
    for _ in range(MOST_PAGES):
        answer = _call(merchant, "GET", f"reports?{urlencode({'since': since.astimezone(UTC).isoformat()})}")
        listed = _object(answer).get("reports") if answer.status == 200 else None
        if not isinstance(listed, list):
            raise NoHost(f"HTTP {answer.status} without a list of reports")
        fresh = [one for one in map(_listed, listed) if one.id not in seen]
        for one in fresh:
            seen.add(one.id)
            if one.kind in kinds:
                yield _with_body(merchant, one)
        if len(listed) < MOST_REPORTS or not fresh:
            return
        since = fresh[-1].created_at
    raise NoHost("more reports than anyone could read")


def _listed(row: Any) -> Report:
    at = _at(row.get("created_at")) if isinstance(row, dict) else None
    if at is None or not isinstance(row.get("id"), str) or not row["id"]:
        raise NoHost("a report without an id or a time")
    return Report(row["id"], str(row.get("kind")), at, str(row.get("file_reference") or ""), b"")


def _with_body(merchant: Merchant, report: Report) -> Report:
    answer = _call(merchant, "GET", f"reports/{quote(report.id, safe='')}")
    if answer.status != 200:
        raise NoHost(f"HTTP {answer.status} for a report")
    return Report(report.id, report.kind, report.created_at, report.file_reference, answer.body)


def _said_of_file(answer: http.Answer, reference: str) -> RailOutcome:
    try:
        said = _object(answer)
    except NoHost as wrong:
        return RailOutcome(RailResult.UNKNOWN, code=str(answer.status), text=str(wrong)[:300])
    status = str(said.get("status"))
    if answer.status not in (200, 201, 422) or said.get("reference") != reference or status not in RESULTS:
        return RailOutcome(RailResult.UNKNOWN, code=str(answer.status), text="The host speaks of something else.")
    return RailOutcome(
        _result(status, said.get("code")), _text(said.get("id"), 120), _text(said.get("code"), 40),
        _text(said.get("text"), 300), raw={"status": status, "http": answer.status},
    )  # fmt: skip


def _result(status: str, code: Any) -> RailResult:
    """A file refused as one that was here before may have been paid: its payouts never leave again by themselves."""
    return RailResult.UNKNOWN if status == "REJECTED" and is_twice(str(code)) else RESULTS[status]


def _object(answer: http.Answer) -> dict[str, Any]:
    try:
        return json_object(answer.body)
    except Invalid as wrong:
        raise NoHost(f"HTTP {answer.status} without a JSON object") from wrong


def _text(said: Any, most: int) -> str:
    return mask_text(said[:most]) if isinstance(said, str) else ""


def _at(said: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(said)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _call(
    merchant: Merchant, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> http.Answer:
    token = merchant.secrets["token"]
    url = f"{str(value(merchant, 'base_url')).rstrip('/')}/{path}"
    return http.call(
        method, url, headers={"Accept": "*/*", "Authorization": f"Bearer {token}", **(headers or {})}, body=body,
        timeout=ANSWER_SECONDS, connect_timeout=CONNECT_SECONDS, redact=(token,),
    )  # fmt: skip
