import os
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection

from foundation import clock
from foundation.clock.apps import rights_on_the_clock
from foundation.errors import Forbidden


@pytest.fixture(autouse=True)
def fresh_clock():
    clock.forget()
    yield
    clock.forget()


@pytest.mark.django_db
def test_the_clock_is_the_databases_and_moves_for_both():
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)

    clock.move_clock(ahead=timedelta(days=3))

    assert abs(clock.now() - datetime.now(UTC) - timedelta(days=3)) < timedelta(seconds=5)
    with connection.cursor() as cursor:
        cursor.execute("SELECT fanz_now() - clock_timestamp()")
        assert abs(cursor.fetchone()[0] - timedelta(days=3)) < timedelta(seconds=1)


@pytest.mark.django_db
@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(hours=1), timedelta(days=400)])
def test_a_machine_whose_time_jumps_records_the_databases(monkeypatch, jump):
    before = clock.now()

    class Jumped(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + jump

    monkeypatch.setattr(clock, "datetime", Jumped)
    assert before <= clock.now() < before + timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_where_real_people_live_the_database_lets_nobody_move_the_clock(settings):
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        settings.CLOCK_MAY_MOVE = False
        owner.execute(rights_on_the_clock())
        try:
            settings.CLOCK_MAY_MOVE = True  # as if a setting were forged
            with pytest.raises(DatabaseError, match="permission denied"):
                clock.move_clock(ahead=timedelta(days=3))
            assert clock.is_moved() is False
        finally:
            owner.execute(rights_on_the_clock())
    clock.move_clock(ahead=timedelta(days=3))
    assert clock.is_moved() is True


@pytest.mark.django_db
def test_where_real_people_live_the_clock_stands_fast(settings):
    settings.CLOCK_MAY_MOVE = False

    with pytest.raises(Forbidden):
        clock.move_clock(ahead=timedelta(days=3))
