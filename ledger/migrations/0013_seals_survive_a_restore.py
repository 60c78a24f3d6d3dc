"""A row's binary form names the type of each column by its number, and a domain's is another in every database.

Sealed as the plain number it is, a movement says the same in a copy that was brought back.
"""

from django.db import migrations

VIEW = """
CREATE OR REPLACE VIEW ledger_sealed WITH (security_invoker = true) AS
    SELECT seq AS id, recorded_at AS at, xact, record_send(ROW(seq, xact, id, journal_id, recorded_at, effective_at,
        {amount}, debit_account, debit_slot, debit_version, debit_after, credit_account, credit_slot, credit_version,
        credit_after, currency, kind, reverses, hold_id, meta)) AS said
    FROM ledger_row
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0012_received_as_facts")]
    operations = [migrations.RunSQL(VIEW.format(amount="amount::bigint"), VIEW.format(amount="amount"))]
