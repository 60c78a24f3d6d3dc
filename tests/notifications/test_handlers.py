"""What people hear of when news go round."""

from datetime import timedelta

import pytest

from foundation import clock
from foundation.approvals.services import withdraw_approval
from foundation.events.listening import News, handlers_of
from foundation.events.models import Outbox
from foundation.inbox.runner import run_until_idle
from foundation.notifications.handlers import GROUP
from foundation.notifications.models import Notification
from foundation.switches.services import stop_switch, tell_expired_stops
from tests.approvals.stories import agree, ask_for_role, refuse
from tests.cast import actor, staff, user_called

pytestmark = pytest.mark.django_db


def hear_all():
    """Call this room's handlers for everything told so far, twice: a handler may hear the same news again."""
    handlers = handlers_of(GROUP)
    for _ in range(2):
        for row in Outbox.objects.order_by("id"):
            news = News(
                row.pk,
                row.at,
                row.stream,
                row.type,
                row.version,
                row.aggregate_type,
                row.aggregate_id,
                row.sequence,
                row.platform_id,
                row.payload,
            )
            for handler in handlers.get(row.type, []):
                handler(news)


def heard(user):
    """Titles this person has not read."""
    rows = Notification.objects.filter(recipient=user, read_at=None).order_by("id")
    return list(rows.values_list("title", flat=True))


def test_a_request_is_brought_to_all_who_may_decide_and_to_nobody_else():
    petra, carl, adam, susi = staff("petra"), staff("carl"), staff("adam"), staff("susi")
    nora = user_called("nora")
    ask_for_role(nora)
    hear_all()

    assert heard(petra) == heard(carl) == ["To decide: Give the role Finance"]
    assert heard(adam) == heard(susi) == heard(nora) == []


def test_once_decided_nobody_has_to_look_and_the_requester_knows():
    petra, carl, adam = staff("petra"), staff("carl"), staff("adam")
    agree(ask_for_role(), petra)
    hear_all()
    assert heard(carl) == []
    assert heard(adam) == ["Approved and done: Give the role Finance"]

    refuse(ask_for_role(user_called("nils")), carl)
    hear_all()
    assert heard(adam)[1:] == ["Refused: Give the role Finance"]


def test_what_was_taken_back_is_told_to_nobody():
    petra, adam = staff("petra"), staff("adam")
    asked = ask_for_role()
    withdraw_approval(approval_id=asked.pk, reason="-", by=actor(adam), at=clock.now())
    hear_all()

    assert heard(petra) == heard(adam) == []


def test_a_stop_is_told_to_those_who_watch_but_not_to_whoever_did_it():
    fred, eva = staff("fred"), staff("eva")
    stop_switch(key="notifications.mail", reason="Drill", by=actor(fred), at=clock.now())
    hear_all()

    assert heard(eva) == ["Stopped: Mails of notifications"]
    assert heard(fred) == []


def test_a_stop_beyond_its_plan_waits_for_those_who_decide():
    fred, petra = staff("fred"), staff("petra")
    stop_switch(
        key="login.portals", reason="Drill", by=actor(fred), at=clock.now(),
        expires_at=clock.now() + timedelta(hours=1),
    )  # fmt: skip
    clock.move_clock(ahead=timedelta(hours=2))
    tell_expired_stops(at=clock.now())
    hear_all()

    assert heard(petra) == [
        "To decide: Start again: Creators and fans sign in",
        "Stopped for longer than planned: Creators and fans sign in",
    ]
    alarm = Notification.objects.filter(recipient=fred, notice="switch.stop_expired").get()
    assert alarm.level == "ACTION_REQUIRED"
    assert alarm.path.startswith("/ops/approvals/")


@pytest.mark.django_db(transaction=True)
def test_the_runner_brings_news_to_people():
    petra = staff("petra")
    ask_for_role()

    run_until_idle()

    assert heard(petra) == ["To decide: Give the role Finance"]
