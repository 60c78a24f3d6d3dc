"""Adding up what moved on busy accounts, day by day, so that questions about years stay cheap."""

from __future__ import annotations

from ledger.calls import call

# Accounts below this are read movement by movement in a few milliseconds.
WORTH_IT, ACCOUNTS_AT_ONCE = 5_000, 200


def add_up_turnover(account_id: int) -> int:
    """Add up all that was recorded on this account until now; how many movements were added. NotFound."""
    call("SELECT ledger_set_turnover_border(%s::bigint)", [account_id])
    added = 0
    while some := int(call("SELECT ledger_add_turnover(%s::bigint)", [account_id])[0][0]):
        added += some
    return added


def add_up_busy_accounts() -> dict[str, int]:
    """Add up the accounts on which much has moved since they were, the busiest first."""
    busy = call("SELECT * FROM ledger_busy_accounts(%s::bigint, %s::integer)", [WORTH_IT, ACCOUNTS_AT_ONCE])
    return {"accounts": len(busy), "movements": sum(add_up_turnover(account_id) for (account_id,) in busy)}
