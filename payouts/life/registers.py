from datetime import timedelta

import payouts.life.checks  # noqa: F401 - the questions this room asks of a payout
from foundation.actors import system
from foundation.approvals.registry import approvable
from foundation.identity.roles import PORTAL_ROLES
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from foundation.notifications.catalogue import declare_notice, declare_topic
from foundation.notifications.states import Level
from foundation.uploads.types import Subject, subjects
from payouts.life import release_approvals as approvals
from payouts.life import seams, switches
from payouts.life.selectors import owner_of_documents
from payouts.life.services import release_due, run_payouts
from payouts.life.services.rerouting import follow_replaced, refuse_awaited
from payouts.life.standing import measure
from payouts.life.types import DOCUMENTS_ABOUT
from payouts.methods import seams as methods

__all__ = ["switches"]
JOB = system("payouts")

seams.measuring.fill(measure)
subjects.add(DOCUMENTS_ABOUT, Subject(owner_of_documents, is_for_outsiders=True))
methods.may_go.add("life", refuse_awaited)
methods.replaced.add("life", follow_replaced)

declare_topic("payouts", "Payouts that do not add up")
declare_topic("my_payouts", "My payouts", outside=PORTAL_ROLES)
declare_notice(
    "payout.alarm",
    topic="payouts",
    level=Level.ACTION_REQUIRED,
    title="A payout needs you",
    body="{detail}",
    path="/ops/payouts{payout}",
)
declare_notice(
    "payout.sent",
    topic="my_payouts",
    level=Level.INFO,
    title="{amount} is on its way",
    body="Your payout of {amount} was handed to {rail}.",
    path="/starz/payouts/{payout_id}",
)
declare_notice(
    "payout.paid",
    topic="my_payouts",
    level=Level.INFO,
    title="{amount} arrived",
    body="Your payout of {amount} was paid out by {rail}.",
    path="/starz/payouts/{payout_id}",
)
declare_notice(
    "payout.later",
    topic="my_payouts",
    level=Level.WARNING,
    title="Your payout of {amount} leaves later",
    body="It leaves on {until} instead. Its page says why and what you can do.",
    path="/starz/payouts/{payout_id}",
)
declare_notice(
    "payout.given_back",
    topic="my_payouts",
    level=Level.WARNING,
    title="Your payout of {amount} did not arrive",
    body="{why} The money is in your balance again. Look at where you are paid to and ask for it once more.",
    path="/starz/payouts/{payout_id}",
)
declare_notice(
    "payout.cancelled",
    topic="my_payouts",
    level=Level.INFO,
    title="Your payout of {amount} was given up",
    body="The money is in your balance again.",
    path="/starz/payouts/{payout_id}",
)

approvable(
    approvals.RELEASE,
    fields=approvals.RELEASE_FIELDS,
    describe=approvals.describe_release,
    recheck=approvals.recheck_release,
    apply=approvals.apply_release,
    has_amount=True,
)
approvable(
    approvals.EMERGENCY,
    fields=approvals.EMERGENCY_FIELDS,
    describe=approvals.describe_emergency,
    recheck=approvals.recheck_emergency,
    apply=approvals.apply_emergency,
    has_amount=True,
)
approvable(
    approvals.RETURN,
    fields=approvals.RETURN_FIELDS,
    describe=approvals.describe_return,
    recheck=approvals.recheck_return,
    apply=approvals.apply_return,
    has_amount=True,
)


@periodic(
    "payouts.release", every=timedelta(minutes=1), catches_up=False, in_one_transaction=False,
    lease=timedelta(minutes=5),
)  # fmt: skip
def release(_: Period) -> dict[str, int]:
    """Let payouts go on whose hours are over."""
    done = release_due(by=JOB)
    return {"released": done.released, "stopped": done.stopped, "waiting": done.waiting, "put_off": done.put_off}


@periodic(
    "payouts.run", every=timedelta(minutes=1), catches_up=False, in_one_transaction=False, lease=timedelta(minutes=10)
)
def run(_: Period) -> dict[str, object]:
    """Hand over what is due and ask about what is not known."""
    return run_payouts(by=JOB).as_dict()
