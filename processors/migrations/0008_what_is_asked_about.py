from django.db import migrations, models

from foundation.schema import guard_states
from processors.webhooks.states import TOLD_MOVES, ToldState


class Migration(migrations.Migration):
    dependencies = [("processors", "0007_transactions")]
    operations = [
        guard_states("provider_told", TOLD_MOVES, [ToldState.DUE]),
        migrations.AddField("providertold", "is_to_ask", models.BooleanField(default=False)),
        migrations.RemoveIndex("providertold", "provider_told_due"),
        migrations.AddIndex(
            "providertold",
            models.Index(
                fields=["is_to_ask", "due_at"],
                name="provider_told_due",
                condition=models.Q(state__in=["DUE", "PARKED"]),
            ),
        ),
    ]
