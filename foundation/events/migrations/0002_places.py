from django.db import migrations, models

STREAMS = [("txn", "Payments, disputes, settlements, trust decisions"), ("payout", "Payouts, freezes, escrows"), ("fraud", "Cases, actions, appeals"), ("account", "Parties and users"), ("ops", "Rules, switches, approvals, alerts, seal blocks")]

PLACES = """
ALTER TABLE outbox ADD COLUMN position bigint;
ALTER TABLE outbox ADD CONSTRAINT outbox_placed CHECK ((position IS NULL) = (relayed_at IS NULL));
DROP INDEX outbox_unrelayed;
CREATE INDEX outbox_unrelayed ON outbox (id) WHERE relayed_at IS NULL;
CREATE INDEX outbox_position ON outbox (stream, position) WHERE position IS NOT NULL;
REVOKE UPDATE ON outbox FROM fanz_app;
GRANT UPDATE (relayed_at, position) ON outbox TO fanz_app;
REVOKE INSERT ON outbox FROM fanz_tenant;
GRANT INSERT (stream, type, version, aggregate_type, aggregate_id, sequence, platform_id, payload) ON outbox TO fanz_tenant;
"""
AS_BEFORE = """
REVOKE INSERT (stream, type, version, aggregate_type, aggregate_id, sequence, platform_id, payload) ON outbox FROM fanz_tenant;
GRANT INSERT ON outbox TO fanz_tenant;
REVOKE UPDATE (relayed_at, position) ON outbox FROM fanz_app;
GRANT UPDATE ON outbox TO fanz_app;
DROP INDEX outbox_position;
DROP INDEX outbox_unrelayed;
CREATE INDEX outbox_unrelayed ON outbox (stream, id) WHERE relayed_at IS NULL;
ALTER TABLE outbox DROP COLUMN position;
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(PLACES, AS_BEFORE)],
            state_operations=[migrations.AddField("outbox", "position", models.BigIntegerField(null=True))],
        ),
        migrations.CreateModel(
            name="StreamMark",
            fields=[
                ("stream", models.CharField(choices=STREAMS, max_length=10, primary_key=True, serialize=False)),
                ("placed", models.BigIntegerField(default=0)),
                ("floor", models.BigIntegerField(default=0)),
            ],
            options={"db_table": "stream_mark"},
        ),
        migrations.AddConstraint(
            model_name="streammark",
            constraint=models.CheckConstraint(condition=models.Q(("floor__gte", 0), ("floor__lte", models.F("placed"))), name="stream_mark_order"),
        ),
        migrations.RunSQL(
            "INSERT INTO stream_mark (stream, placed, floor) SELECT unnest(ARRAY['txn', 'payout', 'fraud', 'account', 'ops']), 0, 0",
            migrations.RunSQL.noop,
        ),
    ]
