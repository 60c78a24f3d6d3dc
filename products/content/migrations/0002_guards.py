from pathlib import Path

from django.db import migrations

from foundation.schema import append_only, no_delete, only_changes, partition_by_month, tenant_table

ACTIONS = Path(__file__).resolve().parents[1] / "sql" / "actions.sql"
CONTENT = ("creator_id", "kind", "title", "price_minor", "currency", "is_active", "updated_at")
ACCESS = (
    "external_id", "until", "ended_at", "ended_because", "seen_percent", "first_seen_at", "last_seen_at", "device",
)  # fmt: skip
TAKEN_IN = "INSERT, SELECT, UPDATE ({})"


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0001_initial"),
        ("clock", "0001_initial"),
        ("identity", "0002_tenancy_and_platforms"),
    ]
    operations = [
        migrations.RunSQL(ACTIONS.read_text(), "DROP TABLE content_action"),
        append_only("content_action"),
        append_only("content_action_key"),
        partition_by_month("content_action"),
        no_delete("content"),
        only_changes("content_access", *ACCESS),
        tenant_table("content", rights=TAKEN_IN.format(", ".join(CONTENT))),
        tenant_table("content_access", rights=TAKEN_IN.format(", ".join(ACCESS))),
        tenant_table("content_action", rights="INSERT, SELECT"),
        tenant_table("content_action_key", rights="INSERT, SELECT"),
    ]
