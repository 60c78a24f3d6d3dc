"""The relay: every piece of news gets one place, and the transport holds what Postgres says."""

from django.db import connection, transaction

from foundation.events import publish
from foundation.events.models import Outbox, StreamMark
from foundation.events.relay import Relay
from tests.events.world import (
    BellRang,
    assert_all_heard_once_in_order,
    bells,
    closing,
    drain,
    heard,
    polish,
    ring,
    until,
)


def mark():
    return StreamMark.objects.get(stream="account")


def entries(carrier):
    return [int(entry_id.split("-")[0]) for entry_id, _ in carrier.client.xrange("news:account")]


def test_news_get_places_in_the_order_of_their_numbers(relay, carrier):
    (bell,) = bells(1)
    numbers = [ring(bell) for _ in range(5)]

    drain(relay)

    assert list(Outbox.objects.order_by("position").values_list("id", flat=True)) == numbers
    assert entries(carrier) == [1, 2, 3, 4, 5]
    assert [fields["id"] for _, fields in carrier.client.xrange("news:account")] == [str(n) for n in numbers]
    assert set(carrier.client.xrange("news:account")[0][1]) == {"id", "at", "type"}, (
        "the stream names, it tells nothing"
    )


def test_what_is_not_committed_is_not_said(relay, carrier):
    (bell,) = bells(1)
    with transaction.atomic():
        publish(BellRang(1), key=bell)
        drain(relay)
        assert entries(carrier) == []
    drain(relay)
    assert entries(carrier) == [1]


def test_one_relay_works_and_another_takes_over(relay, carrier):
    (bell,) = bells(1)
    ring(bell)
    drain(relay)
    with closing(Relay(carrier)) as second:
        assert second.turn() is False
        assert second.streams == []

        relay.session.close()
        ring(bell)
        until(lambda: second.look_round() or second.streams)
        drain(second)

        assert sorted(second.streams) == ["account", "fraud", "ops", "payout", "txn"]
        assert entries(carrier) == [1, 2]


def test_a_frozen_relay_that_lost_its_place_adds_nothing(relay, carrier):
    (bell,) = bells(1)
    ring(bell)
    drain(relay)
    placed = relay._give_places(relay._waiting()) if ring(bell) else {}
    relay.session.close()
    with closing(Relay(carrier)) as second:
        until(lambda: second.look_round() or second.streams)
        assert entries(carrier) == [1, 2]
        ring(bell)
        drain(second)

        assert relay._append("account", placed["account"]) is False
        assert entries(carrier) == [1, 2, 3]


def test_places_without_a_message_are_carried_by_the_next_relay(relay, carrier):
    (bell,) = bells(1)
    ring(bell)
    relay.look_round()
    relay._give_places(relay._waiting())
    relay.close()

    with closing(Relay(carrier)) as second:
        until(lambda: second.look_round() or second.streams)
    assert entries(carrier) == [1]


def test_a_flush_is_noticed_and_only_what_is_not_done_is_said_again(relay, consumer, carrier):
    (bell,) = bells(1)
    ring(bell), ring(bell)
    drain(relay, consumer)
    relay.look_round()
    assert (mark().placed, mark().floor) == (2, 2)
    ring(bell)
    drain(relay)

    carrier.client.flushall()
    relay.look_round()

    assert entries(carrier) == [3]
    consumer.turn()
    drain(consumer)
    assert heard() == {str(bell.pk): [1, 2, 3]}


def test_a_flush_between_two_looks_loses_nothing(relay, consumer, carrier):
    (bell,) = bells(1)
    ring(bell), ring(bell)
    drain(relay)

    carrier.client.flushall()
    ring(bell)
    relay.turn()

    assert entries(carrier) == [1, 2, 3]


def test_a_transport_with_a_foreign_past_is_written_again(relay, carrier):
    carrier.client.xadd("news:account", {"id": 99, "at": 1, "type": "x"}, id="50-0")
    (bell,) = bells(1)
    ring(bell)

    drain(relay)

    assert entries(carrier) == [1]


def test_only_what_every_group_has_done_is_trimmed(relay, consumer, carrier):
    (bell,) = bells(1)
    for _ in range(300):
        ring(bell)
    drain(relay)
    relay.look_round()
    assert mark().floor == 0
    drain(consumer)
    relay.look_round()

    assert mark().floor == 300
    assert carrier.client.xlen("news:account") < 300


def test_types_nobody_listens_to_are_acknowledged_without_a_trace(relay, consumer):
    (bell,) = bells(1)
    polish(bell), ring(bell), polish(bell), ring(bell)

    drain(relay, consumer)
    relay.look_round()

    assert heard() == {str(bell.pk): [2, 4]}
    assert mark().floor == 4
    assert_all_heard_once_in_order()


def test_a_platforms_own_transaction_may_tell_news(transactional_db):
    (bell,) = bells(1)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE fanz_tenant")
            cursor.execute(
                "INSERT INTO outbox (stream, type, version, aggregate_type, aggregate_id, sequence, payload) "
                "VALUES ('account', 'test.bell_rang', 1, 'identity.party', %s, 1, '{}') RETURNING id, sequence",
                [str(bell.pk)],
            )
            assert cursor.fetchone()[1] == 1
