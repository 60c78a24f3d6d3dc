from django.db import migrations

from foundation.schema import pin_search_path


class Migration(migrations.Migration):
    dependencies = [("switches", "0002_guards_and_policy")]
    operations = [
        pin_search_path("switch_guard_change()"),
        pin_search_path("switch_guard_turn()"),
    ]
