from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from foundation import clock
from foundation.actors import Actor, ActorKind, system
from foundation.approvals.models import Approval
from foundation.approvals.selectors import get_approval
from foundation.approvals.states import State as Asked
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict, Forbidden, Invalid, NotFound, StepUpRequired, Unavailable
from foundation.events.models import Outbox
from foundation.identity.login.vetoes import refuse_vetoed
from foundation.switches.errors import Stopped
from foundation.switches.models import Switch, SwitchChange
from foundation.switches.registry import switches
from foundation.switches.selectors import (
    get_switch,
    history_of,
    is_stopped,
    list_switches,
    nearby,
    refuse_if_stopped,
    rollout_includes,
    setting,
)
from foundation.switches.services import (
    force_setting,
    lower_share,
    request_resume,
    stop_switch,
    tell_expired_stops,
)
from foundation.switches.states import Deed, State
from tests.approvals.stories import agree
from tests.cast import actor, member, portal_user, staff

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def stop(key="test.stop", user="fred", **named):
    return stop_switch(key=key, reason="Card numbers leak", by=actor(staff(user)), at=clock.now(), **named)


def ask(key="test.stop", user="eva", **named):
    approval_id = request_resume(key=key, reason="It is repaired", by=actor(staff(user)), at=clock.now(), **named)
    return Approval.objects.get(pk=approval_id)


def read_afresh():
    nearby.forget()


def news():
    return list(Outbox.objects.filter(type__startswith="switch.").values_list("type", flat=True))


def test_one_person_stops_and_two_start_again():
    assert not is_stopped("test.stop")
    stop()
    read_afresh()
    assert is_stopped("test.stop")
    with pytest.raises(Stopped) as refusal:
        refuse_if_stopped("test.stop")
    assert (refusal.value.status, refusal.value.code) == (503, "switches.stopped")

    asked = ask()
    read_afresh()
    assert is_stopped("test.stop"), "asking changes nothing"

    agree(asked, staff("petra"))
    read_afresh()
    assert not is_stopped("test.stop")
    assert news() == ["switch.stopped", "switch.resumed"]
    deeds = [(change.deed, change.by, change.approval_id) for change in history_of("test.stop")]
    assert deeds == [
        (Deed.RESUMED, actor(staff("petra")).reference, asked.pk),
        (Deed.STOPPED, actor(staff("fred")).reference, None),
    ]


def test_the_request_shows_why_it_was_stopped_and_by_whom():
    stop()
    seen = get_approval(ask().pk, actor(staff("petra")))

    assert [(effect.before, effect.after) for effect in seen.effects] == [("Stopped", "Running")]
    assert {fact.name: fact.value for fact in seen.evidence}["Because"] == "Card numbers leak"
    assert {fact.name: fact.value for fact in seen.evidence}["By"] == "Fred"


def test_whoever_asked_for_the_resume_does_not_decide_it():
    stop(user="adam")
    asked = ask(user="adam")

    with pytest.raises(Forbidden) as refusal:
        agree(asked, staff("adam"))
    assert refusal.value.code == "approvals.own_request"


def test_stopping_takes_a_role_a_fresh_code_and_a_reason():
    with pytest.raises(Forbidden) as refusal:
        stop(user="susi")
    assert refusal.value.code == "switches.may_not_stop"
    with pytest.raises(Forbidden):
        stop_switch(key="test.stop", reason="-", by=Actor(ActorKind.OPERATOR, "root"), at=clock.now())
    with pytest.raises(Forbidden):
        stop_switch(key="test.stop", reason="-", by=system("x"), at=clock.now())
    with pytest.raises(StepUpRequired):
        stop_switch(key="test.stop", reason="-", by=actor(staff("fred"), stepped_up=False), at=clock.now())
    with pytest.raises(Invalid) as missing:
        stop_switch(key="test.stop", reason=" ", by=actor(staff("fred")), at=clock.now())
    assert missing.value.code == "switches.reason_missing"
    with pytest.raises(NotFound):
        stop(key="no.such")
    with pytest.raises(Invalid):
        stop(key="test.share")
    for odd in (timedelta(), -HOUR, timedelta(days=31)):
        with pytest.raises(Invalid) as expiry:
            stop(expires_at=clock.now() + odd)
        assert expiry.value.code == "switches.bad_expiry"
    assert not SwitchChange.objects.exists()


def test_a_newer_stop_is_not_lifted_by_an_older_request():
    stop()
    asked = ask()
    stop(user="eva", expires_at=clock.now() + HOUR)

    assert agree(asked, staff("petra")).failure_code == "switches.changed_since"
    read_afresh()
    assert is_stopped("test.stop")
    assert [change.deed for change in history_of("test.stop")] == [Deed.PROLONGED, Deed.STOPPED]


def test_what_runs_is_not_resumed():
    with pytest.raises(Conflict) as refusal:
        ask()
    assert refusal.value.code == "switches.not_stopped"


def test_a_stop_that_outlasts_its_plan_raises_an_alarm_and_stays():
    stop(expires_at=clock.now() + HOUR)
    assert tell_expired_stops(at=clock.now()) == 0

    clock.move_clock(ahead=2 * HOUR)
    assert (tell_expired_stops(at=clock.now()), tell_expired_stops(at=clock.now())) == (1, 0)

    read_afresh()
    assert is_stopped("test.stop")
    prepared = Approval.objects.get()
    assert (prepared.requester, prepared.approvers_needed) == ("system:switches", 2)
    assert news() == ["switch.stopped", "switch.stop_expired"]
    told = Outbox.objects.get(type="switch.stop_expired").payload
    assert told["approval_id"] == str(prepared.pk)

    assert agree(prepared, staff("petra")).state == Asked.PENDING, "the alarm alone is no second person"
    assert agree(prepared, staff("carl")).state == Asked.APPLIED
    read_afresh()
    assert not is_stopped("test.stop")


def test_the_alarm_points_to_a_resume_that_somebody_asked_for_before():
    stop(expires_at=clock.now() + HOUR)
    asked = ask()
    clock.move_clock(ahead=2 * HOUR)

    assert tell_expired_stops(at=clock.now()) == 1
    assert Outbox.objects.get(type="switch.stop_expired").payload["approval_id"] == str(asked.pk)
    assert Approval.objects.count() == 1


def test_keeping_it_stopped_for_longer_arms_the_alarm_again():
    stop(expires_at=clock.now() + HOUR)
    clock.move_clock(ahead=2 * HOUR)
    tell_expired_stops(at=clock.now())
    stop(expires_at=clock.now() + HOUR)
    clock.move_clock(ahead=4 * HOUR)

    assert tell_expired_stops(at=clock.now()) == 1


def test_a_value_is_forced_by_one_person_and_released_by_two():
    assert setting("test.route") == "a"
    with pytest.raises(Invalid):
        force_setting(key="test.route", value="c", reason="-", by=actor(staff("fred")), at=clock.now())
    force_setting(key="test.route", value="b", reason="a is slow", by=actor(staff("fred")), at=clock.now())
    read_afresh()
    assert setting("test.route") == "b"

    agree(ask("test.route", to="DEFAULT"), staff("petra"))
    read_afresh()
    assert setting("test.route") == "a"
    assert [change.deed for change in history_of("test.route")] == [Deed.RELEASED, Deed.FORCED]


def test_a_share_is_lowered_by_one_person_and_raised_by_two():
    agree(ask("test.share", to="50"), staff("petra"))
    read_afresh()
    half = {n for n in range(2000) if rollout_includes("test.share", n)}
    assert 900 < len(half) < 1100

    with pytest.raises(Conflict) as refusal:
        lower_share(key="test.share", percent=50, reason="-", by=actor(staff("fred")), at=clock.now())
    assert refusal.value.code == "switches.not_lower"
    lower_share(key="test.share", percent=1, reason="Odd figures", by=actor(staff("fred")), at=clock.now())
    read_afresh()
    few = {n for n in range(2000) if rollout_includes("test.share", n)}
    assert few < half
    with pytest.raises(Conflict):
        ask("test.share", to="1")
    for odd in ("101", "-1", "", "RUNNING", "5.5"):
        with pytest.raises(Invalid):
            ask("test.share", to=odd)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE switch SET state = 'RUNNING', version = version + 1, expires_at = NULL",
        "UPDATE switch SET value = '1', version = version + 1",
        "UPDATE switch SET why = 'other', version = version + 1",
        "DELETE FROM switch",
        "UPDATE switch_change SET reason = 'other'",
        "DELETE FROM switch_change",
        "INSERT INTO switch_change (switch_id, version, deed, reason, by, at) VALUES ('test.stop', 3, 'resumed', '-', 'x', now())",  # noqa: E501
        "INSERT INTO switch_change (switch_id, version, deed, reason, by, at, approval_id) "
        "VALUES ('test.stop', 3, 'resumed', '-', 'x', now(), gen_random_uuid())",
    ],
)
def test_the_database_lets_nobody_resume_alone(sql):
    stop()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert Switch.objects.get().state == State.STOPPED


def test_each_turn_is_in_the_audit_once():
    stop()
    force_setting(key="test.route", value="b", reason="slow", by=actor(staff("fred")), at=clock.now())

    assert AuditRecord.objects.filter(action__startswith="switch.").count() == 2


def test_the_crisis_page_lists_every_declared_switch_the_stopped_first():
    stop("test.stop_open", expires_at=clock.now() + HOUR)
    lines = list_switches(actor(staff("susi")))

    assert len(lines) == len(switches)
    assert (lines[0].declared.key, lines[0].state, lines[0].changed_by_name) == (
        "test.stop_open", State.STOPPED, "Fred",
    )  # fmt: skip
    assert not lines[0].may_stop
    assert get_switch("test.stop", actor(staff("fred"))).may_stop
    assert get_switch("test.stop", actor(staff("fred"))).declared.phrase == "STOP TEST.STOP"


def test_while_the_portals_are_closed_staff_still_sign_in():
    maya = portal_user(member("c-1"))
    refuse_vetoed(maya)
    stop("login.portals")
    read_afresh()

    with pytest.raises(Unavailable) as refusal:
        refuse_vetoed(maya)
    assert (refusal.value.code, refusal.value.title) == ("auth.portals_paused", "Paused")
    refuse_vetoed(staff("fred"))
