"""Calls as BitPay wants them: signed with our key over the full address and the body, answered in an envelope."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from foundation.money import EXPONENTS, Money
from processors.gateways import http
from processors.gateways.types import Merchant

CONNECT_SECONDS, ANSWER_SECONDS = 3, 15
HEADERS = {
    "accept": "application/json",
    "content-type": "application/json",
    "x-accept-version": "2.0.0",
    "x-bitpay-api-frame": "std",
    "x-bitpay-api-frame-version": "1.0.0",
    "x-bitpay-plugin-info": "FanzMoneyDash",
}


class BitPayError(Exception):
    """BitPay answered that it did not do it."""

    def __init__(self, status: int, code: str, said: str) -> None:
        super().__init__(f"{status} {code} {said}")
        self.status, self.code, self.said = status, code, said

    @property
    def is_not_found(self) -> bool:
        return self.status == 404 or "not found" in self.said.lower()


class Unreadable(Exception):
    """An answer came, and nobody can say what it means."""


def get(merchant: Merchant, path: str, **query: str) -> Any:
    """Ask. BitPayError for a refusal; Unreadable, http.NotSent or http.NoAnswer where there is none."""
    url = f"{_url(merchant, path)}?{urlencode({**query, 'token': merchant.secrets['token']})}"
    return _call(merchant, "GET", url, b"")


def post(merchant: Merchant, path: str, fields: Mapping[str, Any], **amounts: Money) -> Any:
    """Have something done; raises what `get` raises."""
    return _call(
        merchant, "POST", _url(merchant, path), body_of({**fields, "token": merchant.secrets["token"]}, amounts)
    )


def fetch_rates(merchant: Merchant, coin: str) -> dict[str, Decimal]:
    """What one coin costs now in each currency; this door takes no signature. Raises what `get` raises."""
    answer = http.call(
        "GET", _url(merchant, f"rates/{quote(coin)}"), headers=HEADERS, body=b"", timeout=ANSWER_SECONDS,
        connect_timeout=CONNECT_SECONDS,
    )  # fmt: skip
    listed = read_answer(answer.status, answer.body)
    try:
        rates = {str(one["code"]): one["rate"] for one in listed}
    except (TypeError, KeyError) as wrong:
        raise Unreadable("no list of rates") from wrong
    return {code: Decimal(rate) for code, rate in rates.items() if type(rate) in (int, Decimal) and rate > 0}


def identity(private_key: str) -> str:
    """The compressed public key BitPay knows us by, in hex."""
    return _key(private_key).public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint).hex()


def signature(private_key: str, url: str, body: bytes) -> str:
    return _key(private_key).sign(url.encode() + body, ec.ECDSA(SHA256())).hex()


def body_of(fields: Mapping[str, Any], amounts: Mapping[str, Money]) -> bytes:
    """JSON in which amounts are plain decimal numbers, written from whole minor units."""
    text = json.dumps(fields, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    numbers = "".join(f",{json.dumps(name)}:{decimal_text(amount)}" for name, amount in amounts.items())
    return (text[:-1] + numbers + "}").encode()


def decimal_text(amount: Money) -> str:
    return f"{Decimal(amount.minor).scaleb(-amount.exponent):f}"


def money_of(number: Any, currency: Any) -> Money:
    """An amount BitPay wrote as a number. Unreadable when it is none, or finer than the currency."""
    if not isinstance(currency, str) or currency not in EXPONENTS or type(number) not in (int, Decimal, str):
        raise Unreadable("no amount in a known currency")
    try:
        minor = Decimal(number).scaleb(EXPONENTS[currency])
    except InvalidOperation as wrong:
        raise Unreadable("no amount") from wrong
    if not minor.is_finite() or minor != minor.to_integral_value() or abs(minor) >= 2**63:
        raise Unreadable("an amount finer than its currency")
    return Money(int(minor), currency)


def read_json(text: bytes) -> Any:
    """JSON with exact numbers. ValueError for anything else."""
    return json.loads(text, parse_float=Decimal, parse_constant=_no_number)


def read_answer(status: int, body: bytes) -> Any:
    """What is in the envelope. BitPayError for a refusal, Unreadable where it may or may not have been done."""
    try:
        answer = read_json(body)
    except ValueError as wrong:
        if status in (401, 403, 404, 429):
            raise BitPayError(status, "", "") from wrong
        raise Unreadable(f"{status} without JSON") from wrong
    if status >= 500:
        raise Unreadable(f"{status} from BitPay")
    if not isinstance(answer, dict):
        raise Unreadable("no envelope")
    if answer.get("status") == "error" or answer.get("error") or status >= 400:
        raise BitPayError(
            status, str(answer.get("code", ""))[:40], str(answer.get("message") or answer.get("error") or "")
        )
    if "data" not in answer:
        raise Unreadable("an envelope with nothing in it")
    return answer["data"]


def _call(merchant: Merchant, method: str, url: str, body: bytes) -> Any:
    private_key = merchant.secrets["private_key"]
    signed = {"x-identity": identity(private_key), "x-signature": signature(private_key, url, body)}
    answer = http.call(
        method, url, headers={**HEADERS, **signed}, body=body, timeout=ANSWER_SECONDS,
        connect_timeout=CONNECT_SECONDS,
    )  # fmt: skip
    return read_answer(answer.status, answer.body)


def _url(merchant: Merchant, path: str) -> str:
    return f"{str(merchant.settings['base_url']).rstrip('/')}/{path}"


def _key(private_key: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int(private_key, 16), ec.SECP256K1())


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
