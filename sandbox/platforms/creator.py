"""A creator with a browser: signs in once as a person does, and now and then asks to be paid."""

from __future__ import annotations

import json
import random
import re
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from sandbox.platforms.client import PATIENCE_SECONDS, Answer

FORGERY = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
PAYOUTS = "/api/v1/payouts"
ASKS = ((20_00, "USD"), (25_50, "USD"), (31_00, "USD"), (20_00, "EUR"), (42_75, "USD"))


class Creator:
    def __init__(self, api: str, login: str, password: str) -> None:
        self.api, self.platform = api, login.partition("@")[0]
        self._login = {"login": login, "password": password}
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._token = ""

    def next_wish(self, chance: random.Random) -> dict[str, Any]:
        minor, currency = chance.choice(ASKS)
        return {"amount": {"amount_minor": minor, "currency": currency}}

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        """One call within the session; a session that ended is begun anew by the next one."""
        if not self._token:
            self._sign_in()
        answer = self._send(path, json.dumps(body).encode(), "application/json")
        if answer.status in (401, 403):
            self._token = ""
        return answer

    def _sign_in(self) -> None:
        form = {**self._login, "csrfmiddlewaretoken": self._forgery_token("/login")}
        request = self._request("/login", urlencode(form).encode(), "application/x-www-form-urlencoded")
        with self._browser.open(request, timeout=PATIENCE_SECONDS) as reply:
            if reply.geturl().endswith("/login"):
                raise ConnectionError(f"{self.platform} could not sign in")
        self._token = self._forgery_token("/starz/payouts")

    def _forgery_token(self, page: str) -> str:
        with self._browser.open(self.api + page, timeout=PATIENCE_SECONDS) as reply:
            found = FORGERY.search(reply.read().decode())
        if found is None:
            raise ConnectionError(f"{page} has no form")
        return found[1]

    def _send(self, path: str, body: bytes, kind: str) -> Answer:
        try:
            with self._browser.open(self._request(path, body, kind), timeout=PATIENCE_SECONDS) as reply:
                return Answer(reply.status, json.load(reply))
        except urllib.error.HTTPError as reply:
            with reply:
                return Answer(reply.code, json.load(reply))

    def _request(self, path: str, body: bytes, kind: str) -> urllib.request.Request:
        headers = {"Content-Type": kind, "Referer": self.api, "Idempotency-Key": str(uuid4())}
        if self._token:
            headers |= {"X-CSRFToken": self._token, "Accept": "application/json"}
        return urllib.request.Request(self.api + path, data=body, headers=headers)  # noqa: S310 - the house's address


def said_of(answer: Answer) -> str:
    """What became of a wish, in words."""
    return str(answer.body.get("word") or answer.body.get("code", ""))
