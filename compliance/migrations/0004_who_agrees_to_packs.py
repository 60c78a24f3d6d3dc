from django.db import migrations

from foundation.approvals.seeding import approval_policy
from foundation.identity.roles import Role


class Migration(migrations.Migration):
    dependencies = [("compliance", "0003_tax_papers"), ("approvals", "0006_bounds_for_amounts")]
    operations = [
        approval_policy(
            "audit.export",
            about="Take audit records out of the house",
            asked_by=[Role.AUDITOR, Role.COMPLIANCE, Role.LEGAL],
            decided_by=[Role.ADMIN, Role.COMPLIANCE, Role.EXECUTIVE],
            sla_hours=24,
            expiry_hours=168,
        ),
    ]
