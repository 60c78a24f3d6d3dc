"""How payouts go, by the document's figures: pure. Shares are compared as whole numbers, never rounded first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Name(StrEnum):
    SCORES = "scores"
    ESCROW = "escrow"
    FREEZES = "freezes"
    FALSE_FREEZES = "false_freezes"
    WRONG_TRUSTED = "wrong_trusted"
    ESCALATIONS = "escalations"
    SATISFACTION = "satisfaction"


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted in a time; scores are as they stand."""

    creators: int = 0
    above: int = 0
    """Creators with a score above 700."""
    released: int = 0
    median_seconds: int | None = None
    payouts: int = 0
    frozen: int = 0
    wrong: int = 0
    wrong_trusted: int = 0
    escalations: int = 0
    resolved_seconds: int | None = None
    """On average, without the time their clocks stood."""
    answers: int = 0
    content: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the document, whether it is met, and of what it was counted."""

    name: Name
    label: str
    value: str
    target: str
    is_met: bool | None
    """None: nothing to count yet."""
    is_alarming: bool
    counted: str
    """The numbers behind it."""
    meaning: str


HOUR, NOTHING = 3600, "–"


def judge(counted: Counted) -> list[Figure]:
    """PACK 440, "Monitoring & KPIs" and "Success Criteria", each with its bound."""
    c = counted
    return [
        _share(
            Name.SCORES, "Scores above 700", "at least 70 %", c.above, c.creators, "creators",
            is_met=c.above * 100 >= 70 * c.creators, meaning="Creators whose score stands above 700 of 1000 now.",
        ),
        _hours(
            Name.ESCROW, "Median escrow", "under 36 h", c.median_seconds, c.released, "payouts left escrow", 36,
            "From the first to the last minute in escrow, extensions and freezes included, without emergencies and "
            "payouts that were given up.",
        ),
        _share(
            Name.FREEZES, "Payouts frozen", "under 2 %", c.frozen, c.payouts, "payouts",
            is_met=c.frozen * 100 < 2 * c.payouts,
            meaning="Payouts asked for in this time that were stopped, by a freeze of their own or of everything.",
        ),
        _share(
            Name.FALSE_FREEZES, "Frozen wrongly", "under 0.5 %", c.wrong, c.payouts, "payouts",
            is_met=c.wrong * 1000 < 5 * c.payouts, is_alarming=c.payouts > 0 and c.wrong * 100 >= c.payouts,
            meaning="Of the same payouts, those that a person found should not have been stopped. Alarm at 1 %.",
        ),
        Figure(
            Name.WRONG_TRUSTED, "Wrongly, above 700", str(c.wrong_trusted) if c.payouts else NOTHING, "none",
            c.wrong_trusted == 0 if c.payouts else None, c.wrong_trusted > 0, f"of {c.payouts:,} payouts",
            "Wrong freezes of creators whose score was above 700 when they asked.",
        ),
        _hours(
            Name.ESCALATIONS, "Escalations decided", "under 24 h", c.resolved_seconds, c.escalations,
            "of high severity decided", 24,
            "Average time to a decision of escalations of high severity about creators, without the time their clocks "
            "stood.",
        ),
        _share(
            Name.SATISFACTION, "Creators who knew", "over 85 %", c.content, c.answers, "answers",
            is_met=c.content * 100 > 85 * c.answers,
            meaning="Answers of 4 or 5 to: did you always know where your money was?",
        ),
    ]  # fmt: skip


def _share(
    name: Name, label: str, target: str, part: int, whole: int, what: str, *, is_met: bool, meaning: str,
    is_alarming: bool = False,
) -> Figure:  # fmt: skip
    value = f"{percent(part, whole)} %" if whole else NOTHING
    return Figure(
        name, label, value, target, is_met if whole else None, is_alarming, f"{part:,} of {whole:,} {what}", meaning
    )


def _hours(
    name: Name, label: str, target: str, seconds: int | None, count: int, what: str, bound: int, meaning: str
) -> Figure:
    if seconds is None:
        return Figure(name, label, NOTHING, target, None, False, f"0 {what}", meaning)
    tenths = (20 * seconds + HOUR) // (2 * HOUR)
    value = f"{tenths // 10}.{tenths % 10} h"
    return Figure(name, label, value, target, seconds < bound * HOUR, False, f"{count:,} {what}", meaning)


def percent(part: int, whole: int) -> str:
    """With two decimals, rounded half up, by whole numbers."""
    hundredths = (20_000 * part + whole) // (2 * whole)
    return f"{hundredths // 100}.{hundredths % 100:02d}"
