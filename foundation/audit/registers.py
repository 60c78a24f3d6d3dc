import foundation.audit.faults  # noqa: F401  joins the batteries
from foundation.audit.sealing import altered_personal_halves
from foundation.seal.sources import Source, sources

LEAF = """jsonb_build_array(
    id, (extract(epoch FROM at) * 1000000)::bigint, xact::text, actor, party_id, action, outcome, subject_type,
    subject_id, platform_id, reason, facts, request_id, encode(commitment, 'hex'))::text"""

sources.add("audit", Source(table="audit_record", leaf=LEAF, and_also=altered_personal_halves))
