"""Accounts are opened on first use, closed when empty, never deleted."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record
from ledger.calls import call
from ledger.types import AccountKey

OPEN = "SELECT ledger_open_account(%s::text, %s::text, %s::text, %s::uuid, %s::uuid, %s::text)"

OPEN_ALL = """
SELECT ledger_open_account(kind, purpose, currency, party, platform, source)
FROM unnest(%s::text[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::text[]) WITH ORDINALITY
    AS key (kind, purpose, currency, party, platform, source, nth) ORDER BY nth
"""


def open_account(key: AccountKey) -> int:
    """The account's id, opened now if nobody did before. NotFound when the chart has no such kind."""
    values = (key.kind, key.purpose, key.currency, key.party_id, key.platform_id, key.source)
    account: int = call(OPEN, values)[0][0]
    return account


def open_accounts(keys: Collection[AccountKey]) -> dict[AccountKey, int]:
    """Several at once, always in the order of their paths, so that two openers never wait for each other in a ring."""
    if not keys:
        return {}
    ordered = sorted(set(keys), key=lambda key: key.path)
    parts = ((key.kind, key.purpose, key.currency, key.party_id, key.platform_id, key.source) for key in ordered)
    opened = call(OPEN_ALL, [list(column) for column in zip(*parts, strict=True)])
    return {key: account for key, (account,) in zip(ordered, opened, strict=True)}


def close_account(*, account_id: int, by: Actor, reason: str) -> bool:
    """Nothing can be posted to it any more; Conflict while money stands on it or is held."""
    return _switch("ledger.account_closed", "SELECT ledger_close_account(%s::bigint)", account_id, by, reason)


def reopen_account(*, account_id: int, by: Actor, reason: str) -> bool:
    return _switch("ledger.account_reopened", "SELECT ledger_reopen_account(%s::bigint)", account_id, by, reason)


def _switch(action: str, sql: str, account_id: int, by: Actor, reason: str) -> bool:
    with transaction.atomic():
        is_changed: bool = call(sql, [account_id])[0][0]
        if is_changed:
            record(action, by=by, subject=("ledger.account", str(account_id)), reason=reason)
    return is_changed
