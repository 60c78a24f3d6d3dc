from datetime import UTC, datetime
from pathlib import Path

from django.db import migrations

from foundation.approvals.seeding import approval_policy
from foundation.identity.roles import Role
from foundation.ids import named_id
from foundation.schema import only_changes

SPLITS = Path(__file__).resolve().parents[1] / "sql" / "splits.sql"
# What holds until two people say otherwise: four fifths of every sale after tax are the creator's.
FIRST = """
INSERT INTO revenue_split (id, product, creator_basis_points, active_from, news_seq) VALUES (%s, '', 8000, %s, 0)
"""
SINCE = datetime(2015, 1, 1, tzinfo=UTC)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_revenue_split"), ("approvals", "0002_guards_and_first_policy")]
    operations = [
        migrations.RunSQL(
            [(FIRST, [named_id("revenue_split", "first"), SINCE])],
            [("DELETE FROM revenue_split WHERE id = %s", [named_id("revenue_split", "first")])],
        ),
        only_changes("revenue_split", "news_seq"),
        migrations.RunSQL(
            SPLITS.read_text(),
            "DROP FUNCTION revenue_split_at; DROP FUNCTION ledger_guard_split CASCADE;"
            "DROP TRIGGER written_once ON revenue_split; DROP TRIGGER stays_as_agreed ON revenue_split;"
            "DROP TRIGGER no_truncate ON revenue_split;",
        ),
        approval_policy(
            "split.change",
            about="Change how sales are split between creator and platform",
            asked_by=[Role.FINANCE, Role.EXECUTIVE],
            decided_by=[Role.APPROVER, Role.EXECUTIVE],
            sla_hours=24,
            expiry_hours=168,
        ),
    ]
