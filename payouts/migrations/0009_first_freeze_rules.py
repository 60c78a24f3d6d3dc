from datetime import UTC, datetime

from django.db import migrations

from foundation.approvals.seeding import approval_policy
from foundation.identity.roles import Role
from payouts.freezes.first_rules import FIRST_RULES, INSERT

SINCE = datetime(2015, 1, 1, tzinfo=UTC)


class Migration(migrations.Migration):
    dependencies = [("payouts", "0008_what_rules_looked_at"), ("approvals", "0002_guards_and_first_policy")]
    operations = [
        migrations.RunSQL([(INSERT, [*row, SINCE]) for row in FIRST_RULES], migrations.RunSQL.noop),
        approval_policy(
            "freeze.release",
            about="Let large money go that was stopped",
            asked_by=[Role.COMPLIANCE, Role.FRAUD_RESPONDER, Role.ADMIN],
            decided_by=[Role.APPROVER, Role.COMPLIANCE, Role.EXECUTIVE],
            sla_hours=24,
            expiry_hours=168,
        ),
    ]
