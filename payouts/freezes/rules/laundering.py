"""Patterns that people who hide where money comes from make. Pure rules over facts; each answers with its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# Structuring: so many payouts in a week, each a little below the bound from which a second person looks.
JUST_BELOW_PERCENT, AT_LEAST_BELOW = 80, 3
# Passing through: nearly all of a payout was earned within two days, from very few buyers.
FRESH_PERCENT, FEW_PAYERS, FROM_DOLLARS = 90, 3, 500
# Circles: money that comes back to where it started over at most so many people.
LONGEST_CIRCLE, CIRCLE_PERCENT = 3, 20


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that was found, with the numbers it was found by."""

    name: str
    facts: Mapping[str, Any]


def structuring(amounts_minor: Iterable[int], bound_minor: int) -> Pattern | None:
    """Several payouts of one week that each stay just below the bound and together pass it well."""
    near = [minor for minor in amounts_minor if bound_minor * JUST_BELOW_PERCENT <= minor * 100 < bound_minor * 100]
    if len(near) < AT_LEAST_BELOW or sum(near) < 2 * bound_minor:
        return None
    return Pattern("structuring", {"payouts": len(near), "total_minor": sum(near), "bound_minor": bound_minor})


def pass_through(
    *, paid_out_minor: int, fresh_minor: int, payers: int, dollars: int, age_days: int
) -> Pattern | None:  # fmt: skip
    """Money that hardly touches the account: earned within two days from very few, and taken out at once.

    `fresh_minor` is what was earned in that time, `paid_out_minor` what leaves.
    """
    is_fresh = fresh_minor * 100 >= paid_out_minor * FRESH_PERCENT
    if paid_out_minor <= 0 or dollars < FROM_DOLLARS or not is_fresh or not 0 < payers <= FEW_PAYERS:
        return None
    return Pattern(
        "pass_through",
        {"fresh_minor": fresh_minor, "paid_out_minor": paid_out_minor, "payers": payers, "age_days": age_days},
    )


def circular(start: str, paid: Mapping[tuple[str, str], int]) -> Pattern | None:
    """Money that goes in a circle: the creator pays, as a fan, somebody whose money comes back to the creator.

    `paid` is what one party paid another, worth in one unit. A circle counts by its thinnest step, when that is a
    fifth or more of what the creator was paid.
    """
    received = sum(worth for (_, to), worth in paid.items() if to == start)
    best: tuple[int, tuple[str, ...]] = (0, ())
    for way in _ways(start, paid):
        flow = min(paid[step] for step in zip(way, (*way[1:], start), strict=True))
        best = max(best, (flow, way))
    flow, way = best
    if not way or flow * 100 < received * CIRCLE_PERCENT:
        return None
    return Pattern("circular", {"people": len(way), "flow": flow, "received": received})


def _ways(start: str, paid: Mapping[tuple[str, str], int]) -> Iterable[tuple[str, ...]]:
    """Every circle through `start` of two or three people."""
    onward: dict[str, list[str]] = {}
    for payer, payee in paid:
        if payer != payee:
            onward.setdefault(payer, []).append(payee)
    unfinished: list[tuple[str, ...]] = [(start,)]
    while unfinished:
        way = unfinished.pop()
        for payee in onward.get(way[-1], ()):
            if payee == start:
                if len(way) > 1:
                    yield way
            elif payee not in way and len(way) < LONGEST_CIRCLE:
                unfinished.append((*way, payee))
