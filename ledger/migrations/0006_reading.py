"""Platforms' programs read the past of their own accounts."""

from pathlib import Path

from django.db import migrations

READING = Path(__file__).resolve().parents[1] / "sql" / "reading.sql"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_split_guards")]
    operations = [migrations.RunSQL(READING.read_text(), migrations.RunSQL.noop)]
