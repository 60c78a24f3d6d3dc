from django.db import migrations

from foundation.schema import pin_search_path


class Migration(migrations.Migration):
    dependencies = [("approvals", "0004_only_people_and_programs_decide"), ("identity", "0007_pinned_search_path")]
    operations = [
        pin_search_path("approval_guard_decision()"),
        pin_search_path("approval_guard_outcome()"),
    ]
