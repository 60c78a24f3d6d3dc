"""How fast a million records are searched, and sealed."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Mapping

import psycopg

from foundation.audit.selectors import AuditQuery, search_records
from foundation.benches import Goal, Measure, bench, percentile
from foundation.seal.services import seal_source
from foundation.seal.verify import verify_all

RECORDS, SEALED = 1_000_000, 50_000
_FILL = """
INSERT INTO audit_record (at, actor, action, outcome, subject_type, subject_id, reason, facts, request_id)
SELECT now() + n %% 700 * interval '1 day', 'user:' || n %% 500,
       (ARRAY['payout.moved', 'switch.moved', 'user.signed_in', 'request.refused'])[1 + n %% 4] || '.' || n %% 10,
       CASE WHEN n %% 50 = 0 THEN 'refused' WHEN n %% 3 = 0 THEN 'read' ELSE 'done' END,
       'payouts.payout', 'PO-' || n %% 200000, '', '{"amount_minor": 500, "currency": "USD"}', 'req-' || n
FROM generate_series(1, %s) AS n
"""
QUERIES = (
    AuditQuery(),
    AuditQuery(words="PO-77"),
    AuditQuery(words="req-55555"),
    AuditQuery(words="nothing at all"),
    AuditQuery(words="user:7"),
    AuditQuery(words="user:7", outcome="refused"),
    AuditQuery(words="switch.moved.5"),
    AuditQuery(outcome="refused"),
    AuditQuery(subject_type="payouts.payout", subject_id="PO-4242"),
)


@functools.cache
def _filled() -> None:
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("SET statement_timeout = 0")
        owner.execute(_FILL.encode(), [RECORDS])
        owner.execute("ANALYZE audit_record")


def search() -> Mapping[str, float]:
    _filled()
    took = []
    for query in QUERIES * 10:
        began = time.perf_counter()
        search_records(query)
        took.append((time.perf_counter() - began) * 1000)
    return {"audit_search": percentile(took, 0.95)}


def seal() -> Mapping[str, float]:
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute(_FILL.encode(), [SEALED])
    began = time.perf_counter()
    sealed = sum(block.count for block in seal_source("audit"))
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    report = verify_all("audit")
    if report.findings:
        raise RuntimeError(f"a sound chain was called unsound: {report.findings[0]}")
    return {"seal": sealed / seconds, "verify": report.rows / (time.perf_counter() - began)}


audit = bench("audit")
audit.add(
    "seal",
    Measure(
        seal,
        [
            Goal("seal", "Sealing a backlog", "records/s", 5_000, "at least"),
            Goal("verify", "Verifying the whole chain", "records/s", 10_000, "at least"),
        ],
    ),
)
audit.add("search", Measure(search, [Goal("audit_search", "Searching a million records, p95", "ms", 120)]))
