from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from foundation.seal.verify import verify_all
from ledger.verification.checks import CHECKS
from ledger.verification.guards import missing_guards

MOST_SHOWN = 100
MOST_READ = 10_000
# Reading whole tables at once needs room and time that pages do not get.
ROOM = "SET LOCAL work_mem = '256MB'; SET LOCAL statement_timeout = 0; SET LOCAL max_parallel_workers_per_gather = 2"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the books that should not be so."""

    check: str
    subject: str
    detail: str

    def as_dict(self) -> dict[str, str]:
        return {"check": self.check, "subject": self.subject, "detail": self.detail}


@dataclass(slots=True)
class Report:
    """What was looked at, and what was found."""

    transfers: int = 0
    accounts: int = 0
    blocks: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "is_sound": not self.findings,
            "transfers": self.transfers,
            "accounts": self.accounts,
            "blocks": self.blocks,
            "seconds": {check: round(seconds, 2) for check, seconds in self.seconds.items()},
            "findings": [finding.as_dict() for finding in self.findings[:MOST_SHOWN]],
            "findings_total": len(self.findings),
        }


def verify(*, with_seals: bool = True, advance: Callable[[int], None] = lambda _: None) -> Report:
    """Compute everything again, in one snapshot; nothing is changed."""
    report = Report()
    with transaction.atomic(), connection.cursor() as cursor:
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute(ROOM)
        for check, statement in CHECKS.items():
            began = time.monotonic()
            cursor.execute(statement)
            report.findings += [Finding(check, *row) for row in cursor.fetchmany(MOST_READ)]
            report.seconds[check] = time.monotonic() - began
            advance(1)
        cursor.execute("SELECT (SELECT count(*) FROM ledger_transfer_key), (SELECT count(*) FROM ledger_account)")
        report.transfers, report.accounts = cursor.fetchone()
    report.findings += [Finding("guards", subject, detail) for subject, detail in missing_guards()]
    if with_seals:
        began = time.monotonic()
        sealed = verify_all("ledger", advance=lambda _: None)
        report.blocks, report.seconds["seals"] = sealed.blocks, time.monotonic() - began
        report.findings += [Finding("seals", f"block #{f.block}", f"{f.kind}: {f.detail}") for f in sealed.findings]
    return report
