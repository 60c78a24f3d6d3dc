from django.db import migrations

from foundation.schema import read_only

VIEWS = """
CREATE VIEW fact_pending WITH (security_invoker = true) AS
    SELECT a.id AS account_id, a.party_id AS creator_id, a.platform_id, a.source AS product, a.currency,
        b.posted AS posted_minor, b.held AS held_minor
    FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
    WHERE a.kind = 'creator' AND a.purpose = 'pending';
CREATE VIEW fact_earning WITH (security_invoker = true) AS
    SELECT e.journal_id, e.credit_account AS account_id, e.amount AS amount_minor, e.currency, e.effective_at,
        e.recorded_at, p.recorded_at AS paid_recorded_at, a.source AS merchant
    FROM ledger_row e
    LEFT JOIN ledger_row p ON p.journal_id = e.journal_id AND p.kind = 'sale.paid'
    LEFT JOIN ledger_account a ON a.id = p.debit_account AND a.kind = 'processor'
    WHERE e.kind IN ('sale.earned', 'sale.counted');
"""
PUBLISHED = ("fact_pending", "fact_earning")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0009_passing")]
    operations = [
        migrations.RunSQL(VIEWS, "".join(f"DROP VIEW {view};" for view in PUBLISHED)),
        *(read_only(view) for view in PUBLISHED),
    ]
