"""Limits on trying. A try is counted before it is made, by one statement, so that many at once cannot slip through."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from foundation.errors import TooMany
from foundation.identity.keys import keyed_hash
from foundation.identity.models import LoginGuard, SessionMark
from foundation.identity.personal import normalise


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries within this time; the one that fills the count closes the door until the time is over."""

    name: str
    tries: int
    within: timedelta
    is_counted_from_last: bool = False


PASSWORD = Limit("password", settings.LOCKOUT_FAILURES, settings.LOCKOUT_LASTS, is_counted_from_last=True)
CODE = Limit("code", settings.LOCKOUT_FAILURES, settings.LOCKOUT_LASTS, is_counted_from_last=True)
PROOF = Limit("proof", settings.LOCKOUT_FAILURES, settings.LOCKOUT_LASTS, is_counted_from_last=True)
ADDRESS = Limit("address", 30, timedelta(minutes=15))
HANDOFF_ADDRESS = Limit("handoff_address", 30, timedelta(minutes=15))
EVERYBODY = Limit("everybody", 600, timedelta(minutes=1))
RESET = Limit("reset", 3, timedelta(hours=1))
NEW_ADDRESS = Limit("new_address", 5, timedelta(hours=1))
RESET_ADDRESS = Limit("reset_address", 20, timedelta(hours=1))
HANDED_IN = "handed-in:"

# Stale means: an old lock is over, or the count began too long ago to matter.
_TAKE = """
INSERT INTO login_guard AS g (key, failures, counted_from, locked_until) VALUES (%(key)s, 1, fanz_now(), NULL)
ON CONFLICT (key) DO UPDATE SET (failures, counted_from, locked_until) = (
    SELECT n.failures, n.counted_from, CASE WHEN n.failures >= %(tries)s THEN n.counted_from + %(within)s END
    FROM (SELECT
        CASE WHEN s.stale THEN 1 ELSE g.failures + 1 END AS failures,
        CASE WHEN s.stale OR %(from_last)s THEN fanz_now() ELSE g.counted_from END AS counted_from
        FROM (SELECT g.locked_until <= fanz_now() OR g.counted_from + %(within)s <= fanz_now() AS stale) s) n)
WHERE g.locked_until IS NULL OR g.locked_until <= fanz_now()
RETURNING locked_until
"""
_GIVE_BACK = """
UPDATE login_guard SET failures = greatest(failures - 1, 0),
    locked_until = CASE WHEN failures > %(tries)s THEN locked_until END WHERE key = %(key)s
"""


def _key(limit: Limit, who: str) -> bytes:
    return keyed_hash("login-guard", f"{limit.name}\x1f{who}")


def account_of(email: str) -> str:
    """The same account however its address is written; known or not makes no difference."""
    return normalise(email)


def network_of(address: str) -> str:
    """One household: an IPv4 address, or the /64 an IPv6 address lies in."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def whose_proofs(mark: SessionMark) -> str:
    """A session counts for itself; those a platform can make at will share one count of their person."""
    return f"{HANDED_IN}{mark.user_id}" if mark.handed_in_as_id else str(mark.pk)


def take(limit: Limit, who: str) -> datetime | None:
    """Count one try. TooMany when the count is full; else until when the door stays closed should this try fail."""
    values: dict[str, Any] = {
        "key": _key(limit, who), "tries": limit.tries, "within": limit.within, "from_last": limit.is_counted_from_last,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        row = cursor.fetchone()
        if row is None:
            cursor.execute(
                "SELECT ceil(extract(epoch FROM locked_until - fanz_now()))::int FROM login_guard WHERE key = %s",
                [values["key"]],
            )
            (seconds,) = cursor.fetchone() or (1,)
            raise TooMany(
                f"auth.too_many.{limit.name}", "Too many tries. Wait a while.", retry_after=max(seconds or 1, 1)
            )
    until: datetime | None = row[0]
    return until


def give_back(limit: Limit, who: str) -> None:
    """That try was right: it does not count."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, {"key": _key(limit, who), "tries": limit.tries})


def forget(limit: Limit, who: str) -> None:
    """The person proved to be themselves: earlier mistakes do not count."""
    LoginGuard.objects.filter(key=_key(limit, who)).delete()


def forget_old_tries() -> int:
    """Remove counts nobody needs any more; for a periodic job."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM login_guard WHERE counted_from < fanz_now() - interval '1 day' "
            "AND (locked_until IS NULL OR locked_until <= fanz_now())"
        )
        return cursor.rowcount
