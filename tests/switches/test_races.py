"""Stops against resumes: whoever stops last wins, and nothing starts again unseen."""

import os
from datetime import timedelta
from functools import partial

import pytest

from foundation import clock
from foundation.approvals.models import Approval
from foundation.approvals.states import State as Asked
from foundation.identity.roles import Role
from foundation.switches.models import Switch, SwitchChange
from foundation.switches.services import request_resume, stop_switch, tell_expired_stops
from foundation.switches.states import Deed, State
from tests.approvals.stories import agree
from tests.approvals.test_races import at_once
from tests.cast import actor, staff, user_called

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = int(os.environ.get("RACE_ROUNDS", "6"))


def stop(by, **named):
    return stop_switch(key="test.stop", reason="Drill", by=by, at=clock.now(), **named)


def test_eight_people_pull_an_untouched_switch_at_once():
    people = [actor(user_called(f"stopper{number}", Role.FINANCE)) for number in range(8)]

    assert at_once(*(partial(stop, by) for by in people)) == {State.STOPPED: 8}

    switch = Switch.objects.get()
    assert (switch.version, SwitchChange.objects.count()) == (9, 8)
    assert sorted(SwitchChange.objects.values_list("deed", flat=True)) == [Deed.PROLONGED] * 7 + [Deed.STOPPED]


def test_a_stop_that_races_a_resume_is_never_lost():
    eva, petra, fred = actor(staff("eva")), staff("petra"), actor(staff("fred"))
    for _ in range(ROUNDS):
        stop(eva)
        asked = Approval.objects.get(pk=request_resume(key="test.stop", reason="Over", by=eva, at=clock.now()))

        at_once(partial(agree, asked, petra), partial(stop, fred))

        switch, last = Switch.objects.get(), SwitchChange.objects.first()
        settled = Approval.objects.get(pk=asked.pk)
        assert switch.state == State.STOPPED, "the newer stop stands whichever came first"
        assert last.by == fred.reference
        assert last.deed == (Deed.STOPPED if settled.state == Asked.APPLIED else Deed.PROLONGED)
        assert settled.failure_code == ("" if settled.state == Asked.APPLIED else "switches.changed_since")


def test_two_sweepers_raise_one_alarm():
    stop(actor(staff("fred")), expires_at=clock.now() + timedelta(hours=1))
    clock.move_clock(ahead=timedelta(hours=2))
    at = clock.now()
    told = []

    def sweep():
        told.append(tell_expired_stops(at=at))
        return Switch(state=State.STOPPED)

    at_once(sweep, sweep, sweep)
    assert sum(told) == 1
    assert Approval.objects.count() == 1
