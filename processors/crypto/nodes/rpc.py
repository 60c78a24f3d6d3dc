"""JSON-RPC as both kinds of node speak it, with exact numbers."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from processors.gateways import http

CONNECT_SECONDS, ANSWER_SECONDS, MOST_AT_ONCE = 3, 25, 100


class NodeError(Exception):
    """A node refused, or its answer makes no sense."""

    def __init__(self, said: str, code: int = 0) -> None:
        super().__init__(said)
        self.code = code


@dataclass(frozen=True, slots=True)
class Rpc:
    """One node. Its calls raise NodeError, http.NotSent and http.NoAnswer."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)

    def call(self, method: str, *params: Any) -> Any:
        return self.batch([(method, *params)])[0]

    def batch(self, calls: Sequence[Sequence[Any]]) -> list[Any]:
        """Results in the order asked; the first refusal refuses all."""
        results: list[Any] = []
        for start in range(0, len(calls), MOST_AT_ONCE):
            results += self._batch(calls[start : start + MOST_AT_ONCE])
        return results

    def _batch(self, calls: Sequence[Sequence[Any]]) -> list[Any]:
        asked = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            for number, (method, *params) in enumerate(calls)
        ]
        answers = self._post(asked if len(asked) > 1 else asked[0])
        listed = answers if isinstance(answers, list) else [answers]
        by_id = {one.get("id"): one for one in listed if isinstance(one, dict)}
        for one in listed:
            if isinstance(one, dict) and one.get("error"):
                error = one["error"] if isinstance(one["error"], dict) else {}
                raise NodeError(str(error.get("message", "refused"))[:200], int(error.get("code") or 0))
        if set(by_id) != set(range(len(asked))):
            raise NodeError("the node left answers out")
        return [by_id[number].get("result") for number in range(len(asked))]

    def _post(self, asked: Any) -> Any:
        headers = {"content-type": "application/json"}
        if self.user:
            entry = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            headers["authorization"] = f"Basic {entry}"
        answer = http.call(
            "POST", self.url, headers=headers, body=json.dumps(asked).encode(), timeout=ANSWER_SECONDS,
            connect_timeout=CONNECT_SECONDS,
        )  # fmt: skip
        try:
            return json.loads(answer.body, parse_float=Decimal)
        except ValueError as wrong:
            raise NodeError(f"{answer.status} without JSON") from wrong
