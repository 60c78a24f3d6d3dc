"""May this caller come in, and may they stay: the same answer as at every other door."""

from __future__ import annotations

from collections.abc import Iterable

from dashboards.live.channels import places_for
from dashboards.live.tokens import Pass
from foundation import clock
from foundation.actors import Actor, ActorKind
from foundation.identity.roles import PROVEN_TWICE
from foundation.identity.standing import people_in, programs_in
from foundation.restrictions.selectors import is_suspended


def still_here(entrances: Iterable[Pass]) -> dict[Pass, dict[str, str]]:
    """What each may hear now; who is signed out, suspended or gone is left out."""
    wanted, at = set(entrances), clock.now()
    people = people_in([one.via for one in wanted if one.kind is ActorKind.USER], at=at)
    programs = programs_in([one.via for one in wanted if one.kind is ActorKind.CLIENT], at=at)
    found: dict[Pass, dict[str, str]] = {}
    for one in wanted:
        actor = people.get(one.via) if one.kind is ActorKind.USER else programs.get(one.via)
        if actor is not None and actor.id == str(one.id) and _may_be_inside(actor):
            found[one] = places_for(actor if one.kind is ActorKind.USER else one.narrowed(actor))
    return found


def _may_be_inside(actor: Actor) -> bool:
    is_proven = actor.is_second_factor_passed or not actor.has_role(*PROVEN_TWICE)
    return not is_suspended(actor.party_id) and is_proven
