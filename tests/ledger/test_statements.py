"""A statement opens where the last one closed, and closes where the account stands."""

from datetime import UTC, datetime, timedelta

import pytest

from foundation.errors import Invalid, NotFound
from foundation.ids import uuid7
from ledger.selectors import (
    Part,
    get_balance,
    get_statement,
    iterate_statement,
    list_statement,
    list_statement_parts,
    posted_at,
)
from ledger.selectors.asking import ask
from ledger.selectors.statements import SQL_OF_LINES
from ledger.services import post, post_many, reverse
from ledger.types import Time
from tests.ledger.books import fees, pay, usd, wallet, world

BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
LATER = datetime(2200, 1, 1, tzinfo=UTC)
MAY, JUNE, JULY = (datetime(2026, month, 1, tzinfo=UTC) for month in (5, 6, 7))


def pages_of(account, since, until, *, limit, time=Time.EFFECTIVE):
    page = list_statement(account, since, until, time=time, limit=limit)
    lines = [*page.lines]
    while page.next:
        page = list_statement(account, since, until, time=time, limit=limit, cursor=page.next)
        assert page.opening == lines[-1].balance
        lines += page.lines
    return lines


@pytest.mark.parametrize("time", Time)
def test_opening_and_movements_make_the_closing_which_is_the_balance(time):
    sam, maya = wallet(1000), wallet()
    for minor in (100, 200, 300):
        post(pay(sam, maya, minor))
    reverse(post(pay(sam, maya, 50)).id, id=uuid7())

    statement = get_statement(sam, BEFORE, LATER, time=time)
    page = list_statement(sam, BEFORE, LATER, time=time)

    assert (statement.opening, statement.credits, statement.debits) == (usd(0), usd(1050), usd(650))
    assert statement.closing == statement.posted_now == get_balance(sam).posted == usd(400)
    assert [line.amount for line in page.lines] == [usd(n) for n in (1000, -100, -200, -300, -50, 50)]
    assert [line.balance for line in page.lines] == [usd(n) for n in (1000, 900, 700, 400, 350, 400)]
    assert page.closing == statement.closing
    assert statement.movements == len(page.lines)


def test_a_period_opens_with_what_stood_before_it():
    sam, maya = wallet(1000), wallet()
    first, second, third = (post(pay(sam, maya, minor)) for minor in (1, 2, 4))
    lines = {line.transfer_id: line for line in list_statement(maya, BEFORE, LATER).lines}

    statement = get_statement(maya, lines[second.id].at, lines[third.id].at)

    assert (statement.opening, statement.credits, statement.closing) == (usd(1), usd(2), usd(3))
    assert [x.transfer_id for x in list_statement(maya, lines[second.id].at, lines[third.id].at).lines] == [second.id]
    assert statement.opening == posted_at(maya, lines[first.id].at)


def test_movements_stand_where_they_take_effect():
    sam, maya = wallet(1000), wallet()
    post(pay(sam, maya, 30, effective_at=JUNE + timedelta(days=2)))
    post(pay(sam, maya, 10, effective_at=MAY))
    post(pay(sam, maya, 40))
    post(pay(sam, maya, 20, effective_at=MAY))

    in_may, in_june = get_statement(maya, MAY, JUNE), get_statement(maya, JUNE, JULY)

    assert (in_may.opening, in_may.closing, in_may.movements) == (usd(0), usd(30), 2)
    assert (in_june.opening, in_june.closing, in_june.movements) == (usd(30), usd(60), 1)
    assert [line.amount.minor for line in list_statement(maya, BEFORE, LATER).lines] == [10, 20, 30, 40]
    recorded = list_statement(maya, BEFORE, LATER, time=Time.RECORDED).lines
    assert [line.amount.minor for line in recorded] == [30, 10, 40, 20]
    assert get_statement(maya, MAY, JUNE, time=Time.RECORDED).movements == 0
    assert in_june.posted_now == get_balance(maya).posted == usd(100)


@pytest.mark.parametrize("time", Time)
@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_neither_skip_nor_repeat_whatever_their_size(time, limit):
    sam, maya = wallet(1000), wallet()
    same_moment = MAY + timedelta(hours=3)
    for minor in range(1, 5):
        post(pay(sam, maya, minor, effective_at=same_moment))
    post_many([pay(sam, maya, minor) for minor in range(5, 9)])
    post(pay(maya, sam, 9, effective_at=same_moment + timedelta(days=1)))

    whole = list_statement(maya, BEFORE, LATER, time=time, limit=100).lines
    in_pages = pages_of(maya, BEFORE, LATER, limit=limit, time=time)

    assert len(whole) == 9
    assert [(x.transfer_id, x.balance) for x in in_pages] == [(x.transfer_id, x.balance) for x in whole]
    assert whole[-1].balance == get_balance(maya).posted


def test_a_page_costs_the_same_however_many_movements_are_backdated(django_assert_num_queries):
    maya, source = wallet(), world()
    post_many([pay(source, maya, 1, effective_at=MAY + timedelta(minutes=n)) for n in range(3_000)])
    post(pay(source, maya, 1))
    first = list_statement(maya, BEFORE, LATER, limit=20)

    with django_assert_num_queries(3):
        second = list_statement(maya, BEFORE, LATER, limit=20, cursor=first.next)
    values = {"account": maya, "since": BEFORE, "until": LATER, "seq": 0, "limit": 21}
    ((plan,),) = ask(f"EXPLAIN (ANALYZE, FORMAT JSON) {SQL_OF_LINES[Time.EFFECTIVE]}", values)

    assert [line.balance for line in second.lines] == [usd(n) for n in range(21, 41)]
    assert _most_rows(plan[0]["Plan"]) <= 42
    assert len(pages_of(maya, BEFORE, LATER, limit=1_000)) == 3_001


def _most_rows(plan):
    """Rows the widest step of a plan read or threw away, each time it ran."""
    read = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    return max([read, *map(_most_rows, plan.get("Plans", ()))])


def test_an_account_with_sixteen_slots_has_one_statement():
    sam = wallet(1000)
    for minor in (1, 2, 3):
        post(pay(sam, fees(), minor))

    statement = get_statement(fees(), BEFORE, LATER)
    lines = list_statement(fees(), BEFORE, LATER, limit=2)

    assert statement.closing == get_balance(fees()).posted == usd(6)
    assert [line.balance.minor for line in lines.lines] == [1, 3]
    assert lines.next


def test_days_and_months_each_close_where_the_next_one_opens():
    sam, maya = wallet(1000), wallet()
    for day, minor in ((0, 5), (0, 6), (9, -4), (40, 3)):
        debit, credit = (sam, maya) if minor > 0 else (maya, sam)
        post(pay(debit, credit, abs(minor), effective_at=MAY + timedelta(days=day, hours=23, minutes=59)))

    days = list_statement_parts(maya, MAY, JULY)
    months = list_statement_parts(maya, MAY, JULY, by=Part.MONTH)

    assert [(part.start, part.opening.minor, part.closing.minor, part.movements) for part in days] == [
        (MAY, 0, 11, 2), (MAY + timedelta(days=9), 11, 7, 1), (datetime(2026, 6, 10, tzinfo=UTC), 7, 10, 1),
    ]  # fmt: skip
    assert [(part.start, part.credits.minor, part.debits.minor) for part in months] == [(MAY, 11, 4), (JUNE, 3, 0)]


def test_a_statement_is_read_whole_by_its_pages(monkeypatch):
    monkeypatch.setattr("ledger.selectors.statements.MOST_LINES", 2)
    sam, maya = wallet(1000), wallet()
    for minor in range(1, 6):
        post(pay(sam, maya, minor))

    pages = list(iterate_statement(maya, BEFORE, LATER))

    assert [len(page.lines) for page in pages] == [2, 2, 1]
    assert pages[-1].closing == get_balance(maya).posted
    assert [len(page.lines) for page in iterate_statement(wallet(), BEFORE, LATER)] == [0]


def test_nobody_makes_a_statement_say_something_else():
    sam, maya = wallet(1000), wallet()
    for minor in (1, 2):
        post(pay(sam, maya, minor))
    cursor = list_statement(maya, BEFORE, LATER, limit=1).next

    for bad in (cursor.swapcase(), "nonsense", cursor[:-4] + "AAAA", "é"):
        with pytest.raises(NotFound):
            list_statement(maya, BEFORE, LATER, cursor=bad)
    with pytest.raises(NotFound):
        list_statement(sam, BEFORE, LATER, cursor=cursor)
    with pytest.raises(NotFound):
        list_statement(maya, BEFORE, LATER, time=Time.RECORDED, cursor=cursor)
    with pytest.raises(Invalid):
        get_statement(maya, LATER, BEFORE)
    with pytest.raises(NotFound):
        get_statement(4_000_000, BEFORE, LATER)


def test_the_outside_world_stands_on_the_other_side():
    sam = wallet(1000)

    (line,) = list_statement(world(), BEFORE, LATER).lines

    assert (line.amount, line.other_id) == (usd(-1000), sam)
    assert line.other.startswith("story:")
