"""What the books say: now, at a time, at a version; of one account, and of all of them."""

from ledger.selectors.accounts import account_keys, find_account, get_account, list_accounts, list_kinds
from ledger.selectors.ageing import Aged, list_ageing
from ledger.selectors.asking import one_moment
from ledger.selectors.balances import (
    closed_before,
    get_balance,
    get_balances,
    posted_at,
    posted_at_version,
    sums_by_currency,
)
from ledger.selectors.history import get_transfer, list_history, list_journal, list_journals, list_reversals
from ledger.selectors.holds import get_hold, list_open_holds
from ledger.selectors.lists import (
    account_called,
    accounts_with_balances,
    list_newest,
    list_transfers,
    paths_of,
    posted_of,
    transaction_of,
)
from ledger.selectors.standing import (
    Branch,
    Line,
    TrialBalance,
    account_tree,
    get_trial_balance,
    list_lines,
    trial_balance,
)
from ledger.selectors.statements import (
    Part,
    Statement,
    StatementLine,
    StatementPage,
    StatementPart,
    get_statement,
    iterate_statement,
    list_statement,
    list_statement_parts,
)

__all__ = [
    "Aged",
    "Branch",
    "Line",
    "Part",
    "Statement",
    "StatementLine",
    "StatementPage",
    "StatementPart",
    "TrialBalance",
    "account_called",
    "account_keys",
    "account_tree",
    "accounts_with_balances",
    "closed_before",
    "find_account",
    "get_account",
    "get_balance",
    "get_balances",
    "get_hold",
    "get_statement",
    "get_transfer",
    "get_trial_balance",
    "iterate_statement",
    "list_accounts",
    "list_ageing",
    "list_history",
    "list_journal",
    "list_journals",
    "list_kinds",
    "list_lines",
    "list_newest",
    "list_open_holds",
    "list_reversals",
    "list_statement",
    "list_statement_parts",
    "list_transfers",
    "one_moment",
    "paths_of",
    "posted_at",
    "posted_at_version",
    "posted_of",
    "sums_by_currency",
    "transaction_of",
    "trial_balance",
]
