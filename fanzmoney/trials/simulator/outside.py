"""The providers and the rail as the sandbox plays them: what they are ordered to do, tell, and truly did."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fanzmoney.trials.payout_faults.outside import own_rails

PLAYED = ("ccbill", "bitpay", "paxum")
NOWHERE = "http://127.0.0.1:9/"
MOST, AT_ONCE = 5_000, 50


@dataclass(frozen=True)
class Letter:
    """One webhook as a provider wrote it; whether and when it comes is the simulator's to say."""

    provider: str
    event: str
    body: bytes
    headers: dict[str, str]
    query: dict[str, str]


class Refused(Exception):
    """The sandbox does not do this."""


class Outside:
    """One conversation at a time, in the order of the steps."""

    def __init__(self, base: str) -> None:
        self.base = base
        where = urlsplit(base)
        self._line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
        self._read_letters = self._read_transfers = 0

    def begin(self) -> None:
        """Nothing is ordered, nothing goes by itself, and what was told and taken before is another story's."""
        self.ask("/_sandbox/calm", {})
        self.ask("/_sandbox/bitpay/settings", {"pace_seconds": 0})
        self.ask("/_sandbox/ccbill/settings", {"report_minutes": 0})
        self.ask("/_sandbox/rails/forget", {})
        for provider in ("ccbill", "bitpay"):
            self.ask("/_sandbox/webhooks", {"provider": provider, "drop": True, "url": NOWHERE})
        self.new_letters()
        self.new_transfers()

    def be_at(self, ahead: timedelta) -> None:
        self.ask("/_sandbox/clock", {"ahead_seconds": ahead.total_seconds()})

    def trouble(self, provider: str, operation: str, fault: str) -> None:
        """The next call of this kind goes wrong in this way."""
        self.ask("/_sandbox/scenarios", {"provider": provider, "operation": operation, "fault": fault})

    def plan(self, kind: str) -> None:
        """What becomes of the rail's next transfer."""
        self.ask("/_sandbox/rails/plans", {"rail": "paxum", "plan": kind})

    def calm(self) -> None:
        """From now on everybody does as usual."""
        for provider in PLAYED:
            self.ask(f"/_sandbox/scenarios?provider={provider}", method="DELETE")
        self.ask("/_sandbox/rails/plans?rail=paxum", method="DELETE")

    def new_letters(self) -> list[Letter]:
        """What the providers wrote since, oldest first."""
        found = self.ask(f"/_sandbox/webhooks.json?limit={MOST if not self._read_letters else AT_ONCE}")["webhooks"]
        new = [one for one in reversed(found) if one["id"] > self._read_letters]
        self._read_letters = max([self._read_letters, *(one["id"] for one in new)])
        return [_letter(one) for one in new]

    def new_transfers(self) -> list[dict[str, Any]]:
        """What the rail took since."""
        found = self.ask(f"/_sandbox/rails/book?after={self._read_transfers}")
        self._read_transfers = found["last"]
        return list(found["instructions"])

    def sales(self, reference: str) -> list[dict[str, Any]]:
        """The charges that CCBill made under one of our references."""
        found = self.ask(f"/_sandbox/ccbill/book.json?reference={reference}")["charges"]
        return [one for one in found if one["approved"]]

    def invoices(self, reference: str) -> dict[str, Any]:
        """What BitPay knows of one of our references."""
        return dict(self.ask(f"/_sandbox/bitpay/book.json?reference={reference}"))

    def order(self, path: str, body: Any) -> str:
        """Something that the world outside does by itself, where it still can be done."""
        try:
            self.ask(path, body)
        except Refused:
            return "cannot be done"
        return "done"

    def ask(self, path: str, body: Any = None, method: str = "") -> Any:
        """Order or ask something; a refusal of the sandbox is a mistake of the simulator's."""
        sent, method = None if body is None else json.dumps(body), method or ("GET" if body is None else "POST")
        try:
            status, said = self._told(method, path, sent)
        except (
            http.client.RemoteDisconnected,
            ConnectionError,
        ):  # the line was idle for too long, and nothing was heard
            self._line.close()
            status, said = self._told(method, path, sent)
        if status >= 400:
            raise Refused(f"{path}: {status} {said[:200]!r}")
        return json.loads(said) if said else None

    def _told(self, method: str, path: str, sent: str | None) -> tuple[int, bytes]:
        self._line.request(method, path, sent, _JSON if sent else {})
        answer = self._line.getresponse()
        return answer.status, answer.read()


_JSON = {"Content-Type": "application/json"}


@contextmanager
def outside() -> Iterator[Outside]:
    with own_rails(PLAYED) as rails:
        yield Outside(rails.base)


def _letter(one: dict[str, Any]) -> Letter:
    query = dict(parse_qsl(urlsplit(one["url"]).query))
    headers = {"Content-Type": one["content_type"], **one["headers"]}
    return Letter(one["provider"], one["event"], one["body"].encode(), headers, query)
