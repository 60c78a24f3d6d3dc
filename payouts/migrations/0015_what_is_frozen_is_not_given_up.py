from django.db import migrations

from foundation.schema import guard_states
from payouts.life.states import PAYOUT_MOVES, PayoutState


class Migration(migrations.Migration):
    """Given up, the money of a frozen payout would be available in spite of its freeze."""

    dependencies = [("payouts", "0014_returns_told_by_people")]
    operations = [guard_states("payout", PAYOUT_MOVES, [PayoutState.REQUESTED])]
