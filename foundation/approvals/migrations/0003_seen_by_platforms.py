from django.db import migrations

from foundation.schema import grant_tenant, tenant_policy, tenant_table

OF_AN_APPROVAL = "EXISTS (SELECT FROM approval a WHERE a.id = approval_id AND a.platform_id = fanz_platform())"


class Migration(migrations.Migration):
    dependencies = [("approvals", "0002_guards_and_first_policy")]
    operations = [
        tenant_table("approval", rights="SELECT"),
        tenant_policy("approval_decision", OF_AN_APPROVAL, rights="SELECT"),
        grant_tenant("approval_policy", "SELECT"),
    ]
