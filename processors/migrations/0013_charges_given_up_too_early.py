from django.db import migrations

from foundation.schema import guard_states
from processors.payments import states

LIVES = {
    "payment": (states.PAYMENT_MOVES, states.PaymentState.CREATED),
    "payment_attempt": (states.ATTEMPT_MOVES, states.AttemptState.PREPARED),
}


class Migration(migrations.Migration):
    """A charge believed never to have come, or decided by a wrong number, is not known again."""

    dependencies = [("processors", "0012_sales_one_by_one")]
    operations = [guard_states(table, moves, [first]) for table, (moves, first) in LIVES.items()]
