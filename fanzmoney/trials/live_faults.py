"""Whoever follows a page misses nothing unnoticed, whatever ends, is wiped or is cut between two messages."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import redis
from django.conf import settings
from django.test import Client
from django.utils import timezone
from websockets.sync.client import ClientConnection

from fanzmoney.trials.live_house import LiveHouse, hear, live_house
from foundation import clock
from foundation.actors import Actor, ActorKind, system
from foundation.approvals.services import request_approval
from foundation.events.transport import TransportDown
from foundation.faults import Battery, Run, batteries
from foundation.identity.models import SessionMark, User
from foundation.identity.roles import Role
from foundation.identity.services import grant_role
from foundation.identity.session_store import digest

CHANNEL, BENCH = "money.executive", system("faults")
ACCIDENTS = ("cut", "flush", "other relay", "deaf", "nothing", "nothing")


class Follower:
    """A page as live.js is one: it knows what it heard, and when it has to read everything afresh."""

    def __init__(self, house: LiveHouse) -> None:
        self.house, self.stack, self.last = house, ExitStack(), 0
        self.unheard: set[str] = set()
        self.browser = Client()
        self.browser.force_login(_person("follower", Role.APPROVER))
        mark = SessionMark.objects.filter(session_key=digest(self.browser.session.session_key or ""))
        mark.update(second_factor_at=timezone.now())
        self.socket: ClientConnection
        self.connect()

    def connect(self) -> None:
        after = {CHANNEL: self.last} if self.last else None
        self.socket = self.stack.enter_context(self.house.listening(self.browser, CHANNEL, after=after))

    def cut(self) -> None:
        self.stack.close()

    def hear_all(self) -> None:
        """Listen until nothing is missing any more; TimeoutError when something stays unheard."""
        while self.unheard:
            message = hear(self.socket)
            if message["type"] not in ("gap", "approvalRequired"):
                continue
            if message["type"] == "gap" or message["prev"] != self.last != 0:
                self.unheard.clear()  # it reads everything afresh
            else:
                self.unheard -= {event["approval_id"] for event in message["data"]["events"]}
            self.last = message["seq"]


def follow_through_accidents(run: Run) -> None:
    asker = _person("asker", Role.ADMIN)
    by = Actor(
        ActorKind.USER, str(asker.pk), roles=asker.role_names, is_second_factor_passed=True, stepped_up_at=clock.now()
    )
    with live_house() as house:
        follower = Follower(house)
        for trial in run:
            accident = run.random.choice(ACCIDENTS)
            if accident == "cut":
                follower.cut()
            told = [_ask(by, f"{run.seed}-{trial}-{number}") for number in range(run.random.randint(1, 4))]
            follower.unheard.update(told)
            _happen(house, accident)
            house.carry()
            if accident == "cut":
                follower.connect()
            try:
                follower.hear_all()
            except TimeoutError:
                run.violated(f"after {accident}: {len(follower.unheard)} of {len(told)} passed unheard")
                follower.unheard.clear()
        follower.cut()


def _happen(house: LiveHouse, accident: str) -> None:
    if accident == "flush":
        redis.Redis.from_url(settings.REDIS_URL).flushall()
        house.relay.look_round()
    elif accident == "other relay":
        house.new_relay()
    elif accident == "deaf":
        follow, calls = house.carrier.follow, iter(range(2))

        def down(*places: Any, **how: Any) -> Any:
            if next(calls, None) is not None:
                raise TransportDown[0]("down")
            house.carrier.follow = follow  # type: ignore[method-assign]
            return follow(*places, **how)

        house.carrier.follow = down  # type: ignore[method-assign]


def _ask(by: Actor, name: str) -> str:
    payload = {"user_id": str(_person(name).pk), "role": str(Role.FINANCE)}
    return str(request_approval(kind="role.grant", payload=payload, reason="Faults", by=by, at=clock.now()).pk)


def _person(name: str, *roles: Role) -> User:
    email = f"{name}@faults.example"
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, name=name)
    for role in {str(role) for role in roles} - user.role_names:
        grant_role(user_id=user.pk, role=role, by=BENCH, at=clock.now())
    return User.objects.get(pk=user.pk)


batteries.add(
    "live_follow",
    Battery(
        "A live page through cuts, a wiped Redis and other relays: all is heard, or known as missed",
        follow_through_accidents,
    ),
)
