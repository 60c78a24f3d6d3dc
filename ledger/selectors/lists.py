"""Accounts with their balances, page by page, and which transaction a movement came from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import BigIntegerField, Min, QuerySet, Sum

from foundation.errors import NotFound
from foundation.money import Money
from ledger.models import Account
from ledger.selectors.asking import ask
from ledger.selectors.cursors import cursor_to, place_at
from ledger.selectors.history import get_transfers, list_history
from ledger.types import Time, TransferInfo

AT = {
    Time.RECORDED: "SELECT a, ledger_posted_at(a, %(at)s) FROM unnest(%(ids)s::bigint[]) AS a",
    Time.EFFECTIVE: "SELECT a, ledger_posted_effective(a, %(at)s) FROM unnest(%(ids)s::bigint[]) AS a",
}
# By the transaction, whose index the sealer needs anyway; one of its own would cost every posting.
NEWEST = """
SELECT id, xact::text, seq FROM ledger_row WHERE (xact, seq) < (%s::xid8, %s::bigint)
ORDER BY xact DESC, seq DESC LIMIT %s
"""
LAST_XACT, LAST_SEQ = str(2**64 - 1), str(2**63 - 1)
XACT = """
SELECT r.xact::text, r.recorded_at FROM ledger_transfer_key k JOIN ledger_row r ON r.debit_account = k.debit_account
    AND r.debit_slot = k.debit_slot AND r.debit_version = k.debit_version AND r.recorded_at = k.recorded_at
WHERE k.id = %s::uuid
"""


def accounts_with_balances(**parts: object) -> QuerySet[Account]:
    """Accounts with these parts, each with `posted`, `held` and `floor`; parts that are None or empty are left out."""
    wanted = {name: value for name, value in parts.items() if value not in (None, "")}
    whole = BigIntegerField()
    return Account.objects.filter(**wanted).annotate(
        posted=Sum("slots__posted", output_field=whole), held=Sum("slots__held", output_field=whole),
        floor=Min("slots__floor"),
    )  # fmt: skip


def posted_of(accounts: Iterable[Account], at: datetime, *, time: Time = Time.EFFECTIVE) -> dict[int, Money]:
    """What stood on each of these accounts at this moment."""
    currencies = {account.pk: account.currency for account in accounts}
    rows = ask(AT[time], {"at": at, "ids": list(currencies)})
    return {number: Money(posted or 0, currencies[number]) for number, posted in rows}


def list_transfers(
    account_id: int, *, cursor: str | None = None, limit: int = 50
) -> tuple[list[TransferInfo], str | None]:
    """The movements of an account, newest first, each with both sides; and the cursor of the page after."""
    page = list_history(account_id, cursor="~".join(place_at("history", cursor)) if cursor else None, limit=limit)
    rows = {row.id: row for row in get_transfers(entry.transfer_id for entry in page.entries)}
    found = [rows[entry.transfer_id] for entry in page.entries]
    return found, cursor_to("history", page.next) if page.next else None


def list_newest(*, cursor: str | None = None, limit: int = 50) -> tuple[list[TransferInfo], str | None]:
    """All movements, those of the newest transactions first; for readers who see all books."""
    xact, seq = place_at("newest", cursor) if cursor else (LAST_XACT, LAST_SEQ)
    places = ask(NEWEST, [xact, seq, limit + 1])
    rows = {row.id: row for row in get_transfers(id for id, _, _ in places[:limit])}
    has_more = len(places) > limit
    return [rows[id] for id, _, _ in places[:limit]], cursor_to("newest", *places[limit - 1][1:]) if has_more else None


def account_called(name: str) -> int:
    """The account with this number or path; NotFound."""
    if name.isascii() and name.isdigit():
        found = Account.objects.filter(pk=int(name)).values_list("pk", flat=True).first()
    else:
        found = Account.objects.filter(path=name).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound("ledger.no_account", "There is no such account.", account=name)
    return found


def paths_of(account_ids: Iterable[int]) -> dict[int, str]:
    """The paths of those of these accounts that the reader may see."""
    return dict(Account.objects.filter(pk__in=set(account_ids)).values_list("pk", "path"))


def transaction_of(transfer_id: UUID) -> tuple[str, datetime]:
    """The database transaction a movement was posted in, and when; what else it wrote is the cause. NotFound."""
    rows = ask(XACT, [transfer_id])
    if not rows:
        raise NotFound("ledger.no_transfer", "There is no such transfer.", transfer_id=transfer_id)
    return rows[0][0], rows[0][1]
