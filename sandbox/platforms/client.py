"""One platform's program: it proves its secret, keeps its token while it lasts, and calls the API."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

PATIENCE_SECONDS = 10
RENEW_BEFORE_SECONDS = 30


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]


class Client:
    def __init__(self, api: str, platform: str, client_id: str, secret: str) -> None:
        self.api, self.platform = api, platform
        self._grant = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        self._token, self._good_until = "", 0.0

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        """Make one call under a key of its own, so that a repeat would change nothing."""
        headers = {"Authorization": f"Bearer {self._present_token()}", "Idempotency-Key": str(uuid4())}
        return self._send(path, body, headers)

    def _present_token(self) -> str:
        if time.monotonic() >= self._good_until:
            answer = self._send("/api/v1/oauth/token", self._grant, {})
            if answer.status != 200:
                raise ConnectionError(f"no token: {answer.status} {answer.body.get('error', '')}")
            self._token = answer.body["access_token"]
            self._good_until = time.monotonic() + answer.body["expires_in"] - RENEW_BEFORE_SECONDS
        return self._token

    def _send(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> Answer:
        request = urllib.request.Request(  # noqa: S310 - the address comes from whoever starts the sandbox
            self.api + path,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json", **headers},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as reply:  # noqa: S310
                return Answer(reply.status, json.load(reply))
        except urllib.error.HTTPError as reply:
            with reply:
                return Answer(reply.code, json.load(reply))
