from django.db import migrations

INDEXES = """
CREATE INDEX audit_record_outcome ON audit_record (outcome, id);
CREATE INDEX audit_record_platform ON audit_record (platform_id, id) WHERE platform_id IS NOT NULL;
CREATE INDEX audit_record_subject_id ON audit_record (subject_id, id) WHERE subject_id <> '';
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.RunSQL(
            INDEXES,
            "DROP INDEX audit_record_outcome; DROP INDEX audit_record_platform; DROP INDEX audit_record_subject_id;",
        )
    ]
