from django.db import migrations

from foundation.schema import guard_states, no_delete, tenant_table
from processors.payments import states
from processors.webhooks.states import CALL_MOVES, TOLD_MOVES, CallState, ToldState

LIVES = {
    "payment": (states.PAYMENT_MOVES, [states.PaymentState.CREATED]),
    "payment_attempt": (states.ATTEMPT_MOVES, [states.AttemptState.PREPARED]),
    "refund": (states.REFUND_MOVES, [states.RefundState.REQUESTED]),
    "dispute": (states.DISPUTE_MOVES, [states.DisputeState.OPENED]),
    "subscription": (states.SUBSCRIPTION_MOVES, [states.SubscriptionState.PENDING]),
    "webhook_call": (CALL_MOVES, [CallState.RECEIVED]),
    "provider_told": (TOLD_MOVES, [ToldState.DUE]),
}
KEPT = (*LIVES, "charge_warrant", "instrument", "merchant_account")
OF_A_PLATFORM = ("payment", "payment_attempt", "refund", "dispute", "subscription", "instrument")
# A call is evidence: what came stays as it came. A warrant is a judgement: it is never edited.
WRITTEN_ONCE = {
    "webhook_call": ("state", "version", "news_seq", "proof", "why", "claimed_until"),
    "charge_warrant": (),
}


class Migration(migrations.Migration):
    dependencies = [
        ("processors", "0001_initial"),
        ("audit", "0001_initial"),
        ("identity", "0002_tenancy_and_platforms"),
    ]
    operations = [
        *(guard_states(table, moves, first) for table, (moves, first) in LIVES.items()),
        *(no_delete(table) for table in KEPT),
        *(tenant_table(table) for table in OF_A_PLATFORM),
        *(
            migrations.RunSQL(
                f"REVOKE UPDATE ON {table} FROM fanz_app;"
                + (f"GRANT UPDATE ({', '.join(columns)}) ON {table} TO fanz_app;" if columns else ""),
                f"GRANT UPDATE ON {table} TO fanz_app;",
            )
            for table, columns in WRITTEN_ONCE.items()
        ),
    ]
