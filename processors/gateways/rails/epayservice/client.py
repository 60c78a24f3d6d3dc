"""Calls as the Open API wants them: a bearer made from a refresh token, answers in JSON."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from processors.gateways import http
from processors.gateways.rails.values import value
from processors.gateways.types import Merchant

URL: Final = "https://online.epayservices.com/open_api"
CONNECT_SECONDS, ANSWER_SECONDS = 3, 19
BEARER_SECONDS = 5  # of small words; two calls, each with a second try, end within the lease of a payout
RENEW_BEFORE_SECONDS, USUAL_SECONDS = 30, 300
SECRETS: Final = ("client_secret", "refresh_token")

_bearers: dict[tuple[str, ...], tuple[str, float]] = {}
_refreshing: dict[tuple[str, ...], str] = {}
"""The newest refresh tokens of this process, where each is given once."""
_lock = threading.Lock()


class NoBearer(Exception):
    """There is no bearer: nothing was asked for yet."""


def get(merchant: Merchant, path: str, query: Mapping[str, str]) -> http.Answer:
    """Ask. NoBearer, http.NotSent or http.NoAnswer where there is no answer."""
    return _call(merchant, "GET", f"{path}?{urlencode(query)}", b"")


def post(merchant: Merchant, path: str, form: Mapping[str, str]) -> http.Answer:
    """Have something done; raises what `get` raises."""
    return _call(merchant, "POST", path, urlencode(form).encode())


def read(answer: http.Answer) -> Any:
    """The JSON of an answer, with exact numbers; ValueError for anything else."""
    return json.loads(answer.body, parse_float=Decimal, parse_constant=_no_number)


def secrets(merchant: Merchant) -> tuple[str, ...]:
    """What may never be kept or logged of this account."""
    return tuple(str(merchant.secrets[name]) for name in SECRETS if name in merchant.secrets)


def _call(merchant: Merchant, method: str, path: str, body: bytes) -> http.Answer:
    """With a bearer, once more with a fresh one when it was too old: 401 means that nothing was done."""
    for is_last in (False, True):
        bearer = _bearer(merchant)
        headers = {"Accept": "application/json", "Authorization": f"Bearer {bearer}"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = http.call(
            method, f"{_base(merchant)}/{path}", headers=headers, body=body, timeout=ANSWER_SECONDS,
            connect_timeout=CONNECT_SECONDS, redact=(bearer, *secrets(merchant)),
        )  # fmt: skip
        if answer.status != 401 or is_last:
            return answer
        with _lock:
            _bearers.pop(_key(merchant), None)
    raise AssertionError("unreachable")


def _bearer(merchant: Merchant) -> str:
    key = _key(merchant)
    with _lock:
        bearer, until = _bearers.get(key, ("", 0.0))
        if time.monotonic() >= until:
            bearer, seconds = _ask(merchant, key)
            _bearers[key] = bearer, time.monotonic() + max(0, seconds - RENEW_BEFORE_SECONDS)
        return bearer


def _ask(merchant: Merchant, key: tuple[str, ...]) -> tuple[str, int]:
    form = {
        "grant_type": "refresh_token", "client_id": str(value(merchant, "client_id")),
        "client_secret": str(value(merchant, "client_secret")),
        "redirect_uri": str(value(merchant, "redirect_uri", "")),
        "refresh_token": _refreshing.get(key) or str(value(merchant, "refresh_token")),
    }  # fmt: skip
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = http.call(
            "POST", f"{_base(merchant)}/oauth/token", headers=headers, body=urlencode(form).encode(),
            timeout=BEARER_SECONDS, connect_timeout=CONNECT_SECONDS, redact=(form["refresh_token"], *secrets(merchant)),
        )  # fmt: skip
        given = read(answer) if answer.status == 200 else None
    except (http.NotSent, http.NoAnswer, ValueError) as lost:
        raise NoBearer("ePayService gave us no bearer.") from lost
    bearer = given.get("access_token") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(bearer, str) or not bearer:
        raise NoBearer(f"ePayService gave us no bearer: HTTP {answer.status}.")
    if isinstance(given.get("refresh_token"), str):
        _refreshing[key] = given["refresh_token"]
    seconds = given.get("expires_in")
    return bearer, seconds if type(seconds) is int else USUAL_SECONDS


def _key(merchant: Merchant) -> tuple[str, ...]:
    return merchant.slug, _base(merchant), *secrets(merchant)


def _base(merchant: Merchant) -> str:
    return str(value(merchant, "base_url", URL)).rstrip("/")


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")
