"""Which rules a creator or payout meets, and what follows: pure values in, one decision with its reasons out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from payouts.freezes.rules.measures import OF_PAYOUT, Measures
from payouts.freezes.states import FreezeType, ReleasePath, Severity

ORDER = tuple(Severity)
MILD_ABOVE = 700
"""O3: above this score a MEDIUM trigger makes a note; LOW ones always do."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A measure below or above a bound; both bounds are open."""

    measure: str
    below: Decimal | None = None
    above: Decimal | None = None

    def holds(self, measures: Measures) -> bool:
        """Whether it is so; what was not measured is not."""
        value = measures.get(self.measure)
        return (
            value is not None
            and (self.below is None or value < self.below)
            and (self.above is None or value > self.above)
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of one trigger."""

    name: str
    version: int
    conditions: tuple[Condition, ...]
    freeze_type: FreezeType
    severity: Severity
    code: str
    path: ReleasePath
    action: str
    hours: int
    escalates_to: str = ""
    extend_hours: int | None = None

    @property
    def label(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def is_about_a_payout(self) -> bool:
        """Whether it asks for the amount of one payout, or stops one."""
        return self.freeze_type is FreezeType.PAYOUT or any(c.measure in OF_PAYOUT for c in self.conditions)

    def triggers(self, measures: Measures) -> bool:
        return all(condition.holds(measures) for condition in self.conditions)

    def seen(self, measures: Measures) -> dict[str, str]:
        """The measures it looked at, as text: for staff and for the recomputation."""
        return {c.measure: str(measures[c.measure]) for c in self.conditions if c.measure in measures}


class Answer(StrEnum):
    NOTHING = "nothing"
    NOTE = "note"
    FREEZE = "freeze"


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows: the rule that freezes, if one does, and those that a person should see."""

    answer: Answer
    deciding: Rule | None = None
    noted: tuple[Rule, ...] = ()
    triggers: tuple[Rule, ...] = field(default=())


def evaluate(rules: Iterable[Rule], measures: Measures) -> Decision:
    """The most severe trigger decides; between equals the one that makes money wait longer. The others are noted."""
    triggers = tuple(rule for rule in rules if rule.triggers(measures))
    if not triggers:
        return Decision(Answer.NOTHING)
    ranked = sorted(triggers, key=lambda rule: (-ORDER.index(rule.severity), -(rule.extend_hours or 0)))
    worst = ranked[0]
    if stops_money(worst, measures):
        return Decision(Answer.FREEZE, worst, tuple(ranked[1:]), triggers)
    return Decision(Answer.NOTE, None, tuple(ranked), triggers)


def stops_money(rule: Rule, measures: Measures) -> bool:
    """LOW never does; MEDIUM does up to a score of 700; HIGH and CRITICAL do."""
    if rule.severity is Severity.LOW:
        return False
    if rule.severity is Severity.MEDIUM:
        return measures.get("score", Decimal(0)) <= MILD_ABOVE
    return True


def is_worse(condition: Condition, now: Measures, before: Mapping[str, str]) -> bool:
    """Whether a measure went further in the wrong direction since somebody looked."""
    if condition.measure not in now or condition.measure not in before:
        return False
    value, then = now[condition.measure], Decimal(before[condition.measure])
    return value < then if condition.below is not None else value > then


def progress(conditions: Iterable[Mapping[str, str]], measures: Measures) -> int:
    """How far a freeze is on its way to being lifted, 0 to 100: the mean over what has to be reached."""
    parts = [_way(condition, measures) for condition in conditions]
    return sum(parts) // len(parts) if parts else 0


def _way(condition: Mapping[str, str], measures: Measures) -> int:
    now = measures.get(condition["measure"])
    start, target = Decimal(condition["start"]), Decimal(condition["target"])
    if now is None:
        return 0
    if start == target:
        return 100 if now == target else 0
    share = (now - start) / (target - start)
    return int(max(Decimal(0), min(share, Decimal(1))) * 100)


def conditions_to_meet(rule: Rule, measures: Measures) -> list[dict[str, str]]:
    """What has to come true before a CONDITION_MET freeze is lifted: the rule's measures back at their bound."""
    return [
        {
            "measure": c.measure,
            "start": str(measures[c.measure]),
            "target": str(c.below if c.below is not None else c.above),
        }
        for c in rule.conditions
        if c.measure in measures and c.measure not in OF_PAYOUT
    ]
