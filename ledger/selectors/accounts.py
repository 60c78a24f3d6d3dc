from __future__ import annotations

from uuid import UUID

from foundation.errors import NotFound
from ledger.models import Account, Kind
from ledger.types import AccountInfo, AccountKey


def get_account(account_id: int) -> AccountInfo:
    """An account by its parts; NotFound."""
    found = Account.objects.filter(pk=account_id).first()
    if found is None:
        raise NotFound("ledger.no_account", "There is no such account.", account_id=account_id)
    return _info(found, _sides())


def find_account(key: AccountKey) -> int | None:
    """The account's id, without opening it."""
    return Account.objects.filter(path=key.path).values_list("pk", flat=True).first()


def list_accounts(
    *, party_id: UUID | None = None, platform_id: UUID | None = None, kind: str = "", purpose: str = ""
) -> list[AccountInfo]:
    """Accounts with these parts, in the order they were opened."""
    wanted = {"party_id": party_id, "platform_id": platform_id, "kind": kind, "purpose": purpose}
    found = Account.objects.filter(**{name: value for name, value in wanted.items() if value}).order_by("id")
    sides = _sides()
    return [_info(account, sides) for account in found]


def account_keys(**parts: object) -> dict[int, AccountKey]:
    """Which accounts have these parts: their numbers and keys."""
    rows = Account.objects.filter(**parts).order_by("pk")
    return {
        row.pk: AccountKey(row.kind, row.purpose, row.currency, row.party_id, row.platform_id, row.source)
        for row in rows
    }


def list_kinds() -> list[Kind]:
    """The chart of accounts."""
    return list(Kind.objects.order_by("kind", "purpose"))


def _sides() -> dict[tuple[str, str], str]:
    return {(kind.kind, kind.purpose): kind.normal_side for kind in Kind.objects.all()}


def _info(row: Account, sides: dict[tuple[str, str], str]) -> AccountInfo:
    key = AccountKey(row.kind, row.purpose, row.currency, row.party_id, row.platform_id, row.source)
    return AccountInfo(row.pk, key, sides[row.kind, row.purpose], row.opened_at, row.closed_at)
