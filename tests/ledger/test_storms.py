"""Many at once, in every order: nobody deadlocks, nobody sees money that is not there."""

import time

import pytest

from ledger.services import post_many
from tests.ledger.books import at_once, fees, pay, rows, wallet

pytestmark = pytest.mark.django_db(transaction=True)
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
    accounts = [wallet(10_000) for _ in range(20)]
    ends = time.monotonic() + seconds(request)

    def ring(turn):
        moved = 0
        while time.monotonic() < ends:
            legs = [(accounts[(turn + n) % 20], accounts[(turn + n + 1 + moved % 5) % 20]) for n in range(5)]
            moved += len(post_many([pay(*leg, 1 + moved % 7) for leg in legs]))
        return moved

    def read():
        sums = set()
        while time.monotonic() < ends:
            sums.update(rows("SELECT sum(posted) FROM ledger_balance WHERE account_id = ANY(%s)", accounts))
        return sums

    answers = at_once(*[lambda turn=turn: ring(turn * 5) for turn in range(4)], read, read)

    assert answers[4:] == [{(200_000,)}] * 2
    assert all(answers[:4])
