from datetime import timedelta

import foundation.audit.benches
import foundation.audit.faults  # noqa: F401  joins the batteries
from foundation.audit.sealing import altered_personal_halves
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from foundation.seal.sources import Source, sources
from foundation.seal.verify import verify_all

LEAF = """jsonb_build_array(
    id, (extract(epoch FROM at) * 1000000)::bigint, xact::text, actor, party_id, action, outcome, subject_type,
    subject_id, platform_id, reason, facts, request_id, encode(commitment, 'hex'))::text"""

sources.add("audit", Source(table="audit_record", leaf=LEAF, and_also=altered_personal_halves))


@periodic("audit.verify", every=timedelta(days=1), catches_up=False, in_one_transaction=False)
def verify_everything(period: Period) -> dict[str, int]:
    """Each night the whole chain, from the first record on."""
    report = verify_all("audit")
    return {"verified_to": report.verified_to, "rows": report.rows, "findings": len(report.findings)}
