from foundation.http.access import allow, clients, people
from foundation.identity.roles import Role
from foundation.identity.scopes import Scope

BOOK_READERS = people(Role.FINANCE, Role.AUDITOR, Role.EXECUTIVE)
# A program sees the accounts of its platform alone; the database itself sees to that.
_reading = BOOK_READERS | clients(Scope.LEDGER_READ)

for _name in ("accounts", "account", "balances", "statement", "statement-file", "transfers", "transfer", "journal"):
    allow(f"api:ledger-{_name}", GET=_reading)
allow("api:ledger-trial-balance", GET=BOOK_READERS)
allow("api:ledger-splits", GET=BOOK_READERS)
