from django.db import migrations

from foundation.schema import tenant_table


class Migration(migrations.Migration):
    dependencies = [("identity", "0003_live_sessions")]
    operations = [tenant_table("api_client", rights="SELECT (id, platform_id, name)")]
