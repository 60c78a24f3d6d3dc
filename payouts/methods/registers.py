from datetime import timedelta

from foundation.actors import system
from foundation.identity.roles import PORTAL_ROLES
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from foundation.notifications.catalogue import declare_notice, declare_topic
from foundation.notifications.states import Level
from payouts.methods.services import cooled_off

JOB = system("payouts")

declare_topic("my_payout_methods", "Where I am paid to", outside=PORTAL_ROLES)
declare_notice(
    "payout_method.first",
    topic="my_payout_methods",
    level=Level.INFO,
    title="{label} is ready",
    body="Your payouts go to {label}. If that was not you, tell us at once.",
    path="/starz/settings/methods",
)
declare_notice(
    "payout_method.changed",
    topic="my_payout_methods",
    level=Level.WARNING,
    title="You are paid to {label} from now on",
    body="Payouts to {label} begin on {from}, so that you have time to notice a change that was not yours. "
    "If it was not you, say so on the page of your payout methods: nothing will go there.",
    path="/starz/settings/methods",
)
declare_notice(
    "payout_method.stopped",
    topic="my_payout_methods",
    level=Level.ACTION_REQUIRED,
    title="{label} cannot be paid to",
    body="{reason} Correct it or choose another destination; your money is safe with us.",
    path="/starz/settings/methods",
)
declare_notice(
    "payout_method.removed",
    topic="my_payout_methods",
    level=Level.WARNING,
    title="{label} was removed",
    body="Nothing is paid to {label} any more. If that was not you, add it again and change your password.",
    path="/starz/settings/methods",
)


@periodic("payouts.methods", every=timedelta(minutes=1), catches_up=False)
def methods(_: Period) -> dict[str, int]:
    """Use destinations whose cool-off is over."""
    return {"cooled_off": cooled_off(by=JOB)}
