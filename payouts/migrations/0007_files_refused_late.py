from django.db import migrations

from foundation.schema import guard_states
from payouts.life.states import BATCH_MOVES, BatchState


class Migration(migrations.Migration):
    """A bank may take a file and reject it by a later word."""

    dependencies = [("payouts", "0006_stopped_lines_are_carried")]
    operations = [guard_states("payout_batch", BATCH_MOVES, [BatchState.BATCHED])]
