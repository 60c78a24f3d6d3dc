"""`bench payouts`, its part release: ten thousand payouts whose hours are over, two workers, each released once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F

from foundation import clock
from foundation.benches import Goal, Measure, bench
from foundation.events.models import Outbox
from foundation.identity.models import Party
from foundation.ids import uuid7
from payouts.models import Payout, PayoutEscrow, PayoutMethod

DUE, WORKERS, CREATORS = 10_000, 2, 500
payouts = bench("payouts")


def release() -> Mapping[str, float]:
    """From the start of two workers that are ready to the end of the slower one."""
    wanted = waiting_payouts(DUE)
    told_before = Outbox.objects.filter(type="payout.released").count()
    command = [sys.executable, "-m", "fanzmoney.trials.payouts_releaser"]
    workers = [
        subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR
        )
        for _ in range(WORKERS)
    ]
    for worker in workers:
        if not worker.stdout or worker.stdout.readline().strip() != "ready":
            raise RuntimeError("a worker did not get ready")
    began = time.monotonic()
    for worker in workers:
        if worker.stdin:
            worker.stdin.write("go\n")
            worker.stdin.flush()
    done = [int(worker.communicate()[0]) for worker in workers]
    seconds = time.monotonic() - began
    queued = Payout.objects.filter(pk__in=wanted, state="QUEUED").count()
    told = Outbox.objects.filter(type="payout.released").count() - told_before
    return {"release": seconds, "release.wrong": abs(DUE - queued) + abs(DUE - told) + abs(DUE - sum(done))}


def waiting_payouts(count: int) -> list[UUID]:
    """Payouts that were asked for long ago, as their tables would hold them."""
    at = clock.now() - timedelta(days=9)
    creators = Party.objects.bulk_create(Party(kyc_state=Party.Check.PASSED) for _ in range(CREATORS))
    methods = PayoutMethod.objects.bulk_create(
        PayoutMethod(
            creator=creator, rail="paxum", currency="USD", sealed=b"bench", fingerprint=creator.pk.bytes, label="bench",
            created_at=at, created_by="bench",
        )
        for creator in creators
    )  # fmt: skip
    mine = PayoutMethod.objects.filter(pk__in=[method.pk for method in methods])
    mine.update(state="ACTIVE", version=F("version") + 1, verified_by="bench", verified_at=at, usable_from=at)
    rows = Payout.objects.bulk_create(
        (
            Payout(
                creator=method.creator, method=method, rail="paxum", amount_minor=100_00, fee_minor=1_00,
                currency="USD", requested_by="bench", requested_at=at,
            )
            for method in (methods[number % CREATORS] for number in range(count))
        ),
        batch_size=1_000,
    )  # fmt: skip
    ids = [row.pk for row in rows]
    over = at + timedelta(hours=12)
    asked = Payout.objects.filter(pk__in=ids)
    asked.update(state="SCREENED", version=F("version") + 1)
    asked.update(state="IN_ESCROW", version=F("version") + 1, due_at=over)
    PayoutEscrow.objects.bulk_create(
        (
            PayoutEscrow(
                payout=row, status="IN_ESCROW", starts_at=at, planned_release_at=over, first_release_at=over, hours=12,
                score=850, score_record_id=uuid7(),
            )
            for row in rows
        ),
        batch_size=1_000,
    )  # fmt: skip
    return ids


payouts.add(
    "release",
    Measure(
        release,
        (
            Goal("release", "10,000 due payouts released by 2 workers", "s", 60.0),
            Goal("release.wrong", "Payouts not released exactly once", "payouts", 0, "exactly"),
        ),
        runs=1,
    ),
)
