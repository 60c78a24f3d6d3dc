from django.db import migrations

from foundation.schema import pin_search_path


class Migration(migrations.Migration):
    dependencies = [("identity", "0006_invitations_by_platforms")]
    operations = [
        pin_search_path("fanz_person(uuid)"),
    ]
