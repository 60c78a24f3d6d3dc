"""Many at once, in every order: nobody deadlocks, nobody sees money that is not there."""

import random
import time
from collections import Counter

import pytest

from foundation.ids import uuid7
from ledger.services import post, post_many
from tests.ledger.books import at_once, fees, pay, rows, wallet

pytestmark = pytest.mark.django_db(transaction=True)
# A process has ten sessions; the story itself uses one.
SESSIONS = 8
POSTED = "SELECT count(*) FROM ledger_transfer WHERE kind = 'sale' AND debit_account = ANY (%s)"
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


def seconds(request):
    return 10 if request.config.getoption("--deep") else 2


def test_batches_in_opposite_orders_never_deadlock(request):
    accounts = [*(wallet(1_000_000) for _ in range(6)), fees()]
    ends = time.monotonic() + seconds(request)
    before = rows(DEADLOCKS)

    def storm(turn):
        posted = 0
        ring = accounts if turn % 2 else accounts[::-1]
        while time.monotonic() < ends:
            legs = list(zip(ring, [*ring[1 + turn % 3 :], *ring[: 1 + turn % 3]], strict=True))
            posted += len(post_many([pay(debit, credit, 1) for debit, credit in legs if debit != credit]))
        return posted

    answers = at_once(*[lambda turn=turn: storm(turn) for turn in range(8)])

    assert all(isinstance(answer, int) and answer for answer in answers), answers
    time.sleep(0.2)
    assert rows(DEADLOCKS) == before


def test_every_read_of_all_balances_sums_to_the_constant(request):
    """XC7: the bank test; deep, every one of 100,000 reads."""
    accounts = [wallet(10_000) for _ in range(20)]
    reads = 50_000 if request.config.getoption("--deep") else 100
    ends = time.monotonic() + seconds(request)

    def ring(turn):
        moved = 0
        while time.monotonic() < ends:
            legs = [(accounts[(turn + n) % 20], accounts[(turn + n + 1 + moved % 5) % 20]) for n in range(5)]
            moved += len(post_many([pay(*leg, 1 + moved % 7) for leg in legs]))
        return moved

    def read():
        sums = Counter()
        while time.monotonic() < ends or sums.total() < reads:
            sums.update(rows("SELECT sum(posted) FROM ledger_balance WHERE account_id = ANY(%s)", accounts))
        return sums

    answers = at_once(*[lambda turn=turn: ring(turn * 5) for turn in range(4)], read, read)

    assert [list(sums) for sums in answers[4:]] == [[(200_000,)]] * 2
    assert min(sums.total() for sums in answers[4:]) >= reads
    assert all(answers[:4])


def test_all_sessions_on_the_same_ten_accounts_are_never_told_to_try_again(request):
    """XP9: what the database asks to repeat is repeated, and the order of locks leaves nothing to deadlock on."""
    accounts = [*(wallet(1_000_000) for _ in range(9)), fees()]
    wanted = 100_000 if request.config.getoption("--deep") else 3_000
    shared = [uuid7() for _ in range(wanted // 10)]
    before = rows(DEADLOCKS)

    def storm(turn):
        pick, new = random.Random(turn), 0
        for n in range(wanted // SESSIONS + 1):
            # Every tenth id is used by several at once, with one payload: the first posts it, the others find it.
            id = shared[n % len(shared)] if n % 10 == 0 else uuid7()
            legs = random.Random(str(id)).sample(accounts, 2) if n % 10 == 0 else pick.sample(accounts, 2)
            if n % 7 == 3:
                pairs = [pick.sample(accounts, 2) for _ in range(5)]
                new += len(post_many([pay(*pair, 1) for pair in pairs]))
            else:
                new += post(pay(*legs, 1, id=id)).is_new
        return new

    answers = at_once(*[lambda turn=turn: storm(turn) for turn in range(SESSIONS)])

    assert [answer for answer in answers if not isinstance(answer, int)] == []
    assert sum(answers) >= wanted
    assert rows(POSTED, accounts) == [(sum(answers),)]
    time.sleep(0.2)
    assert rows(DEADLOCKS) == before
