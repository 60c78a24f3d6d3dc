"""The ledger as its SQL files say it; models only read."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FILES = ("tables", "accounts", "holds", "posting", "partitions", "questions", "guards")


class Migration(migrations.Migration):
    initial = True
    dependencies = [("clock", "0001_initial"), ("seal", "0001_initial")]
    operations = [
        *(migrations.RunSQL((SQL / f"{name}.sql").read_text(), migrations.RunSQL.noop) for name in FILES),
        migrations.RunSQL("SELECT ledger_make_partitions()", migrations.RunSQL.noop),
    ]
