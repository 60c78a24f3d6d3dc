"""Every worked example ends where it says, balances in every currency, and posts into the books as printed."""

import importlib
import inspect
import pkgutil
from collections import Counter

import pytest

from foundation.ids import named_id, uuid7
from foundation.money import Money
from ledger import chart
from ledger.flows import post_legs
from ledger.rules import flows
from ledger.rules.legs import Leg, Moved, leg_id
from ledger.selectors import find_account, get_balance
from ledger.services import open_account, post
from ledger.types import AccountKey, Posting
from ledger.worked import EXAMPLES, Example

IDS = [example.title for example in EXAMPLES]


def test_titles_are_told_apart():
    assert [title for title, times in Counter(IDS).items() if times > 1] == []


def test_every_flow_has_an_example():
    shown = {example.name for example in EXAMPLES}
    not_flows = {
        "clawback.in_order", "refunds.parts_of", "refunds.take_apart", "refunds.give_back", "chargebacks.creators_part",
        "freezes.hold_id", "tokens.token_float", "tokens.value_of", "coins.coin_float", "credit.receivable",
        "cards.spendable", "cards.settlement", "crypto.split_grain", "crypto.unclaimed", "engagement.pool",
    }  # fmt: skip
    assert {name for name in _public_functions() if name not in not_flows} == shown
    assert [example.name for example in EXAMPLES if not inspect.getdoc(example.flow)] == []


def _public_functions():
    for info in pkgutil.iter_modules(flows.__path__):
        module = importlib.import_module(f"{flows.__name__}.{info.name}")
        for name, value in inspect.getmembers(module, inspect.isfunction):
            if value.__module__ == module.__name__ and not name.startswith("_"):
                yield f"{info.name}.{name}"


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_the_figures_are_right(example):
    assert _standing(example.balances()) == _standing(example.after)
    assert _sums(example.before) == {}, "what stood before adds up to nil"
    assert _sums(example.balances()) == {}


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_the_database_agrees_and_repeats_are_harmless(example):
    journal = named_id("worked", example.title)
    _prepare(example)

    first = post_legs(journal_id=journal, legs=example.legs)
    again = post_legs(journal_id=journal, legs=example.legs)

    assert first.is_new == bool([leg for leg in example.legs if leg.amount])
    assert not again.is_new
    assert first.legs == again.legs
    touched = example.balances()
    assert {key: _balance(key) for key in touched} == touched


def test_the_passing_accounts_are_nil_after_every_journal():
    for example in EXAMPLES:
        started = {key for key in example.before if _is_passing(key)}
        assert [key.path for key, left in example.balances().items() if _is_passing(key) and left] == []
        assert len(started) <= 1


def _is_passing(key: AccountKey) -> bool:
    return (key.kind, key.purpose) in chart.CHART and chart.CHART[key.kind, key.purpose].is_passing


def _prepare(example: Example) -> None:
    """What stood before, and the legs of earlier examples that this one takes back."""
    world = open_account(AccountKey("story", "world", "USD"))
    for key, minor in example.before.items():
        other = world if key.currency == "USD" else open_account(AccountKey("story", "world", key.currency))
        if minor:
            sides = (other, open_account(key)) if minor > 0 else (open_account(key), other)
            post(Posting(uuid7(), *sides, money(abs(minor), key), "before"))
    for leg in example.legs:
        if leg.reverses and leg.amount:
            _stand_for(leg)


def _stand_for(leg: Leg) -> None:
    """A leg to take back, whose effect on its accounts is undone elsewhere, so that the balances stay as they are."""
    debit, credit = open_account(leg.credit), open_account(leg.debit)
    passing = open_account(AccountKey("story", "world", leg.amount.currency))
    bigger = leg.amount * 4
    post(Posting(uuid7(), passing, debit, bigger, "before"))
    post(Posting(leg.reverses, debit, credit, bigger, "before"))
    post(Posting(uuid7(), credit, passing, bigger, "before"))


def money(minor: int, key: AccountKey) -> Money:
    return Money(minor, key.currency)


def _balance(key: AccountKey) -> int:
    account = find_account(key)
    return get_balance(account).posted.minor if account else 0


def _standing(balances) -> dict[str, int]:
    return {key.path: minor for key, minor in balances.items() if minor}


def _sums(balances) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for key, minor in balances.items():
        sums[key.currency] += minor
    return {currency: total for currency, total in sums.items() if total}


def test_a_moved_leg_goes_back_the_way_it_came():
    there = chart.wallet(uuid7(), "USD")
    leg = Leg("wallet.topped_up", chart.clearing("rocketgate", "USD"), there, money(500, there))
    moved = Moved(leg_id(uuid7(), leg.kind), leg.debit, leg.credit, leg.amount, money(100, there))

    back = moved.back("wallet.returned", moved.left)

    assert (back.debit, back.credit, back.amount.minor, back.reverses) == (leg.credit, leg.debit, 400, moved.id)
