"""Consumers: each piece of news has one effect per group, in order, whatever is delivered how often."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from foundation.events import listening, publish
from foundation.events.transport import Entry, Message
from foundation.inbox import cursors
from foundation.inbox.consuming import Consumer
from foundation.inbox.models import Group, InboxEntry
from foundation.inbox.selectors import unaccounted
from foundation.inbox.services import hear_again
from tests.events import world
from tests.events.world import (
    GROUP,
    HEARER,
    BellRang,
    assert_all_heard_once_in_order,
    bells,
    closing,
    count_heard,
    drain,
    heard,
    ring,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_news_of_many_aggregates_are_applied_once_in_order(relay, consumer):
    ringing = bells(5)
    for number in range(20):
        for bell in ringing:
            ring(bell, number)

    drain(relay, consumer)

    assert heard() == {str(bell.pk): list(range(1, 21)) for bell in ringing}
    assert InboxEntry.objects.filter(group=GROUP).count() == 100
    assert unaccounted(GROUP) == []


def test_a_message_may_come_twice_late_and_out_of_order(relay, consumer, carrier):
    (bell,) = bells(1)
    numbers = [ring(bell) for _ in range(4)]
    drain(relay)
    at = datetime.now(UTC)
    third, first, last = (Message("account", Entry(p, numbers[p - 1], at, BellRang.type)) for p in (3, 1, 4))

    consumer.apply([third])
    assert heard() == {str(bell.pk): [1, 2, 3]}, "what was missing before it is read from Postgres"
    consumer.apply([first, third])
    consumer.apply([last, last])

    assert heard() == {str(bell.pk): [1, 2, 3, 4]}


def test_two_readers_racing_for_the_same_news_have_one_effect(relay, consumer, carrier):
    ringing = bells(10)
    told = [(ring(bell, number), datetime.now(UTC)) for number in range(30) for bell in ringing]
    messages = [Message("account", Entry(p, number, at, BellRang.type)) for p, (number, at) in enumerate(told, 1)]
    start, failures = threading.Barrier(4), []

    def read(order):
        racer = Consumer(GROUP, carrier)
        try:
            start.wait()
            for first in range(0, len(order), 50):
                racer.apply(order[first : first + 50])
        except Exception as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connection.close()

    orders = (messages, messages[::-1], messages[150:] + messages[:150], messages)
    threads = [threading.Thread(target=read, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert heard() == {str(bell.pk): list(range(1, 31)) for bell in ringing}


def test_what_a_handler_did_vanishes_when_it_fails(relay, consumer, monkeypatch):
    (bell,) = bells(1)

    def half(news):
        world.write_down(news)
        raise RuntimeError("after the effect")

    monkeypatch.setitem(consumer.handlers, BellRang.type, [half])
    ring(bell)
    drain(relay, consumer)

    assert count_heard() == 0
    assert InboxEntry.objects.count() == 0


def test_an_error_at_the_commit_is_the_handlers_error(relay, consumer, hasty, monkeypatch):
    (bell,) = bells(1)

    def break_at_commit(news):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            cursor.execute("UPDATE party SET alias_of_id = gen_random_uuid() WHERE id = %s", [str(bell.pk)])

    monkeypatch.setitem(consumer.handlers, BellRang.type, [break_at_commit])
    ring(bell)
    drain(relay, consumer)

    assert [letter.error.split(":")[0] for letter in world.letters()] == ["IntegrityError"]


def test_handlers_of_one_type_share_a_transaction(relay, consumer, monkeypatch):
    (bell,) = bells(1)
    seen = []
    monkeypatch.setitem(consumer.handlers, BellRang.type, [world.write_down, lambda news: seen.append(news.payload)])
    ring(bell, 7)
    drain(relay, consumer)

    assert seen == [{"number": 7, "poison": False}]
    assert count_heard() == 1


def test_a_wrong_time_in_a_message_costs_a_look_but_no_news(relay, consumer):
    (bell,) = bells(1)
    consumer.apply([Message("account", Entry(1, ring(bell), NOON, BellRang.type))])
    assert heard() == {str(bell.pk): [1]}


def test_a_new_group_hears_everything_from_the_beginning(relay, consumer, carrier, monkeypatch):
    (bell,) = bells(1)
    for _ in range(300):
        ring(bell)
    drain(relay, consumer)
    relay.look_round()
    monkeypatch.setattr(listening, "_groups", {**world.HEARERS, world.OTHER: {BellRang.type: [world.write_down]}})

    with closing(Consumer(world.OTHER, carrier, wait=0.01)) as other:
        other.turn()
        relay.look_round()
        drain(other, consumer)
        drain(other, consumer)

    assert Group.objects.count() == 2
    assert InboxEntry.objects.filter(group=world.OTHER).count() == 300
    assert InboxEntry.objects.filter(group=GROUP).count() == 300, "the others heard nothing twice"


def test_news_said_again_have_no_second_effect(relay, consumer, carrier):
    (bell,) = bells(1)
    numbers = [ring(bell) for _ in range(300)]
    drain(relay, consumer)
    relay.look_round()

    assert hear_again(from_id=numbers[100], by=HEARER, at=NOON) == 1
    relay.look_round()
    assert carrier.extents(["account"])["account"] == (101, 300)
    drain(consumer)
    drain(relay, consumer)

    assert heard() == {str(bell.pk): list(range(1, 301))}


def test_a_dead_readers_messages_are_taken_over(relay, consumer, carrier, monkeypatch):
    monkeypatch.setattr("foundation.events.transport.DEAD_AFTER_SECONDS", 0)
    (bell,) = bells(1)
    ring(bell), ring(bell)
    drain(relay)
    consumer._join()
    dead = carrier.read(GROUP, "dead", ["account"], most=10, wait=0.01)
    assert len(dead) == 2

    consumer._reclaim_at = 0
    drain(consumer)

    assert heard() == {str(bell.pk): [1, 2]}
    assert carrier.progress("account")[GROUP].pending == 0


def test_a_reader_that_leaves_forgets_nothing(relay, consumer, carrier):
    (bell,) = bells(1)
    ring(bell)
    drain(relay)
    consumer._join()
    carrier.read(GROUP, consumer.name, ["account"], most=10, wait=0.01)

    consumer.close()

    assert carrier.progress("account")[GROUP].pending == 1


def test_a_long_backlog_of_one_aggregate_is_applied_in_pieces(relay, consumer, carrier, monkeypatch):
    monkeypatch.setitem(cursors.read_due.__kwdefaults__, "most", 7)
    first, second = bells(2)
    for _ in range(25):
        ring(first), ring(second)
    drain(relay, consumer)

    assert heard() == {str(first.pk): list(range(1, 26)), str(second.pk): list(range(1, 26))}


def test_publishing_outside_a_transaction_is_refused(transactional_db):
    (bell,) = bells(1)
    with pytest.raises(RuntimeError, match="inside the transaction"):
        publish(BellRang(1), key=bell)


def test_news_of_a_vanished_change_vanish(relay, consumer):
    (bell,) = bells(1)
    with transaction.atomic():
        publish(BellRang(1), key=bell)
        transaction.set_rollback(True)
    ring(bell)
    drain(relay, consumer)

    assert heard() == {str(bell.pk): [1]}
    assert_all_heard_once_in_order()
