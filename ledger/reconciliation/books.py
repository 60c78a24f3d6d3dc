"""The outside worlds that send us statements. Rooms that know one add it in their registers."""

from foundation.registry import Registry
from ledger.reconciliation.types import Book
from ledger.selectors import list_accounts

books: Registry[Book] = Registry("book")


def mirrors_of(name: str) -> dict[str, int]:
    """The account a book mirrors, in each currency in which it was opened."""
    book = books.find(name)
    found = list_accounts(kind=book.kind, purpose=book.purpose)
    return {
        account.key.currency: account.id
        for account in found
        if account.key.source == book.source and account.key.party_id is None and account.key.platform_id is None
    }
