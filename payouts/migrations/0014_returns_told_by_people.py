from django.db import migrations

from foundation.approvals.seeding import approval_policy
from foundation.identity.roles import Role


class Migration(migrations.Migration):
    """What comes back without a rail's word is booked when a second person agrees."""

    dependencies = [("payouts", "0013_creators_answer")]
    operations = [
        approval_policy(
            "payout.return",
            about="Book that a payout came back",
            asked_by=[Role.FINANCE, Role.ADMIN],
            decided_by=[Role.APPROVER, Role.FINANCE],
            sla_hours=12,
            expiry_hours=168,
        ),
    ]
