from django.db import migrations

from foundation.approvals.seeding import approval_policy
from foundation.identity.roles import Role
from foundation.schema import only_changes


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0003_destinations_codes_and_accounts"),
        ("approvals", "0002_guards_and_first_policy"),
    ]
    operations = [
        only_changes("payout_method_code", "tries", "used_at"),
        approval_policy(
            "payout.release",
            about="Release a large payout",
            asked_by=[Role.FINANCE, Role.COMPLIANCE, Role.ADMIN],
            decided_by=[Role.APPROVER, Role.FINANCE],
            sla_hours=12,
            expiry_hours=240,
        ),
        approval_policy(
            "payout.emergency",
            about="Pay a creator at once, without hours of escrow",
            asked_by=[Role.FINANCE, Role.ADMIN, Role.COMPLIANCE],
            decided_by=[Role.APPROVER, Role.FINANCE],
            sla_hours=2,
            expiry_hours=24,
        ),
    ]
