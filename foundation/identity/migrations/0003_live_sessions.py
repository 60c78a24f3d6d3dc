import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import foundation.ids


class Migration(migrations.Migration):
    dependencies = [("identity", "0002_tenancy_and_platforms")]
    operations = [
        migrations.RenameField("loginguard", "first_failure_at", "counted_from"),
        migrations.AddIndex("loginguard", models.Index(fields=["counted_from"], name="login_guard_age")),
        migrations.DeleteModel("SessionMark"),
        migrations.CreateModel(
            "SessionMark",
            fields=[
                ("id", models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("session_key", models.CharField(max_length=40, unique=True)),
                ("address", models.CharField(blank=True, max_length=45)),
                ("agent", models.CharField(blank=True, max_length=300)),
                ("began_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("second_factor_at", models.DateTimeField(null=True)),
                ("stepped_up_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="session_marks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"db_table": "session_mark"},
        ),
        migrations.AddIndex("sessionmark", models.Index(fields=["seen_at"], name="session_mark_seen")),
    ]
