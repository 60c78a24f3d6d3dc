from datetime import timedelta

from foundation.actors import system
from foundation.approvals.registry import approvable
from foundation.identity.roles import PORTAL_ROLES
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from foundation.notifications.catalogue import declare_notice, declare_topic
from foundation.notifications.states import Level
from processors.payments import outcome_approvals as outcomes
from processors.payments import review_approvals as approvals
from processors.payments import switches
from processors.payments.services import end_run_out, expire_due, repair_due, send_due, tell_cancelled_due

__all__ = ["switches"]
JOB = system("payments")

declare_topic("payments", "Payments that do not add up")
declare_topic("my_payments", "My payments", outside=PORTAL_ROLES)
declare_notice(
    "payment.alarm",
    topic="payments",
    level=Level.ACTION_REQUIRED,
    title="A payment needs you",
    body="{detail}",
    path="/ops/payments/{payment_id}",
)
declare_notice(
    "payment.charged",
    topic="my_payments",
    level=Level.INFO,
    title="Your payment of {amount} goes ahead",
    body="We looked at it before charging you: {description}. It is charged now.",
    path="/wallet/",
)
declare_notice(
    "payment.not_charged",
    topic="my_payments",
    level=Level.WARNING,
    title="Your payment of {amount} was not made",
    body="We looked at it before charging you: {description}. Nothing was charged.",
    path="/wallet/",
)

approvable(
    approvals.REVIEW,
    fields=approvals.REVIEW_FIELDS,
    describe=approvals.describe_review,
    recheck=approvals.recheck_review,
    apply=approvals.apply_review,
    has_amount=True,
)
approvable(
    approvals.LARGE,
    fields=approvals.REFUND_FIELDS,
    describe=approvals.describe_refund,
    recheck=approvals.recheck_refund,
    apply=approvals.apply_refund,
    has_amount=True,
)
approvable(
    outcomes.CHARGE_KIND,
    fields=outcomes.CHARGE_FIELDS,
    describe=outcomes.describe_charge,
    recheck=outcomes.recheck_charge,
    apply=outcomes.apply_charge,
    has_amount=True,
)
approvable(
    outcomes.REFUND_KIND,
    fields=outcomes.REFUND_FIELDS,
    describe=outcomes.describe_refund,
    recheck=outcomes.recheck_refund,
    apply=outcomes.apply_refund,
    has_amount=True,
)


@periodic(
    "payments.repair", every=timedelta(seconds=15), catches_up=False, in_one_transaction=False,
    lease=timedelta(minutes=5),
)  # fmt: skip
def repair(_: Period) -> dict[str, int]:
    """Send what was allowed, and ask about everything whose outcome is not known."""
    try:
        sent = send_due(by=JOB)
    finally:
        round_of = repair_due(by=JOB)
    return {
        "sent": sent, "asked": round_of.asked, "never_sent": round_of.never_sent, "refunds": round_of.refunds,
        "put_off": round_of.put_off,
    }  # fmt: skip


@periodic(
    "payments.expire", every=timedelta(minutes=1), catches_up=False, in_one_transaction=False,
    lease=timedelta(minutes=5),
)  # fmt: skip
def expire(_: Period) -> dict[str, int]:
    """End what ran out of time, reviews that nobody decided among it."""
    return {"expired": expire_due(by=JOB)}


@periodic(
    "payments.subscriptions", every=timedelta(minutes=5), catches_up=False, in_one_transaction=False,
    lease=timedelta(minutes=10),
)  # fmt: skip
def subscriptions(_: Period) -> dict[str, int]:
    """Stop what was cancelled at the provider, and end what ran out."""
    return {"told": tell_cancelled_due(by=JOB), "ended": end_run_out(by=JOB)}
