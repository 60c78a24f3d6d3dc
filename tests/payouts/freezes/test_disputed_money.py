"""A dispute that could hold nothing, because all was frozen or on its way, holds its part before that is free again."""

from functools import partial

import pytest
from django.db import OperationalError

from foundation import clock
from foundation.errors import Conflict
from ledger import chart
from ledger.errors import InsufficientBalance
from ledger.selectors import find_account, get_balance
from ledger.verification import verify
from payouts.freezes.services import release_freeze
from payouts.life.services import cancel_payout, release_due, send_due
from processors.gateways.rails.types import RailOutcome, RailResult
from processors.payments.services import lose_dispute, open_dispute, win_dispute
from tests.cast import HOUSE
from tests.ledger.books import at_once, usd
from tests.payouts.freezes.stories import frozen_account, frozen_part
from tests.payouts.scene import ask, later, on, seen
from tests.payouts.test_schedules import refund, sold

assert sold, "Maya's eighty dollars of a sale of a hundred"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def the_books_are_right(desk):
    yield
    assert verify(with_seals=False).findings == []


def disputed(sale):
    return open_dispute(
        payment_id=sale.id, provider_ref="cb-1", amount=usd(100_00), reason="fraud", by=HOUSE, at=clock.now()
    )


def let_go(row) -> None:
    release_freeze(freeze_id=row.pk, reason="Answered.", by=HOUSE, at=clock.now())


def cancelled(payout) -> None:
    cancel_payout(payout_id=payout.pk, reason="Not now.", by=HOUSE, at=clock.now())


def end(how, dispute) -> None:
    how(dispute_id=dispute.pk, by=HOUSE, at=clock.now())


def has(sale) -> tuple[int, int, int]:
    """Available, held of it, owed."""
    account = find_account(chart.creator("available", sale.creator_id, "USD"))
    balance = get_balance(account)
    return balance.posted.minor, balance.held.minor, -on("receivable", sale.creator_id)


@pytest.mark.parametrize("freeze", [frozen_account, partial(frozen_part, minor=80_00)])
def test_what_was_frozen_is_held_for_the_dispute_when_the_freeze_is_lifted(sold, freeze):
    one, two = freeze(sold.creator_id), frozen_account(sold.creator_id)
    dispute = disputed(sold)
    let_go(one)
    assert has(sold) == (80_00, 80_00, 0)
    let_go(two)
    assert has(sold) == (80_00, 80_00, 0)
    with pytest.raises(InsufficientBalance):
        ask(sold.creator_id, 20_00)
    end(lose_dispute, dispute)
    assert has(sold) == (0, 0, 0)


def test_a_dispute_that_is_over_holds_nothing(sold):
    row, dispute = frozen_account(sold.creator_id), disputed(sold)
    end(win_dispute, dispute)
    let_go(row)
    assert has(sold) == (80_00, 0, 0)
    again = frozen_account(sold.creator_id)
    let_go(again)
    assert ask(sold.creator_id, 80_00).state == "IN_ESCROW"


@pytest.mark.parametrize(("result", "state"), [(None, "CANCELLED"), ("REFUSED", "FAILED"), ("RETURNED", "RETURNED")])
def test_what_comes_back_from_a_payout_is_held_for_the_dispute(sold, desk, result, state):
    payout = ask(sold.creator_id, 60_00)
    if result:
        later(hours=200)
        release_due(by=HOUSE)
    dispute = disputed(sold)
    assert has(sold) == (20_00, 20_00, 0)
    if result:
        desk.will(RailOutcome(RailResult[result], "T-1", "05"))
        later(hours=400)
        send_due(rail="paxum", by=HOUSE)
    else:
        cancelled(payout)
    there = 80_00 - payout.fee_minor * (state == "RETURNED")
    assert (seen(payout).state, has(sold)) == (state, (there, there, 0))
    end(win_dispute, dispute)
    assert has(sold) == (there, 0, 0)


def test_a_lost_dispute_ends_no_more_payouts_than_it_takes(sold):
    older, newest = ask(sold.creator_id, 40_00), ask(sold.creator_id, 40_00)
    dispute = open_dispute(
        payment_id=sold.id, provider_ref="cb-1", amount=usd(50_00), reason="fraud", by=HOUSE, at=clock.now()
    )
    end(lose_dispute, dispute)
    assert (seen(newest).state, seen(older).state) == ("CANCELLED", "IN_ESCROW")
    assert has(sold) == (0, 0, 0)


def test_a_debt_made_under_the_dispute_waits_for_its_end(sold):
    row = frozen_account(sold.creator_id)
    refund(sold, 50_00)
    dispute = open_dispute(
        payment_id=sold.id, provider_ref="cb-1", amount=usd(25_00), reason="fraud", by=HOUSE, at=clock.now()
    )
    assert has(sold) == (80_00, 80_00, 40_00)
    let_go(row)
    assert has(sold) == (40_00, 20_00, 0)
    end(lose_dispute, dispute)
    assert has(sold) == (20_00, 0, 0)


def again_and_again(work):
    """As the doors do when the database asks for it."""
    for _ in range(5):
        try:
            return work()
        except OperationalError:
            continue
        except Conflict as refused:
            return refused.code
    return "gave up"


@pytest.mark.django_db(transaction=True)
def test_freezes_payouts_and_disputes_end_at_once(sold):
    waiting, part = ask(sold.creator_id, 20_00), frozen_part(sold.creator_id, 10_00)
    row, dispute = frozen_account(sold.creator_id), disputed(sold)
    let_go(part)
    works = [partial(let_go, row), partial(end, lose_dispute, dispute)]
    assert at_once(*(partial(again_and_again, work) for work in works)) == [None, None]
    assert has(sold)[1] == 0
    assert (has(sold)[0] + on("escrow", sold.creator_id)) == has(sold)[2], seen(waiting).state


@pytest.mark.django_db(transaction=True)
def test_a_dispute_opens_while_the_freeze_ends_and_the_money_is_held(sold):
    row = frozen_account(sold.creator_id)
    works = [partial(let_go, row), lambda: disputed(sold) and None]
    assert at_once(*(partial(again_and_again, work) for work in works)) == [None, None]
    assert has(sold) == (80_00, 80_00, 0)
