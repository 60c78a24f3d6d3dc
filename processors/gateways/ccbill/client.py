"""Calls as CCBill wants them: a bearer for the REST interface, a name and password for DataLink."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from foundation.errors import Invalid
from processors.gateways import http
from processors.gateways.ccbill.values import value
from processors.gateways.decoding import json_object
from processors.gateways.types import Merchant

V2: Final = "application/vnd.mcn.transaction-service.api.v.2+json"
CONNECT_SECONDS, ANSWER_SECONDS, REPORT_SECONDS = 3, 19, 60
RENEW_BEFORE_SECONDS, USUAL_SECONDS, WAIT_SECONDS = 30, 300, 10
BEARER_SECONDS = 5  # of small words; with the call behind it nobody waits much longer than half a minute
MANAGE, REPORT = "/utils/subscriptionManagement.cgi", "/data/main.cgi"

_bearers: dict[tuple[str, ...], tuple[str, float]] = {}
_renewing: dict[tuple[str, ...], threading.Lock] = {}


class NoBearer(Exception):
    """CCBill gave us no bearer: nothing was asked for yet. `is_refused`: it does not know our application."""

    def __init__(self, said: str, *, is_refused: bool = False) -> None:
        super().__init__(said)
        self.is_refused = is_refused


def rest(merchant: Merchant, method: str, path: str, body: Mapping[str, Any] | None = None) -> http.Answer:
    """One call with a bearer, again with a fresh one if it was too old: 401 means that nothing was done.

    NoBearer, http.NotSent or http.NoAnswer where there is no answer.
    """
    url = f"{value(merchant, 'api_url')}{path}"
    sent = b"" if body is None else json.dumps(body, allow_nan=False).encode()
    for is_last in (False, True):
        bearer = _bearer(merchant)
        headers = {"Accept": V2, "Authorization": f"Bearer {bearer}"}
        if sent:
            headers["Content-Type"] = "application/json"
        answer = http.call(
            method, url, headers=headers, body=sent, timeout=ANSWER_SECONDS, connect_timeout=CONNECT_SECONDS,
            redact=(bearer, *secrets(merchant)),
        )  # fmt: skip
        if answer.status != 401 or is_last:
            return answer
        _forget(merchant, bearer)
    raise AssertionError("unreachable")


def path_of(token: str, *, threeds: bool = False) -> str:
    return f"/transactions/payment-tokens/{'threeds/' if threeds else ''}{quote(token, safe='')}"


def account_query(merchant: Merchant) -> str:
    """The account as the addresses of questions name it."""
    return urlencode({"clientAccnum": value(merchant, "account"), "clientSubacc": value(merchant, "subaccount")})


def manage(merchant: Merchant, action: str, number: str, **more: str) -> http.Answer:
    """One action of DataLink on a subscription or transaction."""
    fields = {
        "username": value(merchant, "datalink_username"), "password": value(merchant, "datalink_password"),
        "clientAccnum": value(merchant, "account"), "clientSubacc": value(merchant, "subaccount"),
        "usingSubacc": value(merchant, "subaccount"), "subscriptionId": number, "action": action, "returnXML": "1",
        **more,
    }  # fmt: skip
    return _datalink(merchant, MANAGE, fields, ANSWER_SECONDS)


def report(merchant: Merchant, start: str, end: str, types: str) -> http.Answer:
    """The movements between two times of the account's clock, as CSV; once an hour, of a day at most."""
    fields = {
        "startTime": start, "endTime": end, "transactionTypes": types,
        "clientAccnum": value(merchant, "account"), "clientSubacc": value(merchant, "subaccount"),
        "username": value(merchant, "datalink_username"), "password": value(merchant, "datalink_password"),
    }  # fmt: skip
    return _datalink(merchant, REPORT, fields, REPORT_SECONDS)


def secrets(merchant: Merchant) -> tuple[str, ...]:
    """What may never be kept or logged of this account."""
    names = ("secret", "salt", "datalink_password", "application_id")
    return tuple(str(merchant.secrets[name]) for name in names if name in merchant.secrets)


def _datalink(merchant: Merchant, path: str, fields: Mapping[str, Any], seconds: int) -> http.Answer:
    url = f"{value(merchant, 'datalink_url')}{path}?{urlencode(fields)}"
    return http.call(
        "GET", url, headers={"Accept": "*/*"}, timeout=seconds, connect_timeout=CONNECT_SECONDS,
        redact=secrets(merchant),
    )  # fmt: skip


def _key(merchant: Merchant) -> tuple[str, ...]:
    return merchant.slug, *(str(value(merchant, name)) for name in ("api_url", "application_id", "secret"))


def _bearer(merchant: Merchant) -> str:
    """The bearer we have, or a new one; whoever comes meanwhile waits for it, and not for one caller after another: a
    charge that leaves long after it was written down may have been given up."""
    key = _key(merchant)
    if found := _good(key):
        return found
    renewing = _renewing.setdefault(key, threading.Lock())
    if not renewing.acquire(timeout=WAIT_SECONDS):
        raise NoBearer("No bearer: others wait for it already.")
    try:
        if found := _good(key):
            return found
        bearer, seconds = _ask(merchant)
        _bearers[key] = bearer, time.monotonic() + max(0, seconds - RENEW_BEFORE_SECONDS)
        return bearer
    finally:
        renewing.release()


def _good(key: tuple[str, ...]) -> str:
    bearer, until = _bearers.get(key, ("", 0.0))
    return bearer if time.monotonic() < until else ""


def _forget(merchant: Merchant, bearer: str) -> None:
    key = _key(merchant)
    if _bearers.get(key, ("", 0.0))[0] == bearer:
        _bearers.pop(key, None)


def _ask(merchant: Merchant) -> tuple[str, int]:
    pair = f"{value(merchant, 'application_id')}:{value(merchant, 'secret')}"
    headers = {
        "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    try:
        answer = http.call(
            "POST", f"{value(merchant, 'api_url')}/ccbill-auth/oauth/token", headers=headers,
            body=b"grant_type=client_credentials", timeout=BEARER_SECONDS, connect_timeout=CONNECT_SECONDS,
            redact=secrets(merchant),
        )  # fmt: skip
    except (http.NotSent, http.NoAnswer) as lost:
        raise NoBearer("No bearer: CCBill was not reached.") from lost
    if answer.status != 200:
        raise NoBearer(f"No bearer: HTTP {answer.status}.", is_refused=answer.status in (400, 401, 403))
    try:
        given = json_object(answer.body)
    except Invalid as wrong:
        raise NoBearer("No bearer: the answer cannot be read.") from wrong
    bearer, seconds = given.get("access_token"), given.get("expires_in", USUAL_SECONDS)
    if not isinstance(bearer, str) or not bearer or type(seconds) is not int:
        raise NoBearer("No bearer: the answer has none.")
    return bearer, seconds
