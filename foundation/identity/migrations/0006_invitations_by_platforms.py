from django.db import migrations

from foundation.schema import grant_tenant, no_delete, tenant_policy

OWN = """EXISTS (SELECT 1 FROM membership m WHERE m.id = invitation.membership_id AND m.platform_id = fanz_platform())"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0005_person")]
    operations = [
        tenant_policy("invitation", OWN, rights="SELECT, INSERT, UPDATE (expires_at)"),
        no_delete("invitation"),
        grant_tenant("outbox", "SELECT (aggregate_id)"),
    ]
