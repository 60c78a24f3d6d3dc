from datetime import timedelta

from foundation.actors import system
from foundation.approvals.registry import approvable
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from processors.payments import review_approvals as approvals
from processors.payments import switches
from processors.payments.services import end_run_out, expire_due, repair_due, send_due, tell_cancelled_due

__all__ = ["switches"]
JOB = system("payments")

approvable(
    approvals.REVIEW,
    fields=approvals.REVIEW_FIELDS,
    describe=approvals.describe_review,
    recheck=approvals.recheck_review,
    apply=approvals.apply_review,
)
approvable(
    approvals.LARGE,
    fields=approvals.REFUND_FIELDS,
    describe=approvals.describe_refund,
    recheck=approvals.recheck_refund,
    apply=approvals.apply_refund,
)


@periodic(
    "payments.repair", every=timedelta(seconds=15), catches_up=False, in_one_transaction=False,
    lease=timedelta(minutes=5),
)  # fmt: skip
def repair(_: Period) -> dict[str, int]:
    """Send what was allowed, and ask about everything whose outcome is not known."""
    sent = send_due(by=JOB)
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
