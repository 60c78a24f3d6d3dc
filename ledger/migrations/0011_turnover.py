"""What moved on busy accounts, added up by day."""

from pathlib import Path

from django.db import migrations

TURNOVER = Path(__file__).resolve().parents[1] / "sql" / "turnover.sql"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0010_earnings_as_facts")]
    operations = [migrations.RunSQL(TURNOVER.read_text(), migrations.RunSQL.noop)]
