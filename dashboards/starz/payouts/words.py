"""How states, stages and dates of payouts look on a creator's pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from foundation.http.components import BADGES, Action, Badge, Moment, Reason, Soonest, Stage
from payouts.life.states import CreatorStatus
from payouts.transparency.types import (
    Arrival,
    FreezeForCreator,
    MomentForCreator,
    Option,
    PayoutForCreator,
    StageForCreator,
)

OVER = {
    "Arrived": Badge("Arrived", "normal", "check"), "Given up": Badge("Given up", "neutral", "x"),
    "Came back": Badge("Came back", "delayed", "warn"), "Did not arrive": Badge("Did not arrive", "delayed", "warn"),
}  # fmt: skip


def badge_of(status: CreatorStatus) -> Badge:
    return BADGES[status]


def badge_of_payout(one: PayoutForCreator) -> Badge:
    """One of the four while it runs; how it ended afterwards."""
    return OVER.get(one.word) or BADGES[one.status]


def there_by(arrival: Arrival | None) -> datetime | Soonest | None:
    """A date that hangs on somebody's decision is told as the soonest one."""
    if arrival is None:
        return None
    return Soonest(arrival.arrives_by) if arrival.is_estimate else arrival.arrives_by


def stages_of(stages: tuple[StageForCreator, ...]) -> list[Stage]:
    return [Stage(one.name, one.progress.value, one.note, one.at) for one in stages]


def moments_of(moments: tuple[MomentForCreator, ...]) -> list[Moment]:
    found = []
    for one in moments:
        badge = BADGES[one.status] if one.status else Badge("")
        found.append(Moment(one.at, one.title, detail=one.detail, tone=badge.tone, icon=badge.icon))
    return found


def held_reason(one: FreezeForCreator) -> Reason:
    """A hold as a reason card: cause, date, what can be done."""
    actions = [Action(option.label, href=option.path) for option in one.options if option.path]
    return Reason(f"{one.reason} {one.until}", by=one.ends_by, badge=BADGES[one.status], actions=actions)


def deeds(options: tuple[Option, ...]) -> list[Option]:
    """What can be done, without what has a form of its own on the page."""
    return [
        replace(one, path="#documents") if one.name == "upload_document" else one
        for one in options
        if one.name not in ("cancel", "contact")
    ]
