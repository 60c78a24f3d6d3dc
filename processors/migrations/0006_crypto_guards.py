from django.db import migrations

from foundation.schema import append_only, guard_states, no_delete, only_changes
from processors.crypto.states import DEPOSIT_MOVES, INVOICE_MOVES, DepositState, InvoiceState

# An address that was given out is never changed, freed or given again; nor is a rate that a price was made from.
WRITTEN_ONCE = ("deposit_address", "coin_rate")


class Migration(migrations.Migration):
    dependencies = [("processors", "0005_crypto"), ("audit", "0001_initial")]
    operations = [
        guard_states("crypto_invoice", INVOICE_MOVES, [InvoiceState.CREATED]),
        guard_states("deposit", DEPOSIT_MOVES, [DepositState.SEEN, DepositState.CONFIRMING]),
        *(append_only(table) for table in WRITTEN_ONCE),
        *(no_delete(table) for table in ("crypto_invoice", "deposit", "chain_watch")),
        only_changes("hd_key", "next_index", "is_active"),
    ]
