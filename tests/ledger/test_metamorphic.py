"""Different ways to the same books."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.ids import uuid7
from ledger.selectors import get_balance, list_history, posted_at, posted_at_version
from ledger.services import post, post_many, reverse_journal
from ledger.types import Time
from tests.ledger.books import fees, pay, rows, usd, wallet, world

LEGS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 900)), min_size=2, max_size=12)
ON_BOOKS = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def people():
    return [wallet(100_000), wallet(100_000), wallet(100_000), fees(), world()]


def legs_between(accounts, legs):
    return [(accounts[d], accounts[c if c != d else (c + 1) % 5], amount) for d, c, amount in legs]


def change(accounts, function):
    before = [get_balance(account).posted for account in accounts]
    function()
    return [get_balance(account).posted - was for account, was in zip(accounts, before, strict=True)]


@ON_BOOKS
@given(LEGS)
def test_a_batch_is_its_singles(legs):
    accounts = people()
    moves = legs_between(accounts, legs)
    together = change(accounts, lambda: post_many([pay(*move) for move in moves]))
    assert together == change(accounts, lambda: [post(pay(*move)) for move in moves])


@ON_BOOKS
@given(LEGS, st.integers())
def test_order_does_not_matter_where_there_is_enough(legs, seed):
    accounts = people()
    moves = legs_between(accounts, legs)
    shuffled = random.Random(seed).sample(moves, len(moves))
    assert change(accounts, lambda: post_many([pay(*m) for m in moves])) == change(
        accounts, lambda: post_many([pay(*m) for m in shuffled])
    )


@ON_BOOKS
@given(LEGS)
def test_posting_and_taking_back_changes_nothing(legs):
    accounts, journal = people(), uuid7()

    def there_and_back():
        post_many([pay(*move, journal_id=journal) for move in legs_between(accounts, legs)])
        reverse_journal(journal, id=uuid7())

    assert change(accounts, there_and_back) == [usd(0)] * 5


@ON_BOOKS
@given(st.integers(1, 10**9), st.lists(st.integers(0, 50), min_size=1, max_size=6).filter(any))
def test_a_split_keeps_every_minor_unit(minor, weights):
    source, target = world(), wallet()
    shares = [share for share in usd(minor).allocate(*weights) if share]
    post_many([pay(source, target, share.minor) for share in shares])
    assert get_balance(target).posted == usd(minor)


@ON_BOOKS
@given(LEGS)
def test_the_past_is_what_the_present_was(legs):
    accounts = people()
    seen = []
    for move in legs_between(accounts, legs):
        post(pay(*move))
        at = rows("SELECT clock_timestamp()")[0][0]
        seen.append((at, [get_balance(account).posted for account in accounts]))
    for at, balances in seen:
        assert [posted_at(account, at) for account in accounts] == balances
        assert [posted_at(account, at, time=Time.EFFECTIVE) for account in accounts] == balances
    for account in accounts[:3]:
        entries = list_history(account, limit=1000).entries
        assert [posted_at_version(account, len(entries) - n) for n in range(len(entries))] == [e.after for e in entries]


@ON_BOOKS
@given(LEGS, st.integers(1, 5))
def test_pages_of_a_history_make_the_whole(legs, size):
    accounts = people()
    post_many([pay(*move) for move in legs_between(accounts, legs)])
    for account in (accounts[0], accounts[3]):
        whole = list_history(account, limit=1000).entries
        paged, cursor = [], None
        while True:
            page = list_history(account, cursor=cursor, limit=size)
            paged += page.entries
            cursor = page.next
            if cursor is None:
                break
        assert tuple(paged) == whole
