"""The only ways money moves. Posting belongs into the transaction of the fact it books."""

from ledger.services.accounts import close_account, open_account, open_accounts, reopen_account
from ledger.services.holds import capture_hold, expire_holds, lift_hold_reason, place_hold, raise_hold, void_hold
from ledger.services.periods import archive_month, close_period
from ledger.services.posting import MOST_POSTINGS, post, post_many
from ledger.services.reversals import reverse, reverse_journal
from ledger.services.turnover import add_up_busy_accounts, add_up_turnover

__all__ = [
    "MOST_POSTINGS",
    "add_up_busy_accounts",
    "add_up_turnover",
    "archive_month",
    "capture_hold",
    "close_account",
    "close_period",
    "expire_holds",
    "lift_hold_reason",
    "open_account",
    "open_accounts",
    "place_hold",
    "post",
    "post_many",
    "raise_hold",
    "reopen_account",
    "reverse",
    "reverse_journal",
    "void_hold",
]
