"""A repeat that names no time is the first, whatever time that took effect at."""

from pathlib import Path

from django.db import migrations

REPLAY = Path(__file__).resolve().parents[1] / "sql" / "replay.sql"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_reconciliation")]
    operations = [migrations.RunSQL(REPLAY.read_text(), migrations.RunSQL.noop)]
