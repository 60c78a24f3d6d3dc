"""XA11: a switch that was pulled stays pulled, whatever happens to Redis or to the copy in memory."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F
from redis import Redis

from foundation import clock
from foundation.actors import Actor, ActorKind, system
from foundation.faults import Battery, Run, batteries
from foundation.identity.models import User
from foundation.identity.roles import Role
from foundation.identity.services import grant_role
from foundation.switches.models import Switch
from foundation.switches.selectors import is_stopped, nearby
from foundation.switches.services import stop_switch
from foundation.switches.states import State

BATTERY = system("battery")
KEY = "login.portals"


def pull_and_flush(run: Run) -> None:
    """Pulled by one, still pulled after a flush and a fresh start, resumed by nobody alone."""
    for _ in run:
        fred = _finance(run)
        stop_switch(key=KEY, reason="A trial", by=fred, at=clock.now())
        for _again in range(3):
            if run.random.random() < 0.5:
                Redis.from_url(settings.REDIS_URL).flushall()
            nearby.forget()
            if not is_stopped(KEY):
                run.violated("a flush or a fresh copy lifted the stop")
        if _resumed_alone(KEY):
            run.violated("the database let one hand resume it")


def _resumed_alone(key: str) -> bool:
    try:
        with transaction.atomic():
            return bool(Switch.objects.filter(pk=key).update(state=State.RUNNING, version=F("version") + 1))
    except DatabaseError:
        return False


def _finance(run: Run) -> Actor:
    email = f"battery-{run.seed}-{run.random.getrandbits(64):x}@fanzmoney.example"
    user = User.objects.create_user(email)
    grant_role(user_id=user.pk, role=Role.FINANCE, by=BATTERY, at=clock.now(), reason="a trial")
    return Actor(
        ActorKind.USER, str(user.pk), roles=frozenset({str(Role.FINANCE)}), is_second_factor_passed=True,
        stepped_up_at=clock.now(),
    )  # fmt: skip


batteries.add("switches", Battery("A pulled switch stays pulled through flushes and restarts (XA11)", pull_and_flush))
