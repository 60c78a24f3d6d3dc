import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client

from foundation import clock
from foundation.errors import Invalid, NotFound
from foundation.identity.models import User
from foundation.notifications.models import Delivery, Notification
from foundation.notifications.rules.channels import ways
from foundation.notifications.selectors import choices_of, count_unread, list_notifications
from foundation.notifications.services import choose_ways, mark_all_read, mark_read, settle
from foundation.notifications.states import Level
from foundation.notifications.types import Wanted
from tests.cast import actor, developer, member, portal_user, signed_in, staff
from tests.notifications.stories import tell

pytestmark = pytest.mark.django_db


def choose(user, **chosen):
    choose_ways(user_id=user.pk, topic="test", by=actor(user), **chosen)


def test_a_message_is_told_once_per_person_and_cause():
    petra, adam = staff("petra"), staff("adam")

    assert tell(petra, adam) == 2
    assert tell(petra, adam) == 0
    assert tell(petra, number=2) == 1

    (line, _) = list_notifications(petra.pk)[::-1]
    assert (line.level, line.title, line.body, line.path, line.read_at) == (
        Level.ACTION_REQUIRED, "Payout 1 waits", "Look at it by Friday.", "/ops/approvals", None,
    )  # fmt: skip
    assert (count_unread(petra.pk), count_unread(adam.pk)) == (2, 1)
    assert Delivery.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_told_by_eight_at_once_it_is_one_message():
    petra, start = staff("petra"), Barrier(8)

    def run(_):
        start.wait()
        try:
            return tell(petra)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(run, range(8))) == 1
    assert (Notification.objects.count(), Delivery.objects.count()) == (1, 1)


def test_who_left_is_not_told():
    petra = staff("petra")
    User.objects.filter(pk=petra.pk).update(is_active=False)

    assert tell(petra) == 0


def test_reading_is_ones_own_business():
    petra, adam = staff("petra"), staff("adam")
    tell(petra, adam)
    (mine,) = list_notifications(petra.pk)

    with pytest.raises(NotFound):
        mark_read(notification_id=mine.id, user_id=adam.pk, at=clock.now())
    mark_read(notification_id=mine.id, user_id=petra.pk, at=clock.now())
    first_read_at = list_notifications(petra.pk)[0].read_at
    mark_read(notification_id=mine.id, user_id=petra.pk, at=clock.now())

    assert list_notifications(petra.pk)[0].read_at == first_read_at
    assert (count_unread(petra.pk), count_unread(adam.pk)) == (0, 1)


def test_all_read_means_all_that_were_on_the_page():
    petra = staff("petra")
    tell(petra, number=1)
    seen = list_notifications(petra.pk)[0].id
    tell(petra, number=2)

    assert mark_all_read(user_id=petra.pk, upto=seen, at=clock.now()) == 1
    assert [line.title for line in list_notifications(petra.pk) if line.read_at is None] == ["Payout 2 waits"]


def test_what_one_person_did_nobody_has_to_look_at():
    petra, adam = staff("petra"), staff("adam")
    tell(petra, adam)
    (line,) = list_notifications(petra.pk)
    mark_read(notification_id=line.id, user_id=petra.pk, at=clock.now())
    office = signed_in(Client(), petra)
    assert "Waits for you" in office.get("/account/notifications").content.decode()

    assert settle(dedupe="test:1", at=clock.now()) == 2
    assert settle(dedupe="test:1", at=clock.now()) == 0
    assert count_unread(adam.pk) == 0
    page = office.get("/account/notifications").content.decode()
    assert "Settled" in page
    assert "Waits for you" not in page


def test_a_long_list_comes_in_pages():
    petra = staff("petra")
    for number in range(7):
        tell(petra, number=number)
    first = list_notifications(petra.pk, limit=4)
    rest = list_notifications(petra.pk, limit=4, before=first[-1].id)

    assert [line.title for line in [*first, *rest]] == [f"Payout {number} waits" for number in reversed(range(7))]


@pytest.mark.parametrize(
    ("level", "chosen", "wanted"),
    [
        (Level.INFO, None, Wanted(True, False)),
        (Level.WARNING, None, Wanted(True, True)),
        (Level.ACTION_REQUIRED, None, Wanted(True, True)),
        (Level.INFO, {"in_app": False, "by_mail": True}, Wanted(False, True)),
        (Level.WARNING, {"in_app": False, "by_mail": False}, Wanted(False, False)),
        (Level.ACTION_REQUIRED, {"in_app": False, "by_mail": False}, Wanted(True, False)),
        (Level.INFO, "nonsense", Wanted(True, False)),
    ],
)
def test_people_choose_their_ways_but_what_waits_for_them_stays_in_the_app(level, chosen, wanted):
    preferences = {"notifications": {"test": chosen}} if chosen else {}
    assert ways(level, "test", preferences) == wanted


def test_a_choice_is_kept_and_followed():
    petra = staff("petra")
    choose(petra, in_app=False, by_mail=False)
    tell(petra, level=Level.WARNING, number=1)
    tell(petra, level=Level.ACTION_REQUIRED, number=2)

    assert [line.title for line in list_notifications(petra.pk)] == ["Payout 2 waits"]
    assert not Delivery.objects.exists()
    assert tell(petra, level=Level.WARNING, number=1) == 0, "it was told, out of sight"
    choice = next(choice for choice in choices_of(petra.pk) if choice.topic == "test")
    assert (choice.in_app, choice.by_mail, choice.has_actions) == (False, False, True)
    with pytest.raises(Invalid):
        choose_ways(user_id=petra.pk, topic="no.such", in_app=True, by_mail=True, by=actor(petra))


def test_people_from_outside_choose_only_among_what_they_can_be_told():
    maya = portal_user(member("maya"))
    hers = ["security", "my_payments", "my_payouts", "my_payout_methods"]
    assert [choice.topic for choice in choices_of(maya.pk)] == hers
    assert {choice.topic for choice in choices_of(developer().pk)} == {"security", "webhooks"}
    assert {"approvals", "switches", "operations", "security"} <= {
        choice.topic for choice in choices_of(staff("petra").pk)
    }


def test_choosing_leaves_other_preferences_alone():
    petra = staff("petra")
    User.objects.filter(pk=petra.pk).update(preferences={"zone": "Europe/Oslo"})
    choose(petra, in_app=True, by_mail=False)

    assert User.objects.get(pk=petra.pk).preferences == {
        "zone": "Europe/Oslo", "notifications": {"test": {"in_app": True, "by_mail": False}},
    }  # fmt: skip


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE notification SET title = 'other'",
        "DELETE FROM notification",
        "UPDATE notification_delivery SET state = 'SENT', version = version + 1, sent_at = now()",
        "UPDATE notification_delivery SET state = 'SENDING', lease_until = now()",
        "DELETE FROM notification_delivery",
    ],
)
def test_the_database_keeps_what_was_told(sql):
    tell()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


# A process whose broker nobody answers for.
TELL_WITHOUT_A_BROKER = """
import django, time
django.setup()
from foundation import clock
from foundation.identity.models import User
from foundation.notifications.services import notify
began = time.monotonic()
told = notify(recipients=[User.objects.get(name="Petra").pk], notice="letter.parked", dedupe="x:1", at=clock.now(),
              facts={"news_type": "t", "group": "g", "news_id": 1})
print(told, time.monotonic() - began < 10)
"""


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_message_is_kept_and_its_mail_waits():
    staff("petra")

    done = subprocess.run(
        [sys.executable, "-c", TELL_WITHOUT_A_BROKER], cwd=settings.BASE_DIR, capture_output=True, text=True,
        env={**os.environ, "REDIS_URL": "redis://127.0.0.1:1/0"},
    )  # fmt: skip

    assert done.stdout.split() == ["1", "True"], done.stderr
    assert Delivery.objects.get().state == "DUE"


def test_every_process_knows_the_broker():
    """A page that rings must not knock at a broker of nobody's."""
    assert current_app.conf.broker_url == settings.REDIS_URL
