from django.db import migrations, models
from django.db.models import Q

from foundation.schema import only_changes

# What several people were asked for and one did was only marked as read until now.
SETTLE_THE_SETTLED = """
UPDATE notification SET settled_at = approval.settled_at, read_at = coalesce(read_at, approval.settled_at) FROM approval
WHERE approval.settled_at IS NOT NULL
AND notification.dedupe IN ('approval.requested:' || approval.id, 'approval.overdue:' || approval.id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0002_guards"),
        ("approvals", "0002_guards_and_first_policy"),
    ]
    operations = [
        migrations.AddField("notification", "settled_at", models.DateTimeField(blank=True, null=True)),
        migrations.RemoveIndex("notification", "notification_cause"),
        migrations.AddIndex(
            "notification", models.Index(condition=Q(settled_at=None), fields=["dedupe"], name="notification_cause")
        ),
        only_changes("notification", "read_at", "settled_at"),
        migrations.RunSQL(SETTLE_THE_SETTLED, migrations.RunSQL.noop),
    ]
