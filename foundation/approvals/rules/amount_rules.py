"""How many people, and which, an amount asks for. Bounds are dated; the newest that has begun holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from foundation.identity.roles import Role
from foundation.money import Money

Worth = Callable[[Money, str], Money | None]
"""What an amount is worth in another currency; None when nobody knows."""


@dataclass(frozen=True, slots=True)
class AmountRule:
    """One version of a bound: above `above` a kind of change takes so many people, of these roles if any are named."""

    version: int
    kind: str
    above: Money
    people: int
    roles: frozenset[str]
    active_from: datetime

    @property
    def key(self) -> tuple[str, str, int]:
        return self.kind, self.above.currency, self.above.minor

    @property
    def is_lifted(self) -> bool:
        return self.people == 0


@dataclass(frozen=True, slots=True)
class Demand:
    """What a request takes: people, roles (none named: those of its kind), the newest bound behind it, and why."""

    people: int
    roles: frozenset[str] = frozenset()
    version: int | None = None
    why: str = ""


def in_force(rules: Iterable[AmountRule], kind: str, at: datetime) -> list[AmountRule]:
    """The bounds of this kind that hold at a moment, lowest first."""
    newest: dict[tuple[str, str, int], AmountRule] = {}
    for rule in sorted(rules, key=lambda rule: (rule.active_from, rule.version)):
        if rule.kind == kind and rule.active_from <= at:
            newest[rule.key] = rule
    held = (rule for rule in newest.values() if not rule.is_lifted)
    return sorted(held, key=lambda rule: (rule.above.currency, rule.above.minor))


def demanded(rules: Sequence[AmountRule], amount: Money | None, *, least: int, worth: Worth) -> Demand:
    """The strictest of the bounds this amount lies above.

    Bounds in its own currency decide alone. Where there are none it is weighed in the currencies that have some; what
    nobody can weigh lies above all of them. A change without an amount lies above none.
    """
    if amount is None:
        return Demand(least)
    own = [rule for rule in rules if rule.above.currency == amount.currency]
    passed = [(rule, why) for rule in own or rules if (why := _above(rule, amount, worth))]
    if not passed:
        return Demand(least)
    people = max(least, *(rule.people for rule, _ in passed))
    named = [rule for rule, _ in passed if rule.roles]
    roles = max(named, key=lambda rule: (rule.above.minor, rule.version)).roles if named else frozenset()
    _, why = max(passed, key=lambda pair: (pair[0].people, pair[0].above.minor))
    return Demand(people, roles, max(rule.version for rule, _ in passed), why)


def stricter(bound: Demand, now: Demand) -> Demand:
    """What was promised when it was asked, or more if a bound asks for more since; never less."""
    people = max(bound.people, now.people)
    roles = now.roles if now.roles and not (bound.roles and bound.roles <= now.roles) else bound.roles
    if (people, roles) == (bound.people, bound.roles):
        return bound
    return Demand(people, roles, now.version, now.why)


def _above(rule: AmountRule, amount: Money, worth: Worth) -> str:
    """Why the amount lies above the bound, in words; nothing when it does not."""
    bound = in_words(rule.above)
    if rule.above.currency == amount.currency:
        return f"above {bound}" if amount.minor > rule.above.minor else ""
    value = worth(amount, rule.above.currency)
    if value is None:
        return f"nobody knows its worth in {rule.above.currency}, so it counts as above {bound}"
    return f"above {bound} (worth {in_words(value)} by our rates)" if value.minor > rule.above.minor else ""


def who_in_words(people: int, roles: Iterable[str]) -> str:
    """`2 people, executive`: as it stands on requests and in the history."""
    if not people:
        return "no bound"
    named = " or ".join(str(Role(role).label).lower() for role in sorted(roles))
    return f"{people} {'person' if people == 1 else 'people'}{f', {named}' if named else ''}"


def needs_in_words(demand: Demand) -> str:
    return f"{who_in_words(demand.people, demand.roles)}{f' because {demand.why}' if demand.why else ''}"


def in_words(amount: Money) -> str:
    whole, part = divmod(amount.minor, 10**amount.exponent)
    return f"{whole:,}{f'.{part:0{amount.exponent}d}' if amount.exponent else ''} {amount.currency}"
