from django.db import migrations

from foundation.notifications.states import MOVES, State
from foundation.schema import guard_states, only_changes


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]
    operations = [
        guard_states("notification_delivery", MOVES, [State.DUE]),
        only_changes("notification", "read_at"),
        only_changes(
            "notification_delivery", "state", "version", "due_at", "lease_until", "handed_over_at", "sent_at",
            "attempts", "resent", "error",
        ),
    ]
