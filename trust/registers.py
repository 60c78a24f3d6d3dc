from foundation.approvals.registry import approvable
from processors.payments.endings import endings
from trust import changes
from trust.spending import note_ending

approvable(
    changes.KIND,
    fields=changes.FIELDS,
    describe=changes.describe,
    recheck=changes.recheck,
    apply=changes.apply,
)
endings.add("trust", note_ending)
