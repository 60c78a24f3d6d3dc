"""Which limits hold, and what they say of one charge or refund."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from foundation.errors import Conflict, Invalid
from foundation.money import EXPONENTS
from trust.types import MOST_WINDOW, SEVERITY, Act, Judged, Limit, Reason, Standing, Subject, Use, Verdict


def in_force(versions: Iterable[Limit], at: datetime) -> list[Limit]:
    """The newest version of each name that has begun, without those that were lifted."""
    newest: dict[str, Limit] = {}
    for limit in sorted(versions, key=lambda limit: (limit.active_from, limit.version)):
        if limit.active_from <= at:
            newest[limit.name] = limit
    return [limit for limit in newest.values() if not limit.is_lifted]


def policy_at(versions: Iterable[Limit], at: datetime) -> str:
    """The name of what held at this moment: any change since gives it another."""
    begun = [limit.version for limit in versions if limit.active_from <= at]
    return f"limits.{max(begun, default=0)}"


def that_apply(limits: Iterable[Limit], judged: Judged, *, is_strict: bool) -> list[Limit]:
    """The limits that look at this at all. Amounts are bounded currency by currency."""
    return [
        limit
        for limit in limits
        if limit.act == judged.act
        and limit.platform_id in (None, judged.platform_id)
        and limit.currency in ("", judged.amount.currency)
        and (is_strict or not limit.is_strict)
        and judged.who(limit.subject)
    ]


def decide(
    judged: Judged, limits: Sequence[Limit], uses: Mapping[str, Use], standing: Standing
) -> tuple[Verdict, tuple[Reason, ...]]:
    """The most severe word of all, with every cause. `uses` is what was there before, by the limit's name."""
    reasons = [*_of_people(judged, standing), *_of_currency(judged, limits)]
    for limit in limits:
        reasons += _of_limit(limit, judged, uses.get(limit.name, Use()))
    verdict = max((reason.verdict for reason in reasons), key=SEVERITY.__getitem__, default=Verdict.ALLOW)
    return verdict, tuple(reasons)


def _of_people(judged: Judged, standing: Standing) -> list[Reason]:
    if judged.act is Act.REFUND:
        return []
    causes = (
        (standing.is_fan_suspended, "fan.suspended", Verdict.REFUSE),
        (standing.is_creator_suspended, "creator.suspended", Verdict.REFUSE),
        (standing.is_creator_shadowed, "creator.shadowed", Verdict.ALLOW),
        (standing.is_strict, "fan.strict_limits", Verdict.ALLOW),
    )
    return [Reason(code, verdict) for is_so, code, verdict in causes if is_so]


def _of_currency(judged: Judged, limits: Sequence[Limit]) -> list[Reason]:
    """A currency in which nobody agreed on a bound is looked at by a person."""
    if any(limit.most_minor is not None and not limit.window_seconds for limit in limits):
        return []
    return [Reason("limit.none_for_currency", Verdict.REVIEW, (("currency", judged.amount.currency),))]


def _of_limit(limit: Limit, judged: Judged, use: Use) -> list[Reason]:
    named = (("limit", limit.name), ("version", limit.version), ("window_seconds", limit.window_seconds))
    reasons = []
    if limit.most_count is not None and use.count + 1 > limit.most_count:
        found = (("most", limit.most_count), ("found", use.count + 1))
        reasons.append(Reason("limit.count", limit.verdict, (*named, *found)))
    if limit.most_minor is not None and use.minor + judged.amount.minor > limit.most_minor:
        total = use.minor + judged.amount.minor
        sums = (("most_minor", limit.most_minor), ("found_minor", total), ("currency", limit.currency))
        reasons.append(Reason("limit.amount", limit.verdict, (*named, *sums)))
    return reasons


def check_limit(limit: Limit, versions: Sequence[Limit], at: datetime) -> None:
    """Refuse a limit that makes no sense, begins in the past, is overtaken, or changes what its name is about."""
    if limit.currency and limit.currency not in EXPONENTS:
        raise Invalid("trust.no_currency", "There is no such currency.", currency=limit.currency)
    if limit.most_minor is not None and not limit.currency:
        raise Invalid("trust.no_currency", "An amount is bounded in one currency.")
    if limit.currency and limit.most_count is not None:
        raise Invalid("trust.no_sense", "Counts are bounded over all currencies together.")
    if any(most is not None and most < 0 for most in (limit.most_count, limit.most_minor)):
        raise Invalid("trust.no_sense", "A bound is nought or more; -1 says there is none.")
    if not 0 <= limit.window_seconds <= MOST_WINDOW.total_seconds():
        raise Invalid("trust.no_sense", "A window is 0 (one amount alone) to 31 days long.")
    if limit.window_seconds == 0 and limit.most_count is not None:
        raise Invalid("trust.no_sense", "A count needs a window.")
    if limit.verdict is Verdict.ALLOW or (limit.act is Act.REFUND and limit.verdict is Verdict.REFUSE):
        raise Invalid("trust.no_sense", "A limit leads to a person or, for charges alone, to a refusal.")
    if limit.act is Act.REFUND and limit.subject in (Subject.CARD, Subject.DEVICE):
        raise Invalid("trust.no_sense", "Refunds are counted by fan, by platform or all together.")
    if limit.active_from < at:
        raise Conflict("trust.in_the_past", "A limit begins in the future.", active_from=limit.active_from.isoformat())
    if versions:
        _check_succession(limit, max(versions, key=lambda version: version.active_from))


def _check_succession(limit: Limit, latest: Limit) -> None:
    if _about(limit) != _about(latest):
        raise Conflict("trust.another_limit", "This name belongs to a limit of something else; choose a new one.")
    if limit.active_from <= latest.active_from:
        begins = latest.active_from.isoformat()
        raise Conflict("trust.overtaken", "A later version is already agreed.", latest_from=begins)


def _about(limit: Limit) -> tuple[object, ...]:
    return limit.act, limit.subject, limit.platform_id, limit.currency, limit.is_strict
