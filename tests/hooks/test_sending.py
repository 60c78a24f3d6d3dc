"""Messages arrive signed, in the order of each thing, however often the receiver fails."""

import threading
from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation import clock
from foundation.errors import Conflict
from foundation.hooks import sending
from foundation.hooks.calling import Answer
from foundation.hooks.forgetting import forget_old_messages
from foundation.hooks.models import Attempt, Delivery, Endpoint, Message
from foundation.hooks.replaying import replay_delivery, replay_failed
from foundation.hooks.rules.retrying import LONGEST, PAUSES, TRIED_FOR, pause_after
from foundation.hooks.services import remove_endpoint, rotate_secret, send_test, turn_off, turn_on
from foundation.notifications.models import Notification
from tests.cast import HOUSE, developer
from tests.hooks.receiver import receiving
from tests.hooks.stories import authorised, endpoint, later, payment, send_all, states, the_delivery

pytestmark = pytest.mark.django_db


def of(one):
    return {"endpoint_id": one.pk, "platform_id": one.platform_id, "by": HOUSE, "at": clock.now()}


def test_a_message_arrives_signed_and_says_what_the_platform_may_know():
    with receiving() as receiver:
        endpoint(receiver)
        sale = payment()
        authorised(sale)
        send_all()

    receiver.assert_signed()
    assert [told["data"] for told in receiver.calls] == [
        {
            "payment_id": str(sale.pk), "reference": sale.reference, "fan": "sam", "creator": "maya",
            "amount": {"amount_minor": 999, "currency": "USD"},
        }
    ]  # fmt: skip
    assert receiver.calls[0]["object"] == {"type": "payment", "id": str(sale.pk)}
    assert b"secret-provider" not in receiver.bodies[0]
    message = Message.objects.get()
    assert receiver.headers[0]["webhook-id"] == message.webhook_id
    assert the_delivery().state == "DELIVERED"
    attempt = Attempt.objects.get()
    assert (attempt.status, attempt.error) == (200, "")
    assert "what the receiver said" in attempt.said
    assert "abcdefghijklmnop" not in attempt.said


def test_news_heard_twice_are_told_once_and_to_their_platform_alone():
    with receiving() as ours, receiving() as theirs:
        endpoint(ours)
        endpoint(theirs, slug="girlfanz")
        authorised(payment())
        authorised(payment("girlfanz"))
        send_all()

    assert len(ours.calls) == len(theirs.calls) == 1
    assert ours.calls[0]["data"]["payment_id"] != theirs.calls[0]["data"]["payment_id"]


def test_what_happened_later_waits_for_what_happened_before():
    broken = threading.Event()
    broken.set()
    with receiving(answers=lambda told: 500 if broken.is_set() and told["sequence"] == 2 else 200) as receiver:
        endpoint(receiver)
        sale, other = payment(), payment()
        authorised(sale, 4)
        authorised(other, 2)
        send_all()
        of_sale = [told["sequence"] for told in receiver.calls if told["object"]["id"] == str(sale.pk)]
        assert of_sale == [1, 2]

        broken.clear()
        later(days=1)
        send_all()

    by_object = {}
    for told in receiver.calls:
        by_object.setdefault(told["object"]["id"], []).append(told["sequence"])
    assert by_object == {str(sale.pk): [1, 2, 2, 3, 4], str(other.pk): [1, 2, 2]}


def test_one_thing_that_fails_holds_nothing_else():
    with receiving(answers=lambda told: 500 if told["object"]["id"] == bad else 200) as receiver:
        one = endpoint(receiver)
        first, second = payment(), payment()
        bad = str(first.pk)
        authorised(first)
        authorised(second)
        send_all()
        assert sorted(states(one)) == ["DELIVERED", "DUE"]


def test_a_week_without_a_receiver_loses_nothing_and_keeps_the_order():
    up = threading.Event()
    with receiving(answers=lambda told: 200 if up.is_set() else 503) as receiver:
        one = endpoint(receiver)
        sales = [payment() for _ in range(3)]
        for day in range(7):
            later(days=day)
            for sale in sales:
                authorised(sale)
            send_all()
        assert states(one) == ["DUE"] * 21
        calls_while_down = len(receiver.calls)

        up.set()
        later(days=6, hours=23)
        send_all()

    assert states(one) == ["DELIVERED"] * 21
    taken = receiver.calls[calls_while_down:]
    for sale in sales:
        assert [told["sequence"] for told in taken if told["object"]["id"] == str(sale.pk)] == list(range(1, 8))
    one.refresh_from_db()
    assert (one.state, one.failing_since) == ("ON", None)


def test_after_more_than_a_week_of_nothing_it_is_turned_off_and_loses_nothing():
    dev = developer()
    up = threading.Event()
    with receiving(answers=lambda told: 200 if up.is_set() else 500) as receiver:
        one = endpoint(receiver)
        sale = payment()
        authorised(sale)
        send_all()
        later(days=8)
        send_all()
        one.refresh_from_db()
        assert one.state == "BROKEN"
        authorised(sale)
        up.set()
        send_all()
        assert states(one) == ["DUE", "DUE"]

        turn_on(**of(one))
        send_all()

    assert states(one) == ["DELIVERED", "DELIVERED"]
    assert receiver.sequences()[-2:] == [1, 2]
    assert Notification.objects.get(recipient=dev).path == f"/developers/webhooks/{one.pk}"


def test_only_what_is_refused_for_a_week_while_others_are_taken_is_given_up():
    with receiving(answers=lambda told: 400 if told["object"]["id"] == bad else 200) as receiver:
        one = endpoint(receiver)
        poison, sound = payment(), payment()
        bad = str(poison.pk)
        authorised(poison)
        send_all()
        later(days=3)
        authorised(sound)
        send_all()
        later(days=8)
        authorised(sound)
        send_all()
        assert sorted(states(one)) == ["DELIVERED", "DELIVERED", "GIVEN_UP"]

        bad = ""
        assert replay_failed(since=clock.now() - timedelta(days=30), **of(one)) == 1
        send_all()

    assert set(states(one)) == {"DELIVERED"}
    receiver.assert_signed()


def test_gone_turns_it_off_at_once_and_a_redirect_is_not_followed():
    with receiving() as elsewhere, receiving(answers=lambda told: 302) as receiver:
        receiver.reply_headers = {"Location": elsewhere.url}
        one = endpoint(receiver)
        authorised(payment())
        send_all()
        assert states(one) == ["DUE"]
        receiver.answers = lambda told: 410
        later(hours=1)
        send_all()
    one.refresh_from_db()
    assert (one.state, states(one), elsewhere.calls) == ("BROKEN", ["DUE"], [])


def test_a_new_secret_and_the_old_one_hold_side_by_side_for_a_day():
    with receiving() as receiver:
        one = endpoint(receiver)
        old, new = receiver.secret, rotate_secret(**of(one)).secret
        authorised(payment())
        send_all()
        receiver.assert_signed(old)
        receiver.assert_signed(new)

        later(hours=25)
        receiver.headers.clear()
        receiver.bodies.clear()
        authorised(payment())
        send_all()
    receiver.assert_signed(new)
    assert len(receiver.headers[0]["webhook-signature"].split()) == 1


def test_a_replay_bears_the_old_id_a_fresh_signature_and_the_same_bytes():
    with receiving() as receiver:
        endpoint(receiver)
        authorised(payment())
        send_all()
        done = the_delivery()
        replay_delivery(delivery_id=done.pk, platform_id=done.platform_id, by=HOUSE, at=clock.now())
        send_all()
    receiver.assert_signed()
    assert receiver.bodies[0] == receiver.bodies[1]
    assert receiver.headers[0]["webhook-id"] == receiver.headers[1]["webhook-id"]
    later(days=31)
    with pytest.raises(Conflict, match="too_old"):
        replay_delivery(delivery_id=done.pk, platform_id=done.platform_id, by=HOUSE, at=clock.now())
    assert forget_old_messages(at=clock.now()) == 1
    assert not Delivery.objects.exists()
    assert not Attempt.objects.exists()


def test_an_endpoint_that_is_off_collects_and_one_that_is_removed_does_not():
    with receiving() as receiver:
        one = endpoint(receiver)
        sale = payment()
        turn_off(**of(one))
        authorised(sale, 2)
        send_all()
        assert (states(one), receiver.calls) == (["DUE", "DUE"], [])
        turn_on(**of(one))
        send_all()
        assert receiver.sequences() == [1, 2]
        send_test(**of(one))
        remove_endpoint(**of(one))
        authorised(sale)
        send_all()
    assert states(one) == ["DELIVERED", "DELIVERED", "GIVEN_UP"]
    assert bytes(Endpoint.objects.get(pk=one.pk).secret) == b""


def test_a_runner_that_died_loses_its_claim_and_what_it_says_late_changes_nothing():
    with receiving() as receiver:
        endpoint(receiver)
        authorised(payment())
        (stale,) = sending.claim(1)
        assert sending.claim(1) == []
        Delivery.objects.update(lease_until=clock.now() - timedelta(days=1))
        assert sending.free_expired_leases() == 1
        (fresh,) = sending.claim(1)
        sending.write([(stale, Answer(500, "", "late", 1))])
        assert the_delivery().state == "SENDING"
        sending.write([(fresh, Answer(200, "", "", 1))])
        assert the_delivery().state == "DELIVERED"


def test_a_receiver_that_drips_is_cut_and_others_are_served_meanwhile(monkeypatch):
    monkeypatch.setattr("foundation.hooks.calling.WHOLE_SECONDS", 2.0)
    over = threading.Event()

    def drip(told):
        over.wait(60)
        return 200

    with receiving(answers=drip) as slow, receiving() as quick:
        held, served = endpoint(slow), endpoint(quick)
        authorised(payment())
        send_all()
        over.set()
    assert states(served) == ["DELIVERED"]
    assert states(held) == ["DUE"]
    assert Attempt.objects.get(endpoint=held).error == "too_slow"


def test_pauses_grow_are_spread_and_listen_to_the_receiver():
    pauses = [pause_after(tries, chance=0.5) for tries in range(1, 12)]
    assert pauses == [*PAUSES, LONGEST, LONGEST, LONGEST]
    assert pause_after(1, chance=0.0) < PAUSES[0] < pause_after(1, chance=1.0)
    assert pause_after(1, chance=0.5, asked_for=3600) == timedelta(hours=1)
    assert pause_after(1, chance=0.5, asked_for=10**6) == LONGEST
    assert sum(pauses, timedelta()) < TRIED_FOR


def test_production_sends_to_no_machine_of_its_own(settings):
    assert configured.HOOKS_MAY_CALL_HERE
    with receiving() as receiver:
        endpoint(receiver)
        settings.HOOKS_MAY_CALL_HERE = False
        authorised(payment())
        send_all()
    assert receiver.calls == []
    assert Attempt.objects.get().error == "address_refused"


def test_a_secret_that_cannot_be_opened_holds_nobody_else():
    with receiving() as receiver:
        sealed, sound = endpoint(receiver), endpoint(receiver)
        Endpoint.objects.filter(pk=sealed.pk).update(secret=b"not sealed by us")
        authorised(payment())
        send_all()
    assert (states(sealed), states(sound)) == (["DUE"], ["DELIVERED"])
    assert Attempt.objects.get(endpoint=sealed).error == "not_signed"


def test_one_platform_leaves_room_for_the_others():
    with receiving() as receiver:
        for _ in range(3):
            endpoint(receiver)
        other = endpoint(receiver, slug="girlfanz")
        for _ in range(12):
            authorised(payment(), is_heard=False)
        authorised(payment("girlfanz"))
        assert other.pk in {one.endpoint_id for one in sending.claim(2)}
        claimed = sending.claim(32)
        assert len(claimed) == sending.MOST_OF_PLATFORM - 1
        assert sending.claim(32) == []
        sending.write([(one, Answer(200, "", "", 1)) for one in claimed[:5]])
        assert len(sending.claim(32)) == 5


def test_a_replay_of_all_that_failed_asks_the_state_of_the_row_it_changes():
    """Asked in a subquery it would be that of before the lock, and a delivery claimed meanwhile would break it."""
    with receiving() as receiver:
        one = endpoint(receiver)
    with CaptureQueriesContext(connection) as asked:
        replay_failed(since=clock.now() - timedelta(days=1), **of(one))
    (update,) = [query["sql"] for query in asked if query["sql"].startswith('UPDATE "hook_delivery"')]
    assert '"hook_delivery"."state" IN' in update
    assert 'FROM "hook_delivery"' not in update
