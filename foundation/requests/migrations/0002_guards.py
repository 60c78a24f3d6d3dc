from django.db import migrations

from foundation.schema import APP, tenant_table

WRITTEN_ONCE = migrations.RunSQL(
    f"REVOKE UPDATE, TRUNCATE ON request_line FROM {APP};", f"GRANT UPDATE ON request_line TO {APP};"
)


class Migration(migrations.Migration):
    dependencies = [("requests", "0001_what_programs_asked"), ("identity", "0012_found_by_handle")]
    operations = [WRITTEN_ONCE, tenant_table("request_line")]
