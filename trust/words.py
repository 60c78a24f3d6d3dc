"""Limits as people say them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from trust.types import Act, Limit, Subject, Verdict

_ENDS = {Verdict.REVIEW: "looked at by a person", Verdict.REFUSE: "refused"}


def window_in_words(window: timedelta) -> str:
    """`1 hour`, `30 days`; empty for one amount alone."""
    seconds = int(window.total_seconds())
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if seconds and seconds % size == 0:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return ""


def bound_in_words(limit: Limit) -> str:
    """`at most 30 in 1 hour, then refused`."""
    if limit.is_lifted:
        return "lifted"
    bounds = [str(limit.most_count)] if limit.most_count is not None else []
    bounds += [str(limit.most)] if limit.most is not None else []
    window = window_in_words(limit.window)
    return f"at most {' and '.join(bounds)} {f'in {window}' if window else 'at once'}, then {_ENDS[limit.verdict]}"


def limit_in_words(limit: Limit, platforms: Mapping[UUID, str]) -> str:
    """Whom it counts: `charges of each fan on BoyFanz, under strict limits`."""
    what = "charges" if limit.act is Act.CHARGE else "refunds"
    whose = {
        Subject.FAN: "of each fan", Subject.CARD: "of each card", Subject.DEVICE: "of each device",
        Subject.PLATFORM: "of each platform", Subject.ALL: "of all together",
    }[limit.subject]  # fmt: skip
    where = f" on {platforms.get(limit.platform_id, 'a platform')}" if limit.platform_id else ""
    return f"{what} {whose}{where}{', under strict limits' if limit.is_strict else ''}"
