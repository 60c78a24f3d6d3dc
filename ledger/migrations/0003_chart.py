"""The chart of accounts as ledger/chart.py lists it; a later kind is another call of `chart_rows`."""

from pathlib import Path

from django.db import migrations

from ledger.chart import ROW, rows

FLOWS = Path(__file__).resolve().parents[1] / "sql" / "flows.sql"
INSERT = f"""
INSERT INTO ledger_kind ({", ".join(ROW)}) VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (kind, purpose) DO UPDATE SET meaning = excluded.meaning
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_models")]
    operations = [
        migrations.RunSQL([(INSERT, list(row)) for row in rows()], migrations.RunSQL.noop),
        migrations.RunSQL(FLOWS.read_text(), "DROP FUNCTION ledger_lock_creator;"),
    ]
