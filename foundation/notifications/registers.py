from datetime import timedelta

from foundation.identity.roles import OUTSIDE_ROLES
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from foundation.notifications.catalogue import declare_notice, declare_topic
from foundation.notifications.delivering import MAIL, free_expired_leases, has_due
from foundation.notifications.selectors import count_due, count_sent_since
from foundation.notifications.services import ring
from foundation.notifications.states import Level
from foundation.switches.registry import declare_switch
from foundation.switches.states import Kind
from foundation.switches.types import Figure

declare_topic("approvals", "Requests that wait for a second person, and what became of mine")
declare_topic("switches", "What was stopped and started again")
declare_topic("operations", "News that nobody could handle")
declare_topic("security", "My account", outside=OUTSIDE_ROLES)

declare_notice(
    "approval.requested",
    topic="approvals",
    level=Level.ACTION_REQUIRED,
    title="To decide: {title}",
    body="A colleague asked for this change, and it waits for a second person. Please decide by {due}.",
    path="/ops/approvals/{approval_id}",
)
declare_notice(
    "approval.overdue",
    topic="approvals",
    level=Level.WARNING,
    title="Still waiting: {title}",
    body="The time promised for a decision went by. The request closes by itself on {expires}.",
    path="/ops/approvals/{approval_id}",
)
declare_notice(
    "approval.decided",
    topic="approvals",
    level=Level.INFO,
    title="{outcome}: {title}",
    body="The change you asked for was decided. The request shows by whom and why.",
    path="/ops/approvals/{approval_id}",
)
declare_notice(
    "approval.expired",
    topic="approvals",
    level=Level.WARNING,
    title="Nobody decided: {title}",
    body="The request you made was closed without a decision. Ask again if you still want the change.",
    path="/ops/approvals/{approval_id}",
)
declare_notice(
    "switch.stopped",
    topic="switches",
    level=Level.WARNING,
    title="Stopped: {title}",
    body="{consequence} Two people start it again.",
    path="/crisis/switches/{key}",
)
declare_notice(
    "switch.resumed",
    topic="switches",
    level=Level.INFO,
    title="Running again: {title}",
    body="Two people agreed to start it again.",
    path="/crisis/switches/{key}",
)
declare_notice(
    "switch.stop_expired",
    topic="switches",
    level=Level.ACTION_REQUIRED,
    title="Stopped for longer than planned: {title}",
    body="The stop was meant to end on {expired}. It goes on until two people decide. A request to start again waits.",
    path="{path}",
)
declare_notice(
    "letter.parked",
    topic="operations",
    level=Level.ACTION_REQUIRED,
    title="News nobody could handle: {news_type}",
    body="The group {group} failed five times at news #{news_id}; later news of the same thing wait behind it. "
    "When the cause is gone, replay it.",
    path="/ops/news",
)
declare_notice(
    "user.locked",
    topic="security",
    level=Level.WARNING,
    title="Your sign-in was closed for a while",
    body="Somebody entered a wrong {what} too often. Sign-in opens again on {until}. Where you are signed in you stay.",
    path="/account/security",
)


def _mail_preview() -> list[Figure]:
    return [
        Figure("Mails that wait now", str(count_due())),
        Figure("Mails sent in the last 60 minutes", str(count_sent_since(timedelta(hours=1)))),
    ]


declare_switch(
    MAIL,
    Kind.KILL,
    title="Mails of notifications",
    consequence="No notification leaves by mail; each waits and stands in the app meanwhile.",
    scope="all recipients",
    fails="closed",
    preview=_mail_preview,
)


@periodic("notifications.sweep", every=timedelta(seconds=10), catches_up=False)
def sweep(_: Period) -> dict[str, int]:
    """Take back what dead workers held, and ring for what is due."""
    freed = free_expired_leases()
    if has_due():
        ring()
    return {"freed": freed}
