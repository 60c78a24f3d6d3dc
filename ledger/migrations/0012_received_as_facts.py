from django.db import migrations

from foundation.schema import read_only

# What became a creator's to take, and what was taken back from it.
VIEW = """
CREATE VIEW fact_received WITH (security_invoker = true) AS
    SELECT a.party_id AS creator_id, a.currency, e.kind, e.amount AS amount_minor, e.effective_at, e.recorded_at
    FROM ledger_account a JOIN ledger_row e ON e.credit_account = a.id
    WHERE a.kind = 'creator' AND a.purpose = 'available'
        AND e.kind IN ('earnings.settled', 'reserve.released', 'compensation.paid')
    UNION ALL
    SELECT a.party_id, a.currency, e.kind, -e.amount, e.effective_at, e.recorded_at
    FROM ledger_account a JOIN ledger_row e ON e.debit_account = a.id
    WHERE a.kind = 'creator' AND a.purpose = 'available' AND e.kind = 'clawback.taken';
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0011_turnover")]
    operations = [migrations.RunSQL(VIEW, "DROP VIEW fact_received;"), read_only("fact_received")]
