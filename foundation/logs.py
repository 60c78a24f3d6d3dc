"""Logs are JSON lines on stderr that name no card, no secret and no person."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import structlog

SECRET, PERSONAL, CARD = "[secret]", "[personal]", "[card]"

_SECRET_KEYS = re.compile(
    r"pass(word|phrase|wd)?|pwd|secret|token|authorization|cookie|otp|totp|cvv|cvc|api_?key|private_?key|signature|"
    r"credential|session_?(key|id)|csrf|dsn|recovery_code|one_time_code",
    re.IGNORECASE,
)
_PERSONAL_KEYS = re.compile(
    r"e_?mail|phone|(first|last|full|legal|given|family|display)_?name|surname|birth|dob|address|street|postcode|"
    r"zip_?code|iban|bic|account_?number|routing_?number|tax_?id|ssn|passport|ip|remote_?addr|user_?agent|agent|"
    r"fingerprint|handle",
    re.IGNORECASE,
)
_ID_KEYS = re.compile(r"(.+_)?(id|ids|number|sequence|seq|xact|pid|process|thread)|lineno|at|timestamp", re.IGNORECASE)

_LIKELY = re.compile(r"\d(?:[ ._-]?\d){12}")
# Bare, in the groups that stand on cards (whatever follows them), and parted anyhow: dots only part groups, since one
# dot makes a decimal.
_SPELLINGS = tuple(
    re.compile(rf"(?<!\d)(?:{digits})(?!\d)")
    for digits in (
        r"\d{13,19}",
        r"(?<!\d[ ._-])\d{4}([ ._-])\d{4}\1\d{4}\1\d{4}\1\d{3}",
        r"(?<!\d[ ._-])\d{4}([ ._-])(?:\d{4}\1\d{4}\1\d{4}|\d{6}\1\d{4,5})",
        r"\d(?:[ -]?\d){12,18}",
    )
)
# As forms and addresses carry them: what parts the groups, and what stands before, may be encoded.
_BEGINS, _PARTS = r"(?<!%)(?<!%[\dA-Fa-f])(?:(?<!\d)|(?<=%[\dA-Fa-f]{2}))", r"(?:[ +/_-]|%20|%2[bdefBDEF])"
_LIKELY_SENT = re.compile(rf"\d(?:(?:[.]|{_PARTS})?\d){{12}}")
_SENT = tuple(
    re.compile(rf"{_BEGINS}(?:{digits})(?!\d)")
    for digits in (
        r"\d{13,19}",
        rf"\d{{4}}({_PARTS})\d{{4}}\1\d{{4}}\1\d{{4}}\1\d{{3}}",
        rf"\d{{4}}({_PARTS})(?:\d{{4}}\1\d{{4}}\1\d{{4}}|\d{{6}}\1\d{{4,5}})",
        rf"\d(?:{_PARTS}?\d){{12,18}}",
    )
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_UUID_WITHIN = re.compile(rf"(?<![0-9a-fA-F])({_UUID.pattern})(?![0-9a-fA-F])")
_HEX_BEFORE, _HEX_AFTER = re.compile(r"[0-9a-fA-F]*\Z"), re.compile(r"[0-9a-fA-F]{0,4}")
AROUND_IN_AN_ID, USUAL_DIGITS = 4, 15
"""So much more of hex makes digits a part of an id, and any of it where they are fewer than most cards have."""
_EMAIL = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_URL_PASSWORD = re.compile(r"(?<=://)[^\s/:@]*:[^\s/@]+@")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}")
_JWT = re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*")
_OUR_SECRET = re.compile(r"\b(?:sk|pk|rk|whsec)_[A-Za-z]{2,10}_?[\w-]{12,}")
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL)
# What Postgres quotes of the row or key it refused; it ends where the next of its headings begins.
_DETAIL = re.compile(r"(DETAIL:\s*).*?(?=\n(?:HINT|CONTEXT|QUERY|WHERE):|\n\n|\Z)", re.DOTALL)
_ASSIGNED = re.compile(
    r"(?i)\b((?:password|passwd|secret|token|api_?key|otp|code|csrfmiddlewaretoken|client_secret)['\"]?\s*[=:]\s*['\"]?)"
    r"[^\s'\"&,;)}]{4,}"
)
# Visa; Mastercard; American Express; Discover; JCB; Diners; UnionPay; Maestro.
_CARD_PREFIX = re.compile(r"4|5[1-5]|2[2-7]|3[47]|6(?:011|4|5)|35|3(?:0|6|8|9)|62|5[06-8]|6[37]")


def passes_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_card_number(text: str) -> bool:
    digits = re.sub(r"[ ._-]", "", text)
    return 13 <= len(digits) <= 19 and bool(_CARD_PREFIX.match(digits)) and passes_luhn(digits)


def mask_cards(text: str) -> str:
    """The text without anything that could be a card number; the digits of other numbers stay."""
    if not _LIKELY.search(text):
        return text
    return _put_for_cards(text, _SPELLINGS, lambda _: CARD)


def mask_sent_cards(text: str, put: Callable[[re.Match[str]], str] = lambda _: CARD) -> str:
    """The same of what travelled: separators may be encoded, and `put` says what stands where a card stood."""
    if not _LIKELY_SENT.search(text):
        return text
    return _put_for_cards(text, (*_SPELLINGS, *_SENT), put)


def card_digits(written: str) -> str:
    return re.sub(r"%[\dA-Fa-f]{2}|\D", "", written)


def _put_for_cards(text: str, spellings: Iterable[re.Pattern[str]], put: Callable[[re.Match[str]], str]) -> str:
    def masked(found: re.Match[str]) -> str:
        is_card = is_card_number(card_digits(found.group())) and not _is_in_hex_id(found)
        return put(found) if is_card else found.group()

    parts = _UUID_WITHIN.split(text)
    for spelling in spellings:
        parts[::2] = [spelling.sub(masked, part) for part in parts[::2]]
    return "".join(parts)


def _is_in_hex_id(found: re.Match[str]) -> bool:
    before = _HEX_BEFORE.search(found.string, max(0, found.start() - AROUND_IN_AN_ID), found.start())
    after = _HEX_AFTER.match(found.string, found.end())
    around = sum(len(one.group()) for one in (before, after) if one)
    return around >= AROUND_IN_AN_ID or (around > 0 and sum(map(str.isdigit, found.group())) < USUAL_DIGITS)


def holds_card(text: str) -> bool:
    return mask_cards(text) != text


def holds_card_anywhere(value: Any) -> bool:
    """Whether a card's number stands in any key or value, however deep; ids of our own are no cards."""
    if isinstance(value, Mapping):
        return any(holds_card_anywhere(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple):
        return any(holds_card_anywhere(part) for part in value)
    if isinstance(value, bool) or value is None:
        return False
    text = str(value)
    return not _UUID.fullmatch(text) and holds_card(text)


def mask_text(text: str) -> str:
    """A sentence without cards, secrets and addresses of people."""
    text = _PEM.sub(SECRET, text)
    text = _DETAIL.sub(lambda found: found.group(1) + PERSONAL, text)
    text = _URL_PASSWORD.sub(SECRET + "@", text)
    text = _JWT.sub(SECRET, text)
    text = _BEARER.sub(lambda found: f"{found.group(1)} {SECRET}", text)
    text = _OUR_SECRET.sub(SECRET, text)
    text = _ASSIGNED.sub(lambda found: found.group(1) + SECRET, text)
    return mask_cards(_EMAIL.sub(PERSONAL, text))


def mask(value: Any, key: str = "") -> Any:
    """The value as it may be logged under this key."""
    if _SECRET_KEYS.fullmatch(key) or (key and _SECRET_KEYS.search(key) and isinstance(value, str)):
        return SECRET if value not in (None, "", True, False) else value
    if _PERSONAL_KEYS.fullmatch(key) and value not in (None, "", True, False):
        return PERSONAL
    if isinstance(value, Mapping):
        return {str(name): mask(inner, str(name)) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [mask(inner, key) for inner in value]
    if isinstance(value, bytes | memoryview):
        return f"[{len(value)} bytes]"
    is_id = bool(key) and bool(_ID_KEYS.fullmatch(key))
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return CARD if not is_id and isinstance(value, int) and is_card_number(str(value)) else value
    text = str(value)
    return text if is_id and re.fullmatch(r"[\w:.-]{1,64}", text) else mask_text(text)


def masking(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """The last word before a line is written."""
    return {key: mask(value, key) for key, value in event.items()}


class WithoutAddresses(logging.Filter):
    """Django tells a failed request by its path, which may hold the secret of a link: the view's name stands there."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        path = getattr(request, "path", "")
        if path and isinstance(record.args, tuple):
            match = getattr(request, "resolver_match", None)
            said = match.view_name if match else "no view"
            escaped = path.encode("unicode_escape").decode("ascii")
            record.args = tuple(said if argument in (path, escaped) else argument for argument in record.args)
        return True


class OneLine(logging.Filter):
    """What a stranger provokes at will is said in one line; where in Django it was noticed helps nobody."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info, record.exc_text = None, None
        return True


SHARED: tuple[Any, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
)
PROCESSORS: list[Any] = [*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter]
"""One list for ever: loggers keep the one they were first used with."""


def configure(level: str = "INFO") -> dict[str, Any]:
    """Django's LOGGING: everything, whoever says it, as one JSON object per line on stderr."""
    structlog.configure(
        processors=PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    json_lines = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": SHARED,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            masking,
            structlog.processors.JSONRenderer(default=str, sort_keys=False),
        ],
    }
    # Beat rings every few seconds: what its tasks did stands in rows and metrics.
    ringing = ("celery.beat", "celery.worker.strategy", "celery.app.trace")
    quiet = {
        name: {"level": "WARNING"}
        for name in (*ringing, "kombu", "amqp", "asyncio", "websockets", "httpx", "psycopg.pool")
    }
    handed_up = ("uvicorn", "uvicorn.error", "gunicorn.error", "django", "celery")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": json_lines},
        "filters": {"without_addresses": {"()": WithoutAddresses}, "one_line": {"()": OneLine}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["without_addresses"]}
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            **quiet,
            **{name: {"handlers": [], "propagate": True} for name in handed_up},
            # The request log says it with the view's name and without the address typed in.
            "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
            "django.security.DisallowedHost": {"handlers": [], "filters": ["one_line"], "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "uvicorn.access": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }
