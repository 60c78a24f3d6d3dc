from datetime import timedelta

import payouts.freezes.checks as checks
from foundation import clock
from foundation.actors import system
from foundation.approvals.registry import approvable
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from foundation.notifications.catalogue import declare_notice
from foundation.notifications.states import Level
from payouts.earnings import seams as earnings
from payouts.freezes import release_approvals as approvals
from payouts.freezes.selectors import stopped_lines
from payouts.freezes.services import escalate_unreviewed, expire_freezes
from payouts.freezes.services.checked import lift_proved
from payouts.freezes.services.placing import hold_settled
from payouts.freezes.services.standing import measure
from payouts.life import registers, seams

JOB = system("freezes")
TOPIC = "my_payouts"
assert registers  # declares the topic

seams.stopping.fill(checks.stop)
seams.measuring.fill(measure)
earnings.stops.add("freezes", stopped_lines)
earnings.settled.add("freezes", hold_settled)

declare_notice(
    "freeze.placed", topic=TOPIC, level=Level.ACTION_REQUIRED, title="{title}", body="{body}", path="/starz/{page}"
)
declare_notice("freeze.longer", topic=TOPIC, level=Level.WARNING, title="{title}", body="{body}", path="/starz/{page}")
declare_notice("freeze.released", topic=TOPIC, level=Level.INFO, title="{title}", body="{body}", path="/starz/{page}")

approvable(
    approvals.RELEASE,
    fields=approvals.FIELDS,
    describe=approvals.describe,
    recheck=approvals.recheck,
    apply=approvals.apply,
    has_amount=True,
)


@periodic(
    "freezes.end", every=timedelta(minutes=1), catches_up=False, in_one_transaction=False, lease=timedelta(minutes=5)
)
def end(_: Period) -> dict[str, int]:
    """Lift what lasted until now, let go whose papers hold, and hand on what nobody looked at in time."""
    at = clock.now()
    done, wrong = dict[str, int](), list[Exception]()
    parts = {
        "expired": lambda: expire_freezes(at=at),
        "proved": lambda: lift_proved(by=JOB, at=at),
        "escalated": lambda: escalate_unreviewed(at=at),
    }
    for name, part in parts.items():
        try:
            done[name] = part()
        except Exception as error:  # noqa: BLE001 - raised below, after the other parts had their turn
            wrong.append(error)
    if wrong:
        raise wrong[0]
    return done
