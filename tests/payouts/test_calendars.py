"""Days and runs of rails: laid beside published calendars, and no payout waits more than a day for its run."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payouts.calendars import book_on, eta, next_run
from payouts.calendars.days import closed_because, easter, next_open, no_holidays, target, us_federal_reserve
from payouts.calendars.rails import RAILS
from payouts.methods.states import Rail

NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
moments = st.datetimes(datetime(2024, 1, 1), datetime(2040, 12, 31), timezones=st.just(UTC))
with_runs = st.sampled_from([rail for rail, days in RAILS.items() if days.runs])


def test_every_rail_has_its_days():
    assert set(RAILS) == set(Rail.values)


def test_the_federal_reserve_rests_as_it_published():
    assert sorted(us_federal_reserve(2026)) == [
        date(2026, 1, 1), date(2026, 1, 19), date(2026, 2, 16), date(2026, 5, 25), date(2026, 6, 19), date(2026, 7, 4),
        date(2026, 9, 7), date(2026, 10, 12), date(2026, 11, 11), date(2026, 11, 26), date(2026, 12, 25),
    ]  # fmt: skip
    assert not closed_because(date(2026, 7, 3), us_federal_reserve)
    assert closed_because(date(2027, 7, 5), us_federal_reserve) == "Independence Day"
    assert closed_because(date(2023, 1, 2), us_federal_reserve) == "New Year's Day"


def test_target_rests_as_it_published():
    assert sorted(target(2026)) == [
        date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 12, 25), date(2026, 12, 26),
    ]  # fmt: skip
    easters = {2024: (3, 31), 2025: (4, 20), 2026: (4, 5), 2027: (3, 28), 2038: (4, 25)}
    assert {year: (easter(year).month, easter(year).day) for year in easters} == easters


@given(st.dates(date(2020, 1, 1), date(2060, 1, 1)), st.integers(0, 10), st.sampled_from([us_federal_reserve, target]))
def test_a_banking_day_is_open_and_as_many_open_days_later(day, more, holidays):
    found = next_open(day, holidays, more)
    assert not closed_because(found, holidays)
    between = (day + timedelta(days=n) for n in range((found - day).days + 1))
    assert sum(not closed_because(one, holidays) for one in between) == more + 1
    assert next_open(day, no_holidays) - day <= timedelta(days=2)


@settings(max_examples=300)
@given(with_runs, moments)
def test_the_next_run_is_soon_and_stands_in_the_table(rail, at):
    run, days = next_run(rail, at), RAILS[rail]
    assert at <= run <= at + timedelta(hours=25)
    assert run.astimezone(days.zone).time() in days.runs
    assert next_run(rail, run) == run
    assert next_run(rail, run + timedelta(microseconds=1)) > run


@settings(max_examples=300)
@given(with_runs, moments, st.timedeltas(timedelta(0), timedelta(days=5)))
def test_who_comes_later_is_never_there_before(rail, at, later):
    first, second = eta(rail, at), eta(rail, at + later)
    assert first.sent_by <= second.sent_by
    assert first.arrives_by <= second.arrives_by
    assert at < first.sent_by <= first.arrives_by
    assert first.why
    booked = book_on(rail, next_run(rail, at))
    assert not closed_because(booked, RAILS[rail].holidays)
    assert booked >= next_run(rail, at).astimezone(RAILS[rail].zone).date()


@given(st.sampled_from(["paxum", "epayservice"]), moments)
def test_rails_that_never_rest_are_told_at_once(rail, at):
    assert next_run(rail, at) == at
    assert eta(rail, at).sent_by - at == timedelta(hours=1)


def test_clocks_that_change_move_no_run():
    assert next_run("ach", datetime(2026, 3, 6, 18, tzinfo=UTC)) == datetime(2026, 3, 6, 21, tzinfo=UTC)
    assert next_run("ach", datetime(2026, 3, 9, 18, tzinfo=UTC)) == datetime(2026, 3, 9, 20, tzinfo=UTC)
    assert next_run("sepa", datetime(2026, 3, 27, 8, 30, tzinfo=UTC)) == datetime(2026, 3, 27, 9, tzinfo=UTC)
    assert next_run("sepa", datetime(2026, 3, 30, 8, 30, tzinfo=UTC)) == datetime(2026, 3, 30, 11, tzinfo=UTC)


def test_a_long_weekend_is_named():
    friday = datetime(2026, 5, 22, 16, 30, tzinfo=NEW_YORK)
    found = eta("ach", friday)
    assert found.sent_by == datetime.combine(date(2026, 5, 23), time(8, 30), NEW_YORK)
    assert found.arrives_by == datetime.combine(date(2026, 5, 27), time(17), NEW_YORK)
    assert found.why == (
        "Sent with the run of Saturday, 23 May at 08:00 (New York time). It is booked on Wednesday, 27 May. "
        "Nobody works on Saturday, Sunday, Monday, 25 May (Memorial Day)."
    )


@pytest.mark.parametrize(
    ("rail", "at", "day"),
    [
        ("ach", datetime(2026, 3, 2, 16, tzinfo=NEW_YORK), date(2026, 3, 3)),
        ("ach", datetime(2026, 3, 2, 17, 1, tzinfo=NEW_YORK), date(2026, 3, 4)),
        ("ach", datetime(2026, 12, 24, 12, tzinfo=NEW_YORK), date(2026, 12, 28)),
        ("sepa", datetime(2026, 4, 2, 13, tzinfo=BERLIN), date(2026, 4, 2)),
        ("sepa", datetime(2026, 4, 2, 17, tzinfo=BERLIN), date(2026, 4, 7)),
        ("wire", datetime(2026, 7, 3, 14, tzinfo=NEW_YORK), date(2026, 7, 3)),
        ("crypto", datetime(2026, 3, 7, 9, tzinfo=UTC), date(2026, 3, 9)),
    ],
)
def test_the_bank_books_on_its_own_days(rail, at, day):
    assert book_on(rail, at) == day
