from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from foundation.errors import NotFound
from foundation.money import Money
from ledger.selectors.asking import ask
from ledger.types import Balance, Time

BALANCES = """
SELECT account_id, min(currency), sum(posted)::bigint, sum(held)::bigint, min(floor), sum(version)::bigint,
    bool_and(is_open)
FROM ledger_balance WHERE account_id = ANY (%s::bigint[]) GROUP BY account_id
"""
AT = {
    Time.RECORDED: "SELECT ledger_posted_at(%s::bigint, %s::timestamptz)",
    Time.EFFECTIVE: "SELECT ledger_posted_effective(%s::bigint, %s::timestamptz)",
}


def get_balances(account_ids: Iterable[int]) -> dict[int, Balance]:
    """Balances now; the slots of a hot account are summed. Unknown accounts are left out."""
    return {
        number: Balance(
            account_id=number,
            currency=currency,
            posted=Money(posted, currency),
            held=Money(held, currency),
            floor=None if floor is None else Money(floor, currency),
            version=version,
            is_open=is_open,
        )
        for number, currency, posted, held, floor, version, is_open in ask(BALANCES, [list(account_ids)])
    }


def get_balance(account_id: int) -> Balance:
    """One balance now; NotFound."""
    found = get_balances([account_id])
    if account_id not in found:
        raise NotFound("ledger.no_account", "There is no such account.", account_id=account_id)
    return found[account_id]


def posted_at(account_id: int, at: datetime, *, time: Time = Time.RECORDED) -> Money:
    """What stood on the account at this moment: as recorded then, or by the time movements take effect."""
    return _money(account_id, ask(AT[time], [account_id, at])[0][0])


def posted_at_version(account_id: int, version: int, *, slot: int = 0) -> Money:
    """What a slot held right after its n-th movement; NotFound beyond the last."""
    values = [account_id, slot, version]
    posted = ask("SELECT ledger_posted_at_version(%s::bigint, %s::smallint, %s::bigint)", values)[0][0]
    if posted is None:
        raise NotFound(
            "ledger.no_version", "The account has not come that far.", account_id=account_id, version=version
        )
    return _money(account_id, posted)


def sums_by_currency() -> dict[str, Money]:
    """The proof of zero: what all accounts of a currency add up to."""
    rows = ask("SELECT currency, sum(posted)::bigint FROM ledger_balance GROUP BY currency ORDER BY currency")
    return {currency: Money(posted, currency) for currency, posted in rows}


def closed_before() -> datetime | None:
    """The time before which the books are closed."""
    closed: datetime | None = ask("SELECT max(closed_before) FROM ledger_period")[0][0]
    return closed


def _money(account_id: int, posted: int | None) -> Money:
    return Money(posted or 0, get_balance(account_id).currency)
