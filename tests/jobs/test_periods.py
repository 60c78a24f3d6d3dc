from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.jobs.periods import MONTH, Period, ended_since, last_ended, period_at

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("every", "at", "start", "end"),
    [
        (HOUR, utc(2026, 3, 1, 12, 59, 59), utc(2026, 3, 1, 12), utc(2026, 3, 1, 13)),
        (HOUR, utc(2026, 3, 1, 13), utc(2026, 3, 1, 13), utc(2026, 3, 1, 14)),
        (DAY, utc(2028, 2, 29, 23, 59), utc(2028, 2, 29), utc(2028, 3, 1)),
        (MONTH, utc(2028, 2, 29, 23, 59), utc(2028, 2, 1), utc(2028, 3, 1)),
        (MONTH, utc(2026, 12, 31, 23, 59), utc(2026, 12, 1), utc(2027, 1, 1)),
        (MONTH, utc(2026, 1, 31), utc(2026, 1, 1), utc(2026, 2, 1)),
    ],
)
def test_a_moment_lies_in_one_period(every, at, start, end):
    assert period_at(every, at) == Period(start, end)


def test_summer_time_makes_no_hour_twice_and_none_missing():
    before_the_change = datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=1)))
    hours = list(ended_since(HOUR, before_the_change - HOUR, before_the_change + 24 * HOUR))
    assert len(hours) == 24
    assert all(later.start == earlier.end for earlier, later in pairwise(hours))


def test_a_leap_year_has_366_days_and_twelve_months():
    days = list(ended_since(DAY, utc(2027, 12, 31), utc(2029, 1, 1)))
    months = list(ended_since(MONTH, utc(2027, 12, 1), utc(2029, 1, 1)))
    assert len(days) == 366
    assert [month.start.month for month in months] == list(range(1, 13))


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.sampled_from([timedelta(minutes=1), HOUR, DAY, timedelta(days=7), MONTH]),
)
def test_the_last_ended_period_ended_and_the_next_did_not(at, every):
    period = last_ended(every, at)
    assert period.start < period.end <= at
    assert period_at(every, period.end).end > at
    assert list(ended_since(every, period.start, at)) == []
