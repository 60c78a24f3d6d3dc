"""What was added up by day says the same as the movements themselves, at any moment and while people post."""

import random
import threading
from datetime import UTC, datetime, timedelta
from itertools import groupby

import pytest
from django.db import connection, transaction

from foundation import clock
from foundation.errors import NotFound
from ledger.calls import call
from ledger.selectors import Part, get_statement, list_statement, list_statement_parts, posted_at
from ledger.selectors.asking import ask
from ledger.services import add_up_busy_accounts, add_up_turnover, post, post_many
from ledger.services import turnover as turnover_service
from ledger.types import Time
from ledger.verification import verify
from tests.ledger.books import as_owner, fees, pay, wallet

BEFORE, LATER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
MOVES = "SELECT recorded_at, effective_at, amount FROM ledger_entry WHERE account_id = %s"
DAY = timedelta(days=1)


def plainly(account, time):
    """Every movement with the time it counts at, in order."""
    return sorted((at[0] if time is Time.RECORDED else at[1], at[2]) for at in ask(MOVES, [account]))


def shuffle(choices, account, other, count):
    """Movements both ways, now, in the past, in the future, and at the ends of days."""
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    instants = (timedelta(0), timedelta(microseconds=-1), timedelta(hours=5))
    for _ in range(count):
        at = today - DAY * choices.randint(-3, 40) + choices.choice(instants) if choices.random() < 0.7 else None
        debit, credit = (account, other) if choices.random() < 0.4 else (other, account)
        post(pay(debit, credit, choices.randint(1, 9), effective_at=at))


def agrees(account, choices):
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    moments = [today - DAY * n + off for n in (-4, 0, 1, 7, 41) for off in (timedelta(0), timedelta(hours=7))]
    for time in Time:
        moves = plainly(account, time)
        for at in [*moments, clock.now(), BEFORE, LATER]:
            assert posted_at(account, at, time=time).minor == sum(amount for when, amount in moves if when <= at)
        for since, until in [(BEFORE, LATER), *(sorted(choices.sample(moments, 2)) for _ in range(6))]:
            within = [(at, amount) for at, amount in moves if since <= at < until]
            statement = get_statement(account, since, until, time=time)
            assert statement.opening.minor == sum(amount for at, amount in moves if at < since)
            assert statement.credits.minor == sum(amount for _, amount in within if amount > 0)
            assert statement.debits.minor == -sum(amount for _, amount in within if amount < 0)
            assert statement.movements == len(within)
            assert list_statement(account, since, until, time=time).opening == statement.opening
            parts = list_statement_parts(account, since, until, by=Part.DAY, time=time)
            days = {day: [*found] for day, found in groupby(within, key=lambda move: move[0].date())}
            assert [part.start.date() for part in parts] == list(days)
            assert [part.movements for part in parts] == [len(found) for found in days.values()]
            if parts:
                assert (parts[0].opening, parts[-1].closing) == (statement.opening, statement.closing)


@pytest.mark.django_db
@pytest.mark.parametrize("account", [wallet, fees], ids=["one slot", "sixteen slots"])
def test_days_that_were_added_up_say_what_the_movements_say(account):
    choices = random.Random(7)
    asked, other = account(), wallet(10_000)
    if account is wallet:
        post(pay(other, asked, 5_000))

    for count in (25, 10, 10):
        shuffle(choices, asked, other, count)
        agrees(asked, choices)
        added = add_up_turnover(asked)
        assert added >= count
        agrees(asked, choices)
    shuffle(choices, asked, other, 10)
    agrees(asked, choices)
    assert (
        ask("SELECT movements FROM ledger_turnover_mark WHERE account_id = %s", [asked])[0][0]
        == len(ask(MOVES, [asked])) - 10
    )
    assert [finding for finding in verify(with_seals=False).findings if finding.check != "guards"] == []


@pytest.mark.django_db
def test_many_movements_are_added_up_in_pieces():
    sam, maya = wallet(1000), wallet()
    post_many([pay(sam, maya, 1) for _ in range(30)])
    for _ in range(7):
        post(pay(sam, maya, 2))
    call("SELECT ledger_set_turnover_border(%s::bigint)", [maya])

    added = [call("SELECT ledger_add_turnover(%s::bigint, 3)", [maya])[0][0] for _ in range(6)]

    assert sum(added) == 37
    assert added[-1] == 0
    agrees(maya, random.Random(1))


@pytest.mark.django_db
def test_only_busy_accounts_are_added_up(monkeypatch):
    monkeypatch.setattr(turnover_service, "WORTH_IT", 5)
    sam, maya, nora = wallet(1000), wallet(), wallet()
    for _ in range(5):
        post(pay(sam, maya, 1))
    post(pay(sam, nora, 1))

    assert add_up_busy_accounts()["accounts"] >= 2
    marked = {account for (account,) in ask("SELECT account_id FROM ledger_turnover_mark")}
    assert {sam, maya} <= marked
    assert nora not in marked
    assert add_up_busy_accounts() == {"accounts": 0, "movements": 0}


@pytest.mark.django_db
def test_an_account_that_is_not_there_is_not_added_up():
    with pytest.raises(NotFound), transaction.atomic():
        add_up_turnover(4_000_000)


EDITS = {
    "figures": "UPDATE ledger_turnover SET credits = credits + 1 WHERE account_id = {0}",
    "missing": "UPDATE ledger_turnover SET account_id = account_id + 1 WHERE account_id = {0}",
    "mark": "UPDATE ledger_turnover_mark SET movements = movements + 1 WHERE account_id = {0}",
    "border": "UPDATE ledger_turnover_mark SET until = until - interval '1 day' WHERE account_id = {0}",
}


@pytest.mark.tampers
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_of_what_was_added_up_is_found(edit):
    sam, maya = wallet(1000), wallet()
    post(pay(sam, maya, 10))
    add_up_turnover(maya)
    assert verify(with_seals=False).findings == []

    with as_owner() as owner:
        owner.execute(EDITS[edit].format(maya).encode())

    found = verify(with_seals=False).findings
    assert {finding.check for finding in found} == {"turnovers"}
    assert any(f"account {maya}" in finding.subject for finding in found)


@pytest.mark.django_db(transaction=True)
def test_what_was_recorded_and_not_yet_committed_is_waited_for():
    sam, maya = wallet(1000), wallet()
    ended = threading.Event()

    def add_up():
        try:
            add_up_turnover(maya)
        finally:
            connection.close()
            ended.set()

    adding = threading.Thread(target=add_up)
    with transaction.atomic():
        post(pay(sam, maya, 10))
        adding.start()
        assert not ended.wait(0.5)
    adding.join(10)

    assert ask("SELECT movements FROM ledger_turnover_mark WHERE account_id = %s", [maya]) == [(1,)]
    assert verify(with_seals=False).findings == []
