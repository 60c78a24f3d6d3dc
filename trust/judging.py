"""The decision itself: one at a time for everybody it counts, so that parallel charges cannot pass a limit together."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from foundation import prepared, rows
from foundation.actors import Actor
from trust.models import TrustDecision
from trust.rules.limits import decide, in_force, policy_at, that_apply
from trust.selectors import limits_nearby, standing_of, uses_of
from trust.types import AGAIN, Act, Judged, Judgement, Limit, Reason, Standing, Subject, Verdict

# Held until the transaction ends, always in the same order; whoever waits then counts what the other wrote.
_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended(name, 11)) FROM unnest(%s::text[]) AS name"
_TALLY = """
INSERT INTO trust_tally (act, who, minute, currency, count, amount_minor)
SELECT %s::text, who, date_trunc('minute', %s::timestamptz), %s::text, 1, %s::bigint FROM unnest(%s::text[]) AS who
ON CONFLICT (act, who, minute, currency) DO UPDATE SET
    count = trust_tally.count + 1, amount_minor = trust_tally.amount_minor + excluded.amount_minor
"""
SUMMED = (Subject.PLATFORM, Subject.ALL)


def judge(judged: Judged, *, by: Actor, at: datetime, is_again: bool = False) -> Judgement:
    """Decide this charge or refund and write down why, in the caller's transaction. Judged again it counts once."""
    if not connection.in_atomic_block:
        raise RuntimeError("a judgement commits with what it allows: open the transaction first")
    began = time.perf_counter()
    versions, standing = limits_nearby(), standing_of(judged)
    limits = that_apply(in_force(versions, at), judged, is_strict=standing.is_strict)
    _hold(limits, judged)
    verdict, reasons = decide(judged, limits, uses_of(limits, judged, at=at), standing)
    row = _decision(judged, verdict, reasons, standing, policy_at(versions, at), began, by=by, at=at)
    if is_again:
        row.features = {**row.features, AGAIN: True}
    rows.insert(row)
    if verdict is not Verdict.REFUSE and not is_again:
        _add_up(limits, judged, at)
    return Judgement(row.pk, verdict, reasons, row.is_counted, row.policy)


def judge_past(many: Sequence[tuple[Judged, datetime]], *, by: Actor) -> list[Judgement]:
    """Judgements of charges of another time, each by the limits of then and by itself alone: for histories that are
    written down later, where no window can be counted any more. In the caller's transaction."""
    versions, rows, told = limits_nearby(), [], []
    sums: list[list[Any]] = []
    for judged, at in many:
        began, standing = time.perf_counter(), standing_of(judged)
        limits = that_apply(in_force(versions, at), judged, is_strict=standing.is_strict)
        verdict, reasons = decide(judged, limits, {}, standing)
        row = _decision(judged, verdict, reasons, standing, policy_at(versions, at), began, by=by, at=at)
        rows.append(row)
        told.append(Judgement(row.pk, verdict, reasons, row.is_counted, row.policy))
        if verdict is not Verdict.REFUSE:
            sums += _sums(limits, judged, at)
    TrustDecision.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.executemany(_TALLY, sums)
    return told


def _decision(
    judged: Judged, verdict: Verdict, reasons: Iterable[Reason], standing: Standing, policy: str, began: float, *,
    by: Actor, at: datetime,
) -> TrustDecision:  # fmt: skip
    return TrustDecision(
        act=judged.act, payment_id=judged.payment_id, platform_id=judged.platform_id, fan_id=judged.fan_id,
        creator_id=judged.creator_id, card=judged.card, device=judged.device, amount_minor=judged.amount.minor,
        currency=judged.amount.currency, verdict=verdict,
        is_counted=judged.act is not Act.CHARGE or not standing.is_creator_shadowed,
        reasons=[reason.as_dict() for reason in reasons], features=dict(judged.features), policy=policy,
        latency_us=int((time.perf_counter() - began) * 1_000_000), judged_by=by.reference, at=at,
    )  # fmt: skip


def _hold(limits: Iterable[Limit], judged: Judged) -> None:
    counted = {limit.subject for limit in limits if limit.window_seconds}
    names = [f"trust:{judged.act}:{subject}:{judged.who(subject)}" for subject in Subject if subject in counted]
    if names:
        prepared.run(_HOLD, [names])


def _add_up(limits: Iterable[Limit], judged: Judged, at: datetime) -> None:
    """Only what a limit asks for is summed: a platform without one has no row that all its charges wait for."""
    for sums in _sums(limits, judged, at):
        prepared.run(_TALLY, sums)


def _sums(limits: Iterable[Limit], judged: Judged, at: datetime) -> list[list[Any]]:
    summed = sorted({judged.who(limit.subject) for limit in limits if limit.subject in SUMMED and limit.window_seconds})
    return [[str(judged.act), at, judged.amount.currency, judged.amount.minor, summed]] if summed else []
