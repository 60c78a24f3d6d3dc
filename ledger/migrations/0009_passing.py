"""Kinds of account that are nil after every journal."""

from django.db import migrations, models

from ledger.chart import KINDS

MARK = "UPDATE ledger_kind SET is_passing = true WHERE (kind, purpose) = (%s, %s)"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0008_replay")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE ledger_kind ADD COLUMN is_passing boolean NOT NULL DEFAULT false",
            "ALTER TABLE ledger_kind DROP COLUMN is_passing",
        ),
        migrations.AddField("kind", "is_passing", models.BooleanField()),
        migrations.RunSQL(
            [(MARK, [kind.kind, kind.purpose]) for kind in KINDS if kind.is_passing], migrations.RunSQL.noop
        ),
    ]
