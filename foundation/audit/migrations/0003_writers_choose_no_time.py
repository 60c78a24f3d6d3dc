from django.db import migrations

WRITTEN = (
    "actor, party_id, action, outcome, subject_type, subject_id, platform_id, reason, facts, request_id, commitment"
)


class Migration(migrations.Migration):
    """Number, moment and transaction of a record are the database's to say."""

    dependencies = [("audit", "0002_search")]
    operations = [
        migrations.RunSQL(
            "REVOKE INSERT ON audit_record FROM fanz_app, fanz_tenant;"
            f"GRANT INSERT ({WRITTEN}) ON audit_record TO fanz_app, fanz_tenant;",
            f"REVOKE INSERT ({WRITTEN}) ON audit_record FROM fanz_app, fanz_tenant;"
            "GRANT INSERT ON audit_record TO fanz_app, fanz_tenant;",
        )
    ]
