from django.db import migrations

from foundation.schema import guard_states
from processors.payments.states import SUBSCRIPTION_MOVES, SubscriptionState


class Migration(migrations.Migration):
    """One that ended before it began is paid for once when its first payment was taken after all."""

    dependencies = [("processors", "0014_fewer_indexes_on_busy_tables")]
    operations = [guard_states("subscription", SUBSCRIPTION_MOVES, [SubscriptionState.PENDING])]
