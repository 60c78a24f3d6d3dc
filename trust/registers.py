from foundation.approvals.registry import approvable
from trust import changes

approvable(
    changes.KIND,
    fields=changes.FIELDS,
    describe=changes.describe,
    recheck=changes.recheck,
    apply=changes.apply,
)
