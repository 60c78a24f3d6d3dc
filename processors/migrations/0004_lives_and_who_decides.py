from django.db import migrations

from foundation.approvals.seeding import approval_policy
from foundation.identity.roles import Role
from foundation.schema import guard_states
from processors.payments import states

LIVES = {
    "payment": (states.PAYMENT_MOVES, states.PaymentState.CREATED),
    "payment_attempt": (states.ATTEMPT_MOVES, states.AttemptState.PREPARED),
    "refund": (states.REFUND_MOVES, states.RefundState.REQUESTED),
}


class Migration(migrations.Migration):
    dependencies = [("processors", "0003_services_of_payments"), ("approvals", "0002_guards_and_first_policy")]
    operations = [
        *(guard_states(table, moves, [first]) for table, (moves, first) in LIVES.items()),
        approval_policy(
            "payment.review",
            about="Charge a payment that was parked for a person",
            asked_by=[Role.FRAUD_RESPONDER, Role.FINANCE],
            decided_by=[Role.APPROVER, Role.FRAUD_RESPONDER, Role.FINANCE, Role.MODERATOR],
            sla_hours=4,
            expiry_hours=24,
            clients_may_ask=True,
        ),
        approval_policy(
            "refund.large",
            about="Refund a large amount",
            asked_by=[Role.FINANCE, Role.SUPPORT, Role.MODERATOR, Role.COMPLIANCE, Role.ADMIN],
            decided_by=[Role.APPROVER, Role.FINANCE],
            sla_hours=4,
            expiry_hours=72,
            clients_may_ask=True,
        ),
    ]
