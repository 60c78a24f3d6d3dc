from foundation.approvals.registry import approvable
from foundation.switches import resuming
from foundation.switches.services import apply_resume

approvable(
    resuming.KIND,
    fields=resuming.FIELDS,
    describe=resuming.describe,
    recheck=resuming.recheck,
    apply=apply_resume,
)
