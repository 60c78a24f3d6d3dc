"""Calls as Paxum wants them: a form with a digest over the method's values, answered by XML."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from foundation.errors import Invalid
from processors.gateways import http
from processors.gateways.rails.xml import read_xml, text
from processors.gateways.types import Merchant

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

URL: Final = "https://www.paxum.com/payment/api/paymentAPI.php"
CONNECT_SECONDS, ANSWER_SECONDS = 3, 25
# The digest takes each method's values in this order, what is missing as nothing.
IN_THE_KEY: Final[Mapping[str, tuple[str, ...]]] = {
    "transferFunds": (
        "toEmail", "amount", "currency", "note", "firstName", "lastName", "businessName", "reference",
        "subscriptionFrequency", "subscriptionEndDate", "subscriptionUserCancel", "subscriptionTransactions",
        "fromAccount", "transactionCategory",
    ),
    "transactionHistory": ("accountId", "fromDate", "toDate", "pageSize", "pageNumber"),
}  # fmt: skip


class Unreadable(Exception):
    """An answer came, and nobody can say what it means."""


def key(secret: str, method: str, fields: Mapping[str, str]) -> str:
    """The digest Paxum knows us by, over the values as they are, not as a form writes them."""
    values = "".join(fields.get(name, "") for name in IN_THE_KEY[method])
    return hashlib.md5((secret + values).encode(), usedforsecurity=False).hexdigest()


def ask(merchant: Merchant, method: str, fields: Mapping[str, str]) -> Element:
    """One call. Unreadable, http.NotSent or http.NoAnswer where there is no answer."""
    secret = merchant.secrets["secret"]
    form = {
        "method": method, "fromEmail": merchant.secrets["from_email"], **fields,
        "key": key(secret, method, fields),
    }  # fmt: skip
    if merchant.settings.get("is_trial"):
        form["sandbox"] = "ON"
    answer = http.call(
        "POST", str(merchant.settings.get("api_url", URL)), body=urlencode(form).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/xml"},
        timeout=ANSWER_SECONDS, connect_timeout=CONNECT_SECONDS, redact=(secret,),
    )  # fmt: skip
    if answer.status != 200:
        raise Unreadable(f"HTTP {answer.status}")
    try:
        return read_xml(answer.body)
    except Invalid as wrong:
        raise Unreadable(wrong.detail) from wrong


def code_of(answer: Element) -> str:
    """The response code. Unreadable when there is none."""
    if not (code := text(answer, "ResponseCode")):
        raise Unreadable("no response code")
    return code[:10]
