from foundation.approvals import role_grants
from foundation.approvals.registry import approvable

approvable(
    role_grants.KIND,
    fields=role_grants.FIELDS,
    describe=role_grants.describe,
    recheck=role_grants.recheck,
    apply=role_grants.apply,
)
