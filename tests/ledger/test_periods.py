"""Closed books stay closed; old months go to an archive and are still proven."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import transaction

from foundation import clock
from foundation.errors import Conflict, NotFound, PayloadMismatch
from foundation.ids import uuid7
from foundation.seal.verify import verify_all
from ledger.errors import PeriodClosed
from ledger.selectors import closed_before, get_balance, get_transfer, list_history, posted_at, posted_at_version
from ledger.services import archive_month, close_period, post, post_many, reverse
from ledger.types import Time
from ledger.verification import verify
from tests.cast import HOUSE
from tests.ledger.books import fees, pay, seal_everything, usd, wallet


def refused(kind, function, *arguments, **named):
    with pytest.raises(kind) as raised, transaction.atomic():
        function(*arguments, **named)
    return raised.value


def days_ago(days):
    return datetime.now(UTC) - timedelta(days=days)


def test_nothing_takes_effect_in_closed_books():
    sam, maya = wallet(1000), wallet()
    border = days_ago(2)
    assert close_period(before=border, by=HOUSE)
    assert not close_period(before=border, by=HOUSE)
    assert closed_before() == border

    late = pay(sam, maya, 5, effective_at=days_ago(3))
    refused(PeriodClosed, post, late)
    refused(PeriodClosed, post_many, [pay(sam, maya, 5), late])
    assert post(pay(sam, maya, 5, effective_at=days_ago(1))).is_new
    assert post(pay(sam, maya, 5, id=late.id)).is_new


def test_a_period_closes_after_its_end_and_for_good():
    refused(Conflict, close_period, before=datetime.now(UTC), by=HOUSE)
    close_period(before=days_ago(2), by=HOUSE)
    refused(PeriodClosed, close_period, before=days_ago(3), by=HOUSE)


def test_a_moved_clock_dates_what_is_posted():
    sam, maya = wallet(1000), wallet()
    clock.move_clock(ahead=timedelta(days=40))
    posted = get_transfer(post(pay(sam, maya, 5)).id)
    clock.move_clock(ahead=timedelta())
    assert timedelta(days=39) < posted.effective_at - posted.recorded_at < timedelta(days=41)


@pytest.mark.parametrize("first", [0, 40])
@pytest.mark.parametrize("later", [0, 40, 41])
def test_a_repeat_that_names_no_time_is_the_first_whatever_the_clock_says(first, later):
    sam, maya = wallet(1000), wallet()
    one, two = pay(sam, maya, 5), pay(sam, maya, 7)
    clock.move_clock(ahead=timedelta(days=first))
    post(one)
    was = get_transfer(one.id)
    clock.move_clock(ahead=timedelta(days=later))

    assert not post(one).is_new
    assert [posted.is_new for posted in post_many([one, two])] == [False, True]
    refused(PayloadMismatch, post, replace(one, effective_at=days_ago(9)))

    assert get_transfer(one.id) == was
    assert abs(get_transfer(two.id).effective_at - clock.now()) < timedelta(minutes=1)
    assert get_balance(maya).posted == usd(12)


@pytest.mark.django_db(transaction=True)
def test_an_archived_month_is_still_read_and_proven(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    sam, maya, house = wallet(1000), wallet(), fees()
    posted = post(pay(sam, maya, 300))
    last_month = (datetime.now(UTC).replace(day=1) - timedelta(days=5)).replace(
        hour=12, minute=0, second=0, microsecond=0
    )
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE ledger_transfer SET recorded_at = %s, effective_at = %s", [last_month, last_month])
        owner.execute("UPDATE ledger_transfer_key SET recorded_at = %s", [last_month])
    seal_everything()
    refused(Conflict, archive_month, month=last_month.date(), by=HOUSE)
    close_period(before=datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0), by=HOUSE)

    part = archive_month(month=last_month.date(), by=HOUSE)
    try:
        assert part == f"ledger_transfer_{last_month:%Y%m}"
        refused(NotFound, archive_month, month=last_month.date(), by=HOUSE)
        assert get_transfer(posted.id).amount == usd(300)
        assert not post(pay(sam, maya, 300, id=posted.id)).is_new
        reverse(posted.id, id=uuid7(), amount=usd(100))
        post(pay(sam, house, 1))
        assert get_balance(sam).posted == usd(799)
        assert posted_at(sam, last_month) == usd(700)
        assert posted_at(sam, last_month, time=Time.EFFECTIVE) == usd(700)
        assert posted_at_version(sam, 1) == usd(1000)
        assert [entry.after.minor for entry in list_history(sam).entries] == [799, 800, 700, 1000]
        seal_everything()
        assert verify_all("ledger").findings == []
        assert verify_all("ledger").rows == 4
        assert verify().findings == []
    finally:
        with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
            first = last_month.replace(day=1, hour=0)
            until = (first + timedelta(days=32)).replace(day=1)
            owner.execute(f"ALTER TABLE ledger_archive DETACH PARTITION {part}")
            owner.execute(
                f"ALTER TABLE ledger_transfer ATTACH PARTITION {part} FOR VALUES FROM ('{first}') TO ('{until}')"
            )
