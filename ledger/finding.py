"""Entries by their number; accounts by number or whole path."""

from __future__ import annotations

from django.db.models import Q

from foundation.search import Asked, Finder, Hit, finders
from ledger.models import Account, TransferKey

MOST_DIGITS = 18


def find_entries(asked: Asked) -> list[Hit]:
    if asked.id is None:
        return []
    rows = TransferKey.objects.filter(pk=asked.id).values_list("pk", "recorded_at")
    return [Hit(f"Entry …{str(id)[-12:]}", f"recorded {at:%-d %b %Y, %H:%M} UTC", (id,)) for id, at in rows]


def find_accounts(asked: Asked) -> list[Hit]:
    is_number = asked.words.isascii() and asked.words.isdigit() and len(asked.words) <= MOST_DIGITS
    called = Q(pk=int(asked.words)) if is_number else Q(path=asked.words)
    rows = Account.objects.filter(called).values_list("pk", "path", "currency")
    return [Hit(path, currency, (number,)) for number, path, currency in rows]


finders.add("entries", Finder("Ledger entries", "chain", "ops:ledger_entry", find_entries))
finders.add("accounts", Finder("Ledger accounts", "chart", "ops:ledger_account", find_accounts))
