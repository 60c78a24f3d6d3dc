"""Which account of ours takes a charge, and why not the others."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from foundation.money import Money
from processors.gateways.types import Capabilities, Method, Operation


@dataclass(frozen=True, slots=True)
class Way:
    """An account of ours with a provider, as far as choosing goes."""

    slug: str
    provider: str
    rank: int
    is_open: bool
    currencies: frozenset[str]
    platforms: frozenset[UUID]
    """None named: every platform."""
    coins: frozenset[str]
    """Where the buyer has to name a coin: the ones taken."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a charge asks of a way."""

    platform_id: UUID
    method: Method
    amount: Money
    operation: Operation
    coin: str = ""
    only: str = ""
    """The account a saved card belongs to."""
    tried: frozenset[str] = frozenset()
    """Accounts that were asked before."""
    provider: str = ""
    """The only one a one-time token means something to."""


@dataclass(frozen=True, slots=True)
class Candidate:
    slug: str
    provider: str
    why_not: tuple[str, ...]

    @property
    def is_possible(self) -> bool:
        return not self.why_not

    def said(self) -> dict[str, object]:
        return {"merchant": self.slug, "provider": self.provider, "why_not": list(self.why_not)}


def candidates(
    need: Need, ways: Iterable[Way], capabilities: Mapping[str, Capabilities], stopped: Container[str]
) -> tuple[Candidate, ...]:
    """Every way in the order it is preferred, with each reason that rules it out."""
    return tuple(
        Candidate(way.slug, way.provider, _why_not(need, way, capabilities.get(way.provider), stopped))
        for way in sorted(ways, key=lambda way: (way.rank, way.slug))
    )


def first_possible(found: Iterable[Candidate]) -> Candidate | None:
    return next((one for one in found if one.is_possible), None)


def operation_for(method: Method, *, has_token: bool, has_instrument: bool) -> Operation:
    """What is asked of the provider: charge what the fan gave, charge a saved card, or begin what they finish there."""
    if has_instrument:
        return Operation.CHARGE_TOKEN
    return Operation.CHARGE if has_token else Operation.REDIRECT


def _why_not(need: Need, way: Way, can: Capabilities | None, stopped: Container[str]) -> tuple[str, ...]:
    if can is None:
        return ("no_adapter",)
    currency, minor = need.amount.currency, need.amount.minor
    faults = {
        "other_instrument": bool(need.only) and way.slug != need.only,
        "tried": way.slug in need.tried,
        "other_token": bool(need.provider) and way.provider != need.provider,
        "closed": not way.is_open,
        "stopped": way.provider in stopped,
        "other_platform": bool(way.platforms) and need.platform_id not in way.platforms,
        "method": need.method not in can.methods,
        "operation": need.operation not in can.operations,
        "currency": currency not in way.currencies or currency not in can.currencies,
        "coin": bool(way.coins) and need.coin not in way.coins,
        "too_small": minor < can.least_minor.get(currency, 1),
        "too_large": minor > can.most_minor.get(currency, minor),
    }
    return tuple(name for name, is_so in faults.items() if is_so)
