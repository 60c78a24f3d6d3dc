from django.db import migrations

from foundation.approvals.seeding import approval_policy
from foundation.identity.roles import Role


def _decided(kind: str, about: str) -> migrations.RunPython:
    return approval_policy(
        kind, about=about, asked_by=[Role.FINANCE], decided_by=[Role.APPROVER, Role.FINANCE], sla_hours=8,
        expiry_hours=72,
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("processors", "0008_what_is_asked_about"), ("approvals", "0002_guards_and_first_policy")]
    operations = [
        _decided("payment.outcome", "Say what became of a charge whose provider could not"),
        _decided("refund.outcome", "Say what became of a refund whose provider could not"),
    ]
