"""How many people, and which, an amount asks for. Bounds are dated; the newest that has begun holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
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
    """What a request takes: people, roles (none named: those of its kind), the newest bound behind it, and why.

    `named_by` is the version of the bound that names the roles, where it was just looked up.
    """

    people: int
    roles: frozenset[str] = frozenset()
    version: int | None = None
    why: str = ""
    named_by: int = field(default=0, compare=False)


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
    named = max(
        (rule for rule, _ in passed if rule.roles), key=lambda rule: (rule.above.minor, rule.version), default=None
    )
    roles, named_by = (named.roles, named.version) if named else (frozenset[str](), 0)
    _, why = max(passed, key=lambda pair: (pair[0].people, pair[0].above.minor))
    return Demand(people, roles, max(rule.version for rule, _ in passed), why, named_by)


def stricter(bound: Demand, now: Demand, *, grew: bool = False) -> Demand:
    """What was promised when it was asked, or more if a bound asks for more since; never less.

    Other roles replace those promised only where a newer bound names them, or where the amount grew past one.
    """
    people = max(bound.people, now.people)
    newest = bound.version or 0
    replaces = (grew or now.named_by > newest) and not bound.roles <= now.roles
    roles = now.roles if now.roles and (replaces or not bound.roles) else bound.roles
    if (people, roles) == (bound.people, bound.roles):
        return bound
    return Demand(people, roles, max(newest, now.version or 0) or None, now.why)


def has_grown(asked: Money | None, now: Money | None, worth: Worth) -> bool:
    """Whether an amount is larger than the one asked with; what nobody can weigh is."""
    if asked is None or now is None:
        return now is not None
    value = now if now.currency == asked.currency else worth(now, asked.currency)
    return value is None or value.minor > asked.minor


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
