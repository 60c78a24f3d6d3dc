"""Each verb whose act needs more than a state is seen to act once, where its thing has all it needs, on record once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from django.db import transaction

from compliance.escalations.models import Escalation
from foundation import clock
from foundation.http import access
from foundation.http.routes import every_route
from payouts.freezes.states import ReleasePath
from payouts.life.models import Payout
from payouts.life.services import send_due
from payouts.methods.models import PayoutMethod
from processors.gateways.rails.types import RailOutcome, RailResult
from processors.gateways.types import Operation, Outcome, Result
from processors.payments.giving_back import Refund
from processors.payments.models import Attempt
from processors.payments.services import request_refund, send_refund
from tests.approvals.stories import ask_for_role
from tests.cast import HOUSE
from tests.compliance.stories import in_review
from tests.house.addresses import address, as_caller, parts
from tests.house.test_steps import MAKES_ANOTHER, OUTCOME, PREFERRED, RESOLVE, VERBS, WHY
from tests.house.trail import trail_of, wrong_with_act
from tests.payouts.conftest import desk, standing  # noqa: F401  a rail inside the process
from tests.payouts.freezes.stories import frozen
from tests.payouts.scene import ask, creator, fund, method_of, queued, seen
from tests.processors.payments.conftest import till  # noqa: F401  a provider inside the process
from tests.processors.payments.till import bought, payment_of, usd

PROOF = {"proof": "statement 7"}


class Scene(NamedTuple):
    """What the act is done to, what is said, and by whom, if not by the first who may."""

    thing: Any
    said: dict[str, Any]
    caller: str = ""


class World(NamedTuple):
    till: Any
    desk: Any


def lost_charge(world: World, **changes: Any) -> Any:
    world.till.will(Outcome(Result.UNKNOWN))
    view = bought(20_00)
    Attempt.objects.filter(payment_id=view.id).update(**changes)
    return payment_of(view)


def asked_back() -> Refund:
    view = bought(20_00)
    with transaction.atomic():
        return request_refund(payment_id=view.id, amount=usd(20_00), reason="asked", by=HOUSE, at=clock.now())


def lost_refund(world: World) -> Scene:
    refund = asked_back()
    world.till.will(Outcome(Result.UNKNOWN))
    send_refund(refund_id=refund.pk, by=HOUSE)
    return Scene(Refund.objects.get(pk=refund.pk), {})


def due_by_hand(world: World) -> Scene:
    kept = world.till.capabilities
    world.till.capabilities = replace(kept, operations=kept.operations - {Operation.REFUND})
    refund = asked_back()
    world.till.capabilities = kept
    return Scene(refund, PROOF)


def arrived(world: World) -> Scene:
    """Of a rail that takes it and says no more."""
    world.desk.will(RailOutcome(RailResult.ACCEPTED, "T-1"))
    payout = queued()
    send_due(rail="paxum", by=HOUSE)
    world.desk.capabilities = replace(world.desk.capabilities, confirms=False)
    return Scene(seen(payout), PROOF)


def timed_freeze(world: World) -> Scene:
    until = clock.now() + timedelta(days=2)
    creator_id = creator("of-a-freeze")
    fund(creator_id, 500_00)
    method_of(creator_id)
    freeze = frozen(ask(creator_id), path=ReleasePath.TIME_BASED, release_at=until, review_by=None)
    return Scene(freeze, {"form": "extend", "hours": 24, "seen_until": until.isoformat(), **WHY})


def spare_method(world: World) -> Scene:
    """Another destination of the creator, to which nothing leaves and which is not the preferred one."""
    creator_id = creator("a-creator")
    if not PayoutMethod.objects.filter(creator_id=creator_id, is_preferred=True).exists():
        method_of(creator_id)
    number = PayoutMethod.objects.filter(creator_id=creator_id).count()
    return Scene(method_of(creator_id, email=f"spare-{number}@paxum.example"), {})


def reviewed(world: World) -> Scene:
    line = in_review()
    return Scene(Escalation.objects.get(pk=line.id), {**RESOLVE, "version": line.version, "form": "resolve"})


def over_the_api(scene: Scene) -> Scene:
    return scene._replace(said={name: said for name, said in scene.said.items() if name != "form"})


SCENES: dict[tuple[str, str], Callable[[World], Scene]] = {
    ("api:payment-void", ""): lambda world: Scene(payment_of(bought(20_00)), WHY),
    ("ops:payment_void", ""): lambda world: Scene(payment_of(bought(20_00)), WHY),
    ("ops:payment_refund", ""): lambda world: Scene(
        payment_of(bought(20_00)), {"amount": "5.00", "seen_left": 20_00, **WHY}
    ),
    ("ops:payment_outcome", ""): lambda world: Scene(lost_charge(world, repair_at=None), OUTCOME),
    ("ops:payment_ask", ""): lambda world: Scene(lost_charge(world), {}),
    ("ops:refund_settle", ""): due_by_hand,
    ("ops:refund_ask", ""): lost_refund,
    ("ops:payout_confirm", ""): arrived,
    ("ops:payout_returned", ""): lambda world: Scene(Payout.objects.get(state="PAID"), {"came": "90.00", **PROOF}),
    ("ops:hold", "extend"): timed_freeze,
    ("api:approval-withdraw", ""): lambda world: Scene(ask_for_role(), WHY, "admin"),
    ("api:escalation-resolution", ""): lambda world: over_the_api(reviewed(world)),
    ("compliance:escalation", "resolve"): reviewed,
    ("api:payout-method", ""): spare_method,
    ("starz:method_remove", ""): spare_method,
    ("api:payout-method-preferred", ""): spare_method,
    ("starz:method_prefer", ""): spare_method,
}


def test_there_is_a_scene_for_each_act_that_needs_more_than_a_state():
    assert SCENES.keys() == {(verb.url, str(verb.said.get("form", ""))) for verb in VERBS if not verb.acts}


@pytest.mark.django_db
def test_each_acts_once_and_is_on_record_once(till, desk, settings):  # noqa: F811
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, (10**9, 60))
    world, routes, wrong = World(till, desk), {route.name: route for route in every_route()}, []
    last = [verb for verb in VERBS if verb.thing is Payout]  # it takes days until one leaves, and sessions end
    clients: dict[tuple[str, bool], Any] = {}
    for verb in [verb for verb in (*(verb for verb in VERBS if verb not in last), *last) if not verb.acts]:
        scene = SCENES[verb.url, str(verb.said.get("form", ""))](world)
        thing, route = scene.thing, routes[verb.url]
        roles = access.who_may(verb.url, verb.method).roles
        caller = scene.caller or next((role for role in PREFERRED if role in roles), "program of boyfanz")
        url, is_api = address(route, **{parts(route)[0]: thing.pk}), verb.url.startswith("api:")
        body = (json.dumps(scene.said) if is_api else urlencode(scene.said)).encode()
        kind = "application/json" if is_api else "application/x-www-form-urlencoded"
        sitting = caller, verb in last
        client = clients[sitting] = clients.get(sitting) or as_caller(caller)
        key = {"Idempotency-Key": f"done {verb.url}"}
        answer = client.generic(verb.method, url, body, kind, headers=key)
        is_done = answer.status_code in (200, 201, 202, 204) if is_api else answer.status_code == 302
        about = "" if verb.url in MAKES_ANOTHER else str(thing.pk)
        missing = wrong_with_act(trail_of(answer), about, str(scene.said.get("reason", "")), thing.state)
        if not is_done or missing:
            trail = [(str(row), row.outcome, row.facts) for row in trail_of(answer)]
            wrong.append(f"{verb.url} by {caller}: {answer.status_code}, {missing} {trail}: {answer.content[-900:]!r}")
    assert not wrong, chr(10).join(wrong)
