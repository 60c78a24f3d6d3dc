"""`bench payouts --only status`: how long a creator waits for the state of everything, among ten thousand payouts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.test import Client

from fanzmoney.trials.payouts_release import waiting_payouts
from foundation import clock
from foundation.actors import system
from foundation.benches import Goal, Measure, bench, percentile
from foundation.http import rates
from foundation.identity.models import User
from foundation.identity.roles import Role
from foundation.identity.services import grant_role
from foundation.ids import uuid7
from foundation.notifications.services import notify
from payouts.freezes.services import place_freeze
from payouts.freezes.states import FreezeType, ReleasePath, Severity
from payouts.freezes.types import Scope, Why
from payouts.integrity.models import IntegrityRecord, IntegrityScore
from payouts.integrity.rules.inputs import Inputs
from payouts.integrity.rules.scoring import POLICY
from payouts.life.models import Payout

AMONG, VISITORS, TIMES, MESSAGES = 10_000, 10, 50, 20
BY = system("bench")
STATUS = "/api/v1/payouts/status"
payouts = bench("payouts")


def status() -> Mapping[str, float]:
    """Ten creators with twenty running payouts each, one of them frozen, ask fifty times each."""
    ids = waiting_payouts(AMONG)
    creators = list(Payout.objects.filter(pk__in=ids[:VISITORS]).values_list("creator_id", flat=True))
    doors = [_door(creator_id) for creator_id in creators]
    took, wrong = [], 0
    for _ in range(TIMES):
        rates._client().flushdb()
        for door in doors:
            began = time.perf_counter()
            answer = door.get(STATUS)
            took.append((time.perf_counter() - began) * 1000)
            wrong += answer.status_code != 200 or answer.json()["status"] != "FROZEN"
    return {"status": percentile(took[VISITORS:], 0.95), "status.wrong": float(wrong)}


def _door(creator_id: UUID) -> Client:
    """A creator who is signed in, with a score, messages and a freeze."""
    at = clock.now()
    user = User.objects.create_user(f"{creator_id.hex}@bench.example", uuid7().hex, name="Bench", party_id=creator_id)
    grant_role(user_id=user.pk, role=Role.CREATOR, by=BY, at=at)
    record = IntegrityRecord.objects.create(
        creator_id=creator_id, score=650, components={}, level="MEDIUM", inputs=Inputs(age_days=400, sales=9).as_json(),
        policy=POLICY, reason="bench", at=at,
    )  # fmt: skip
    IntegrityScore.objects.create(creator_id=creator_id, record=record, score=650, level="MEDIUM")
    one = Payout.objects.filter(creator_id=creator_id).order_by("pk").first()
    if one is None:
        raise RuntimeError("a creator without payouts")
    why = Why("CHECK_IN_PROGRESS", Severity.HIGH, "nothing", ReleasePath.MANUAL_REVIEW, "bench",
              review_by=at + timedelta(days=2))  # fmt: skip
    place_freeze(scope=Scope(FreezeType.PAYOUT, creator_id, payout_id=one.pk), why=why, by=BY, at=at)
    for number in range(MESSAGES):
        facts = {"payout_id": one.pk, "amount": one.amount}
        notify(recipients=[user.pk], notice="payout.cancelled", dedupe=f"bench:{number}", facts=facts, at=at)
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


payouts.add(
    "status",
    Measure(
        status,
        [
            Goal("status", "The status of all payouts of a creator over the API, p95", "ms", 50),
            Goal("status.wrong", "Answers that were not what stands", "answers", 0, "exactly"),
        ],
        runs=1,
    ),
)
