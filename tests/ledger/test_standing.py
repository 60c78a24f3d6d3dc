"""All accounts at once: the tree adds up, and both sides of the trial balance are the same."""

from datetime import UTC, datetime, timedelta

from foundation.ids import uuid7
from foundation.money import Money
from ledger.selectors import account_tree, get_trial_balance, list_ageing, list_history, list_lines
from ledger.services import open_account, place_hold, post
from ledger.types import AccountKey, Posting, Time
from tests.cast import platform
from tests.ledger.books import fees, pay, usd, wallet, world

MAY, JUNE = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


def by_purpose(**asked):
    return {(line.purpose, line.currency): line.posted.minor for line in list_lines(**asked) if line.kind == "story"}


def test_branches_add_up_what_is_below_them_and_never_across_currencies():
    sam, maya = wallet(1000), wallet()
    wallet(70, currency="EUR")
    post(pay(sam, maya, 300))
    post(pay(maya, fees(), 30))
    place_hold(id=uuid7(), account_id=maya, amount=usd(100))

    (story,) = (branch for branch in account_tree(list_lines()) if branch.name == "story")
    wallets = next(branch for branch in story.branches if branch.name == "wallet")

    assert [(t.currency, t.accounts, t.posted.minor, t.held.minor) for t in wallets.totals] == [
        ("EUR", 1, 70, 0), ("USD", 2, 970, 100),
    ]  # fmt: skip
    assert [(t.currency, t.posted.minor) for t in story.totals] == [("EUR", 0), ("USD", 0)]
    assert wallets.normal_side == "credit"


def test_a_platform_stands_on_a_branch_of_its_own():
    boyfanz = platform("boyfanz").pk
    line = open_account(AccountKey("story", "wallet", "USD", uuid7(), boyfanz, "tips"))
    post(Posting(uuid7(), world(), line, usd(50), "top_up"))
    wallet(7)

    (story,) = account_tree(list_lines(platform_id=boyfanz))

    (leaf,) = story.branches[0].branches
    assert (leaf.platform_id, leaf.name, leaf.totals[0].posted) == (boyfanz, "tips", usd(50))


def test_the_trial_balance_proves_zero_in_every_currency():
    sam = wallet(1000)
    wallet(70, currency="EUR")
    post(pay(sam, fees(), 25))

    balance = get_trial_balance()

    assert balance.is_balanced
    assert [(t.currency, t.debit.minor, t.credit.minor, t.difference.minor) for t in balance.totals] == [
        ("EUR", 70, 70, 0), ("USD", 1000, 1000, 0),
    ]  # fmt: skip
    sides = {(x.purpose, x.currency): (x.debit.minor, x.credit.minor) for x in balance.lines}
    assert sides["world", "USD"] == (1000, 0)
    assert sides["wallet", "USD"] == (0, 975)


def test_the_books_of_a_past_moment_by_either_time():
    sam, maya = wallet(1000), wallet()
    post(pay(sam, fees(), 10))
    first = list_history(fees()).entries[0].recorded_at
    post(pay(sam, fees(), 5))
    post(pay(sam, fees(), 100, effective_at=MAY))

    assert by_purpose(at=first, time=Time.RECORDED)["fees", "USD"] == 10
    assert by_purpose(at=first)["fees", "USD"] == 110
    assert by_purpose(at=MAY)["fees", "USD"] == 100
    assert by_purpose(at=MAY - timedelta(microseconds=1))["fees", "USD"] == 0
    assert by_purpose()["fees", "USD"] == 115
    assert get_trial_balance(at=MAY).is_balanced
    assert maya


def test_what_came_in_last_is_what_still_stands_there():
    sam, maya = wallet(10_000), wallet()
    at = JUNE
    for days, minor in ((100, 500), (40, 300), (10, 200), (2, 50)):
        post(pay(sam, maya, minor, effective_at=at - timedelta(days=days)))
    post(pay(maya, sam, 600, effective_at=at - timedelta(days=1, hours=12)))
    post(pay(sam, maya, 9, effective_at=at + timedelta(days=1)))

    aged = {row.currency: row for row in list_ageing("story", "wallet", at=at)}["USD"]

    assert aged.days == (1, 7, 30, 90)
    assert [part.minor for part in aged.parts] == [0, 50, 200, 200, 0]
    assert aged.total == usd(450)
    (later,) = list_ageing("story", "wallet", at=at + timedelta(days=2), days=(3,))
    assert [part.minor for part in later.parts] == [9, 450]


def test_debts_age_by_their_own_side():
    wallet(80, currency="EUR")

    aged = {row.currency: row for row in list_ageing("story", "world", at=datetime.now(UTC) + timedelta(hours=1))}

    assert aged["EUR"].parts[0] == aged["EUR"].total == Money(80, "EUR")
