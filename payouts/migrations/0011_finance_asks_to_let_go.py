from django.db import migrations

from foundation.approvals.seeding import approval_policy
from foundation.identity.roles import Role


class Migration(migrations.Migration):
    dependencies = [("payouts", "0010_found_by_state_and_number")]
    operations = [
        approval_policy(
            "freeze.release",
            about="Let large money go that was stopped",
            asked_by=[Role.COMPLIANCE, Role.FRAUD_RESPONDER, Role.FINANCE, Role.ADMIN],
            decided_by=[Role.APPROVER, Role.COMPLIANCE, Role.EXECUTIVE],
            sla_hours=24,
            expiry_hours=168,
        ),
    ]
