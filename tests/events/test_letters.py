"""Letters: what cannot be applied is tried five times and parked; its aggregate waits, all others go on."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import connection

from foundation.actors import Actor, ActorKind
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict
from foundation.events import listening
from foundation.events.listening import News
from foundation.events.models import Outbox
from foundation.inbox import cursors
from foundation.inbox import letters as letter_services
from foundation.inbox.consuming import Consumer
from foundation.inbox.letters import reopen_forged
from foundation.inbox.models import Letter
from foundation.inbox.selectors import acknowledged_unapplied, count_letters, list_parked, unaccounted
from foundation.inbox.services import replay_letter
from foundation.inbox.states import LetterState
from tests.events import world
from tests.events.world import (
    GROUP,
    BellRang,
    assert_all_heard_once_in_order,
    bells,
    closing,
    count_heard,
    drain,
    heard,
    letters,
    ring,
    until,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDA = Actor(ActorKind.USER, "ida")


def parked_scene(relay, consumer):
    """Two bells; the second piece of news of the first is poison."""
    bad, good = bells(2)
    ring(bad), ring(good), ring(bad, 2, poison=True), ring(bad), ring(good), ring(bad)
    drain(relay, consumer)
    for _ in range(5):
        consumer.retry_letters()
    return bad, good


def heal(monkeypatch, consumer):
    def tolerant(news: News) -> None:
        world.record("test.heard", by=world.HEARER, subject=news.aggregate, event=news.id, sequence=news.sequence)

    monkeypatch.setitem(consumer.handlers, BellRang.type, [tolerant])


def test_poison_is_parked_after_five_tries_and_only_its_aggregate_waits(relay, consumer, hasty):
    bad, good = parked_scene(relay, consumer)

    (letter,) = letters()
    assert (letter.state, letter.tries, letter.sequence, letter.event_type) == ("parked", 5, 2, "test.bell_rang")
    assert letter.error == "ValueError: poison 2", "the database's DETAIL line may quote a person"
    assert heard() == {str(bad.pk): [1], str(good.pk): [1, 2]}
    assert [facts.waiting_behind for facts in list_parked()] == [2]
    assert count_letters() == {(GROUP, "parked"): 1}
    assert unaccounted(GROUP) == []


def test_the_handler_is_called_five_times_and_no_more(relay, consumer, hasty, monkeypatch):
    (bad,) = bells(1)
    calls = []

    def failing(news: News) -> None:
        calls.append(news.sequence)
        raise ValueError

    monkeypatch.setitem(consumer.handlers, BellRang.type, [failing])
    ring(bad), ring(bad)
    drain(relay, consumer)
    for _ in range(8):
        consumer.retry_letters()

    assert calls == [1] * 5


def test_an_alarm_is_raised_and_the_move_is_on_record(relay, consumer, hasty):
    parked_scene(relay, consumer)

    (letter,) = letters()
    (alarm,) = Outbox.objects.filter(stream="ops")
    assert (alarm.type, alarm.aggregate_id) == ("letter.parked", str(letter.pk))
    assert alarm.payload == {
        "letter_id": letter.pk, "group": GROUP, "news_id": letter.event_id, "news_type": "test.bell_rang",
        "error": "ValueError",
    }  # fmt: skip
    (moved,) = AuditRecord.objects.filter(action="letter.moved")
    assert (moved.actor, moved.facts["after"], moved.reason) == ("system:inbox", "parked", "ValueError")


def test_later_news_of_a_parked_aggregate_wait_and_say_so(relay, consumer, hasty):
    bad, good = parked_scene(relay, consumer)
    ring(bad), ring(good)
    drain(relay, consumer)

    assert heard() == {str(bad.pk): [1], str(good.pk): [1, 2, 3]}
    assert [facts.waiting_behind for facts in list_parked(group=GROUP)] == [3]


def test_a_replayed_letter_is_applied_with_what_waited_behind_it(relay, consumer, hasty, monkeypatch):
    bad, good = parked_scene(relay, consumer)
    (letter,) = letters()
    heal(monkeypatch, consumer)

    replay_letter(letter.pk, by=IDA, at=NOON)
    consumer.retry_letters()

    letter.refresh_from_db(fields=["state", "settled_at"])
    assert letter.state == LetterState.SETTLED
    assert heard() == {str(bad.pk): [1, 2, 3, 4], str(good.pk): [1, 2]}
    ring(bad)
    drain(relay, consumer)
    assert heard()[str(bad.pk)] == [1, 2, 3, 4, 5]
    assert AuditRecord.objects.get(action="letter.moved", actor="user:ida").facts["after"] == "trying"
    assert list(Outbox.objects.filter(stream="ops").values_list("type", flat=True)) == [
        "letter.parked",
        "letter.settled",
    ]


def test_a_replay_that_fails_again_is_parked_again(relay, consumer, hasty):
    parked_scene(relay, consumer)
    (letter,) = letters()

    replay_letter(letter.pk, by=IDA, at=NOON)
    for _ in range(6):
        consumer.retry_letters()

    letter.refresh_from_db(fields=["state", "tries"])
    assert (letter.state, letter.tries) == ("parked", 5)
    assert Outbox.objects.filter(type="letter.parked").count() == 2


def test_only_a_parked_letter_can_be_replayed(relay, consumer, hasty, monkeypatch):
    parked_scene(relay, consumer)
    (letter,) = letters()
    replay_letter(letter.pk, by=IDA, at=NOON)
    with pytest.raises(Conflict):
        replay_letter(letter.pk, by=IDA, at=NOON)


def test_poison_behind_poison_gets_a_letter_of_its_own(relay, consumer, hasty, monkeypatch):
    (bad,) = bells(1)
    ring(bad, 1, poison=True), ring(bad, 2), ring(bad, 3, poison=True), ring(bad, 4)
    drain(relay, consumer)
    for _ in range(5):
        consumer.retry_letters()
    original = world.write_down

    def forgiving_the_first(news: News) -> None:
        if news.sequence == 1:
            world.record("test.heard", by=world.HEARER, subject=news.aggregate, event=news.id, sequence=1)
        else:
            original(news)

    monkeypatch.setitem(consumer.handlers, BellRang.type, [forgiving_the_first])
    replay_letter(letters()[0].pk, by=IDA, at=NOON)
    for _ in range(6):
        consumer.retry_letters()

    assert [(letter.sequence, letter.state) for letter in letters()] == [(1, "settled"), (3, "parked")]
    assert heard() == {str(bad.pk): [1, 2]}


def test_a_try_is_counted_before_it_runs_so_that_a_deadly_one_ends(relay, consumer, hasty, monkeypatch):
    (bad,) = bells(1)
    monkeypatch.setattr(letter_services, "LEASE", letter_services.BACKOFF[0])
    consumer._letters_at = float("inf")
    ring(bad, 1, poison=True)
    drain(relay, consumer)
    while next(letter_services.claim_due(GROUP), None):
        pass  # the reader dies here, again and again

    (letter,) = letters()
    assert (letter.state, letter.tries, letter.error) == ("parked", 5, "the reader died with it")


def test_news_readers_keep_dying_with_become_letters(relay, consumer, carrier, monkeypatch):
    monkeypatch.setattr("foundation.events.transport.DEAD_AFTER_SECONDS", 0)
    (bell,) = bells(1)
    ring(bell)
    drain(relay)
    consumer._join()
    carrier.read(GROUP, "dead", ["account"], most=10, wait=0.01)
    for name in ("dead too", "also dead", "dead as well"):
        carrier.reclaim(GROUP, name, ["account"], most=10)

    consumer._reclaim_at = 0
    consumer.turn()

    (letter,) = letters()
    assert (letter.state, letter.tries, letter.error) == ("trying", 1, "the reader died with it")
    assert heard() == {}
    Letter.objects.update(next_try_at=NOON)
    consumer.retry_letters()
    assert heard() == {str(bell.pk): [1]}


def test_a_group_that_fails_at_our_own_alarm_makes_no_more_of_them(relay, consumer, carrier, hasty, monkeypatch):
    parked_scene(relay, consumer)

    def deaf(news: News) -> None:
        raise ValueError("deaf")

    monkeypatch.setattr(listening, "_groups", {**world.HEARERS, "deaf": {"letter.parked": [deaf]}})
    with closing(Consumer("deaf", carrier, wait=0.01)) as other:
        drain(relay, other)
        for _ in range(6):
            other.retry_letters()

    assert count_letters() == {(GROUP, "parked"): 1, ("deaf", "parked"): 1}
    assert Outbox.objects.filter(type="letter.parked").count() == 1


def test_the_inbox_refuses_a_second_effect_even_if_the_cursor_were_wrong(relay, consumer, hasty):
    (bell,) = bells(1)
    ring(bell)
    drain(relay, consumer)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inbox_cursor SET sequence = 0")
    carrier_message = consumer.carrier.client.xrange("news:account")[0]
    news = Outbox.objects.get(pk=int(carrier_message[1]["id"]))
    consumer.apply_one_by_one(cursors.Aggregate(news.aggregate_type, news.aggregate_id), 1)

    assert count_heard() == 1
    assert letters()[0].error.startswith("IntegrityError")


def test_parked_letters_are_replayed_by_command(relay, consumer, hasty, monkeypatch, capsys):
    bad, _ = parked_scene(relay, consumer)
    heal(monkeypatch, consumer)

    call_command("events_replay", "--parked", "--group", "nobody", "--json")
    assert letters()[0].state == "parked"
    call_command("events_replay", "--parked", "--dry-run", "--json")
    assert letters()[0].state == "parked"
    call_command("events_replay", "--parked", "--json")
    consumer.retry_letters()

    assert heard()[str(bad.pk)] == [1, 2, 3, 4]


def test_news_that_somebody_else_acknowledged_are_found_and_applied(relay, consumer, carrier, hasty):
    (bell, other) = bells(2)
    ring(other)
    drain(relay, consumer)
    ring(bell), ring(bell)
    drain(relay)
    assert acknowledged_unapplied(GROUP, carrier=carrier) == [], "what waits to be heard is not missing"

    carrier.client.xreadgroup(GROUP, "thief", {"news:account": ">"})
    carrier.client.xack("news:account", GROUP, "2-0", "3-0")
    relay.look_round()
    drain(consumer)
    assert heard() == {str(other.pk): [1]}

    lost = acknowledged_unapplied(GROUP, carrier=carrier)
    assert len(lost) == 2
    assert reopen_forged(GROUP, lost) == 2
    until(lambda: drain(consumer) or len(heard()) == 2)

    assert heard() == {str(other.pk): [1], str(bell.pk): [1, 2]}
    assert acknowledged_unapplied(GROUP, carrier=carrier) == []
    assert_all_heard_once_in_order()
