"""Telling: numbered 1..n per row, together with the change, one by one or as a batch."""

import pytest
from django.db import transaction

from foundation.events import publish, publish_all
from foundation.events.models import Outbox
from foundation.identity.models import Party, Platform
from tests.events.world import BellPolished, BellRang, bells, drain, heard, ring


def test_a_batch_is_numbered_like_single_news(relay, consumer):
    first, second = bells(2)
    ring(first)
    with transaction.atomic():
        publish_all({second: BellRang(1), first: BellRang(2)})
        publish_all({first: BellPolished(3), second: BellRang(4)})

    drain(relay, consumer)

    assert (first.news_seq, second.news_seq) == (3, 2)
    assert heard() == {str(first.pk): [1, 2], str(second.pk): [1, 2]}
    assert Outbox.objects.get(aggregate_id=str(first.pk), sequence=3).payload == {"number": 3}


def test_a_batch_keeps_the_platform_of_each_row(transactional_db):
    places = list(Platform.objects.all())
    with transaction.atomic():
        publish_all({place: BellRang(0) for place in places})
    assert set(Outbox.objects.values_list("aggregate_id", "sequence")) == {
        (str(place.pk), place.news_seq) for place in places
    }


def test_a_batch_of_nothing_tells_nothing(transactional_db):
    with transaction.atomic():
        publish_all({})
    assert not Outbox.objects.exists()


def test_a_batch_refuses_missing_rows_and_two_tables(transactional_db):
    (bell,) = bells(1)
    with transaction.atomic(), pytest.raises(TypeError, match="one table"):
        publish_all({bell: BellRang(1), Platform.objects.first(): BellRang(1)})
    with pytest.raises(RuntimeError, match=r"no identity\.party"), transaction.atomic():
        publish_all({bell: BellRang(1), Party(): BellRang(1)})
    assert not Outbox.objects.exists()


def test_news_are_told_inside_a_transaction(transactional_db):
    (bell,) = bells(1)
    with pytest.raises(RuntimeError, match="inside the transaction"):
        publish(BellRang(1), key=bell)
    with pytest.raises(RuntimeError, match="inside the transaction"):
        publish_all({bell: BellRang(1)})
