"""The decision itself: one at a time for everybody it counts, so that parallel charges cannot pass a limit together."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from foundation.actors import Actor
from trust.models import TrustDecision
from trust.rules.limits import decide, in_force, policy_at, that_apply
from trust.selectors import limits_nearby, standing_of, uses_of
from trust.types import Act, Judged, Judgement, Limit, Subject, Verdict

# Held until the transaction ends, always in the same order; whoever waits then counts what the other wrote.
_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended(name, 11)) FROM unnest(%s::text[]) AS name"
_TALLY = """
INSERT INTO trust_tally (act, who, minute, currency, count, amount_minor)
SELECT %s, who, date_trunc('minute', %s::timestamptz), %s, 1, %s FROM unnest(%s::text[]) AS who
ON CONFLICT (act, who, minute, currency) DO UPDATE SET
    count = trust_tally.count + 1, amount_minor = trust_tally.amount_minor + excluded.amount_minor
"""
SUMMED = (Subject.PLATFORM, Subject.ALL)


def judge(judged: Judged, *, by: Actor, at: datetime) -> Judgement:
    """Decide this charge or refund and write down why, in the caller's transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("a judgement commits with what it allows: open the transaction first")
    began = time.perf_counter()
    versions, standing = limits_nearby(), standing_of(judged)
    limits = that_apply(in_force(versions, at), judged, is_strict=standing.is_strict)
    _hold(limits, judged)
    verdict, reasons = decide(judged, limits, uses_of(limits, judged, at=at), standing)
    is_counted = judged.act is not Act.CHARGE or not standing.is_creator_shadowed
    row = TrustDecision.objects.create(
        act=judged.act, payment_id=judged.payment_id, platform_id=judged.platform_id, fan_id=judged.fan_id,
        creator_id=judged.creator_id, card=judged.card, device=judged.device, amount_minor=judged.amount.minor,
        currency=judged.amount.currency, verdict=verdict, is_counted=is_counted,
        reasons=[reason.as_dict() for reason in reasons], features=dict(judged.features),
        policy=policy_at(versions, at), latency_us=int((time.perf_counter() - began) * 1_000_000),
        judged_by=by.reference, at=at,
    )  # fmt: skip
    if verdict is not Verdict.REFUSE:
        _add_up(limits, judged, at)
    return Judgement(row.pk, verdict, reasons, is_counted, row.policy)


def _hold(limits: Iterable[Limit], judged: Judged) -> None:
    counted = {limit.subject for limit in limits if limit.window_seconds}
    names = [f"trust:{judged.act}:{subject}:{judged.who(subject)}" for subject in Subject if subject in counted]
    if names:
        with connection.cursor() as cursor:
            cursor.execute(_HOLD, [names])


def _add_up(limits: Iterable[Limit], judged: Judged, at: datetime) -> None:
    """Only what a limit asks for is summed: a platform without one has no row that all its charges wait for."""
    summed = sorted({judged.who(limit.subject) for limit in limits if limit.subject in SUMMED and limit.window_seconds})
    if summed:
        amount = judged.amount
        with connection.cursor() as cursor:
            cursor.execute(_TALLY, [str(judged.act), at, amount.currency, amount.minor, summed])
