"""Mail leaves once: whatever the server says, and wherever the worker dies."""

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.conf import settings as configured
from django.db import connection

from foundation import clock
from foundation.errors import Conflict
from foundation.identity.models import User
from foundation.notifications import delivering
from foundation.notifications.delivering import deliver_due, free_expired_leases
from foundation.notifications.models import Delivery
from foundation.notifications.rules.retrying import LONGEST_PAUSE, MOST_ATTEMPTS, pause_after
from foundation.notifications.services import send_again
from foundation.notifications.states import Level, State
from foundation.switches.selectors import nearby
from foundation.switches.services import stop_switch
from tests.cast import actor, staff, user_called
from tests.notifications.stories import mail_to, tell

pytestmark = pytest.mark.django_db


def leases_run_out():
    Delivery.objects.filter(state=State.SENDING).update(lease_until=clock.now() - timedelta(seconds=1))
    return free_expired_leases()


def test_a_mail_says_what_the_message_says_and_bears_our_reference(postbox):
    petra = staff("petra")
    tell(petra)

    assert deliver_due() == 1

    delivery = mail_to(petra)
    assert (delivery.state, delivery.attempts, delivery.error) == (State.SENT, 1, "")
    ((message_id, recipient, content),) = postbox.taken
    assert (message_id, recipient) == (delivery.message_id, petra.email)
    mail = message_from_bytes(content, policy=policy.default)
    assert mail["Subject"] == "Payout 1 waits"
    text, html = (part.get_content() for part in mail.iter_parts())
    assert "Hello Petra," in text
    assert "http://localhost:8000/ops/approvals" in text
    assert "Look at it by Friday." in html
    assert deliver_due() == 0


def test_names_cannot_become_markup_or_headers(postbox):
    eve = user_called("eve")
    User.objects.filter(pk=eve.pk).update(name="<b>Eve</b>")
    tell(eve, number="1\r\nBcc: all@example.com\r\n.\r\n")

    deliver_due()

    ((_, recipient, content),) = postbox.taken
    mail = message_from_bytes(content, policy=policy.default)
    assert (recipient, mail["Bcc"]) == (eve.email, None)
    text, html = (part.get_content() for part in mail.iter_parts())
    assert "Hello <b>Eve</b>," in text
    assert "&lt;b&gt;Eve" in html


@pytest.mark.parametrize(
    ("mood", "state", "copies"),
    [
        ("busy", State.DUE, 0),
        ("full", State.DUE, 0),
        ("no such mailbox", State.FAILED, 0),
        ("silent", State.UNKNOWN, 1),
    ],
)
def test_each_answer_of_the_server_has_its_consequence(postbox, mood, state, copies):
    petra = staff("petra")
    tell(petra)
    postbox.mood = mood

    assert deliver_due() == 0

    delivery = mail_to(petra)
    assert (delivery.state, len(postbox.taken)) == (state, copies)
    assert delivery.error
    assert petra.email not in delivery.error
    assert delivery.lease_until is None


def test_a_refusal_for_now_is_tried_again_after_a_pause(postbox):
    petra = staff("petra")
    tell(petra)
    postbox.mood = "busy"
    deliver_due()
    postbox.mood = ""
    assert deliver_due() == 0, "not before its time"

    clock.move_clock(ahead=timedelta(seconds=11))
    assert deliver_due() == 1
    assert mail_to(petra).attempts == 2
    assert len(postbox.taken) == 1


def test_one_bad_mailbox_does_not_hold_up_the_others(postbox):
    eve = user_called("eve")
    User.objects.filter(pk=eve.pk).update(email="évé@fanzmoney.example")
    tell(eve, staff("petra"), staff("adam"))

    assert deliver_due() == 2
    assert mail_to(eve).state == State.FAILED


def test_without_a_server_nothing_is_lost_and_one_try_is_enough_for_now(settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    tell(staff("petra"), staff("adam"))

    assert deliver_due() == 0

    assert Counter(Delivery.objects.values_list("state", "attempts")) == {(State.DUE, 1): 1, (State.DUE, 0): 1}


def test_pauses_grow_to_an_hour_and_end():
    pauses = [pause_after(attempts) for attempts in range(1, MOST_ATTEMPTS)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(seconds=10), LONGEST_PAUSE)


def test_after_many_tries_a_person_decides(postbox):
    petra, adam = staff("petra"), staff("adam")
    tell(petra)
    postbox.mood = "busy"
    Delivery.objects.update(attempts=MOST_ATTEMPTS - 1)
    deliver_due()
    assert mail_to(petra).state == State.FAILED

    postbox.mood = ""
    send_again(delivery_id=mail_to(petra).pk, by=actor(adam), at=clock.now())
    assert deliver_due() == 1
    with pytest.raises(Conflict):
        send_again(delivery_id=mail_to(petra).pk, by=actor(adam), at=clock.now())


def test_a_closed_account_gets_no_mail(postbox):
    petra = staff("petra")
    tell(petra)
    User.objects.filter(pk=petra.pk).update(is_active=False)

    assert deliver_due() == 0
    assert (mail_to(petra).state, postbox.taken) == (State.FAILED, [])


def test_mail_may_have_left_then_only_what_waits_for_a_person_goes_out_again(postbox):
    petra, adam = staff("petra"), staff("adam")
    tell(petra, level=Level.WARNING)
    tell(adam, level=Level.ACTION_REQUIRED)
    postbox.mood = "silent"
    deliver_due()
    deliver_due()
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.UNKNOWN}

    postbox.mood = ""
    free_expired_leases()
    assert deliver_due() == 1
    assert mail_to(petra).state == State.UNKNOWN
    assert mail_to(adam).state == State.SENT
    assert Counter(postbox.message_ids) == {mail_to(petra).message_id: 1, mail_to(adam).message_id: 2}
    free_expired_leases()
    assert deliver_due() == 0


def test_while_the_switch_is_off_mail_waits(postbox):
    petra = staff("petra")
    tell(petra)
    stop_switch(key="notifications.mail", reason="Drill", by=actor(staff("eva")), at=clock.now())
    nearby.forget()

    assert deliver_due() == 0
    assert (mail_to(petra).state, mail_to(petra).attempts) == (State.DUE, 0)


def test_a_worker_that_slept_beyond_its_lease_neither_sends_nor_writes(postbox, monkeypatch):
    petra = staff("petra")
    tell(petra)
    compose = delivering.compose

    def sleep_first(delivery):
        monkeypatch.setattr(delivering, "compose", compose)
        assert leases_run_out() == 1
        assert deliver_due() == 1
        return compose(delivery)

    monkeypatch.setattr(delivering, "compose", sleep_first)
    assert deliver_due() == 0
    assert (mail_to(petra).state, len(postbox.taken)) == (State.SENT, 1)


@pytest.mark.django_db(transaction=True)
def test_four_workers_send_each_mail_once(postbox):
    users = [user_called(f"reader{number}") for number in range(30)]
    tell(*users)

    def work(_):
        try:
            return deliver_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(work, range(4))) == 30
    assert max(Counter(postbox.message_ids).values()) == 1
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.SENT}


# One process per crash point; each takes the oldest mail that is due and dies with it.
SEND_AND_DIE = """
import os, signal, sys
import django
django.setup()
from foundation import crash
from foundation.notifications.delivering import deliver_due

for point in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        crash._armed = frozenset([point])
        deliver_due(most=1)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, (point, status)
"""
# Where the worker dies: copies that arrive of what is only worth knowing, and of what waits for a person.
COPIES = {
    "notifications.claimed": (1, 1),
    "notifications.before_handing_over": (1, 1),
    "notifications.handing_over": (0, 1),
    "notifications.answered": (1, 2),
    "notifications.written": (1, 1),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("level", [Level.WARNING, Level.ACTION_REQUIRED])
def test_killed_at_each_point_no_mail_is_sent_twice_but_what_waits_for_a_person(postbox, level):
    users = [user_called(f"reader{number}") for number in range(len(COPIES))]
    for user in users:
        tell(user, level=level)
    done = subprocess.run(
        [sys.executable, "-c", SEND_AND_DIE, *COPIES], cwd=configured.BASE_DIR, capture_output=True, text=True,
        env={**os.environ, "EMAIL_URL": f"smtp://127.0.0.1:{postbox.port}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

    assert leases_run_out() == len(COPIES) - 1
    deliver_due()

    arrived = Counter(postbox.message_ids)
    for (point, copies), user in zip(COPIES.items(), users, strict=True):
        expected = copies[level is Level.ACTION_REQUIRED]
        assert arrived[mail_to(user).message_id] == expected, point
    states = Counter(Delivery.objects.values_list("state", flat=True))
    assert states == ({State.SENT: 5} if level is Level.ACTION_REQUIRED else {State.SENT: 3, State.UNKNOWN: 2})
