"""Two at the same time: what happened to others does not happen here."""

from datetime import timedelta

import pytest

from foundation import clock
from foundation.errors import PayloadMismatch
from foundation.ids import uuid7
from ledger.errors import HoldSettled, InsufficientBalance, ReversedTooMuch
from ledger.selectors import get_balance, get_hold
from ledger.services import (
    capture_hold,
    expire_holds,
    place_hold,
    post,
    post_many,
    raise_hold,
    reverse,
    reverse_journal,
    void_hold,
)  # fmt: skip
from ledger.types import HoldState, Posted
from tests.ledger.books import Meeting, at_once, fees, pay, rows, usd, wallet, world

pytestmark = pytest.mark.django_db(transaction=True)

POST = (
    "SELECT is_new FROM ledger_post_one(%s::uuid, NULL, 'sale', %s, %s, %s, 'USD', "
    "p_reverses => %s::uuid, p_hold => %s::uuid)"
)
PLACE = "SELECT is_new FROM ledger_place_hold(%s::uuid, %s, %s, 'USD')"
VOID = "SELECT ledger_void_hold(%s::uuid)"


def transfer(debit, credit, minor, *, reverses=None, hold=None, id=None):
    return (id or uuid7(), debit, credit, minor, reverses, hold)


def pending(account, minor):
    id = uuid7()
    place_hold(id=id, account_id=account, amount=usd(minor))
    return id


def test_eight_with_one_id_make_one_transfer_and_eight_equal_answers():
    sam, maya = wallet(1000), wallet()
    for _ in range(5):
        posting = pay(sam, maya, 10)
        answers = at_once(*[lambda posting=posting: post(posting)] * 8)
        assert all(isinstance(answer, Posted) for answer in answers), answers
        assert [answer.is_new for answer in answers].count(True) == 1
        assert len({(answer.debit_after, answer.credit_after) for answer in answers}) == 1
    assert get_balance(maya).posted == usd(50)


def test_eight_with_one_id_and_two_payloads_make_one_transfer():
    sam, maya = wallet(1000), wallet()
    id = uuid7()
    answers = at_once(*[lambda minor=10 + n % 2: post(pay(sam, maya, minor, id=id)) for n in range(8)])
    posted = [answer for answer in answers if isinstance(answer, Posted)]
    assert len(posted) == 4
    assert sum(isinstance(answer, PayloadMismatch) for answer in answers) == 4
    assert get_balance(maya).posted.minor in (10, 11)


def test_eight_batches_with_overlapping_ids_post_each_once():
    sam, maya = wallet(1000), wallet()
    postings = [pay(sam, maya, 1) for _ in range(12)]
    answers = at_once(*[lambda n=n: post_many(postings[n : n + 5]) for n in range(8)])
    assert all(isinstance(answer, list) for answer in answers), answers
    assert get_balance(maya).posted == usd(12)


def test_a_race_refused_for_lack_of_money_leaves_the_id_usable():
    sam, maya = wallet(5), wallet()
    posting = pay(sam, maya, 10)
    assert all(isinstance(answer, InsufficientBalance) for answer in at_once(*[lambda: post(posting)] * 8))
    post(pay(world(), sam, 5))
    assert post(posting).is_new


def test_two_holds_never_reserve_more_than_there_is():
    sam = wallet(100)
    mine, theirs = Meeting(PLACE, PLACE, (uuid7(), sam, 60), (uuid7(), sam, 60)).play()
    assert (mine, theirs) == ((True,), "LG402")
    assert get_balance(sam).held == usd(60)


def test_a_hold_and_a_payment_never_take_the_same_money():
    sam, maya = wallet(100), wallet()
    assert Meeting(PLACE, POST, (uuid7(), sam, 60), transfer(sam, maya, 60)).play() == ((True,), "LG402")
    otto = wallet(100)
    assert Meeting(POST, PLACE, transfer(otto, maya, 60), (uuid7(), otto, 60)).play() == ((True,), "LG402")


def test_one_hold_is_committed_once_by_two_at_the_same_time():
    sam, maya = wallet(100), wallet()
    hold = pending(sam, 60)
    capture = POST
    played = Meeting(capture, capture, transfer(sam, maya, 60, hold=hold), transfer(sam, maya, 60, hold=hold)).play()
    assert played == ((True,), "LG409")
    assert (get_balance(maya).posted, get_hold(hold).state) == (usd(60), HoldState.CAPTURED)


def test_a_hold_is_captured_or_voided_and_never_both():
    sam, maya = wallet(100), wallet()
    first, second = pending(sam, 30), pending(sam, 30)
    assert Meeting(POST, VOID, transfer(sam, maya, 30, hold=first), (first,)).play() == ((True,), "LG409")
    assert Meeting(VOID, POST, (second,), transfer(sam, maya, 30, hold=second)).play() == ((True,), "LG409")
    assert (get_balance(sam).posted, get_balance(sam).held) == (usd(70), usd(0))


def test_a_reservation_is_released_once_by_two_at_the_same_time():
    sam = wallet(100)
    hold = pending(sam, 60)
    pending(sam, 40)
    assert Meeting(VOID, VOID, (hold,), (hold,)).play() == ((True,), (False,))
    assert get_balance(sam).held == usd(40)


def test_two_full_reversals_take_back_once():
    sam, maya = wallet(100), wallet(100)
    sale = post(pay(sam, maya, 60)).id
    back = transfer(maya, sam, 60, reverses=sale), transfer(maya, sam, 60, reverses=sale)
    assert Meeting(POST, POST, *back).play() == ((True,), "LG409")
    assert (get_balance(sam).posted, get_balance(maya).posted) == (usd(100), usd(100))


def test_two_hundred_partial_refunds_stop_at_the_whole():
    sam, maya = wallet(1000), wallet(1000)
    sale = post(pay(sam, maya, 100)).id
    calls = [lambda: reverse(sale, id=uuid7(), amount=usd(10))] * 8
    answers = [answer for _ in range(3) for answer in at_once(*calls)]
    assert sum(isinstance(answer, Posted) for answer in answers) == 10
    assert all(isinstance(answer, Posted | ReversedTooMuch) for answer in answers)


def test_a_refund_and_a_payout_never_take_the_same_money():
    """A refund that claims its state late must not race a payout: whoever comes second finds nothing left."""
    sam, maya, bank = wallet(100), wallet(), world()
    sale = post(pay(sam, maya, 100)).id
    refund, payout = transfer(maya, sam, 100, reverses=sale), transfer(maya, bank, 100)
    assert Meeting(POST, POST, refund, payout).play() == ((True,), "LG402")
    again = post(pay(sam, maya, 100)).id
    assert Meeting(POST, POST, payout, transfer(maya, sam, 100, reverses=again)).play()[1] == "LG402"


def test_a_refund_after_the_debit_rolled_back_has_nothing_to_name():
    from django.db import transaction

    from foundation.errors import NotFound

    sam, maya = wallet(100), wallet()
    sale = pay(sam, maya, 60)
    with transaction.atomic():
        post(sale)
        transaction.set_rollback(True)
    with pytest.raises(NotFound):
        reverse(sale.id, id=uuid7())
    assert get_balance(sam).posted == usd(100)


def test_a_refund_after_a_payout_that_did_go_out_finds_no_money():
    sam, maya, bank = wallet(100), wallet(), world()
    sale = post(pay(sam, maya, 100)).id
    payout = pay(maya, bank, 100)
    post(payout)
    with pytest.raises(InsufficientBalance):
        reverse(sale, id=uuid7())
    assert not post(payout).is_new


def test_escrow_of_different_people_does_not_wait_for_each_other():
    sam, maya, otto = wallet(100), wallet(), wallet(100)
    with pytest.raises(AssertionError, match="did not wait"):
        Meeting(POST, POST, transfer(sam, maya, 5), transfer(otto, wallet(), 5)).play()


def test_overdraft_hold_and_cancel_leave_the_balance_right():
    source, sam = world(), wallet(100)
    from django.db import transaction

    from foundation.errors import Conflict

    with pytest.raises(Conflict), transaction.atomic():
        place_hold(id=uuid7(), account_id=source, amount=usd(5))
    hold = pending(sam, 100)
    post(pay(source, sam, 10))
    void_hold(hold)
    assert (get_balance(sam).posted, get_balance(sam).held, get_balance(sam).available) == (usd(110), usd(0), usd(110))


def test_a_reversal_repeats_the_legs_and_their_order_instead_of_dividing_again():
    sam, maya, house = wallet(1000), wallet(), fees()
    journal, back = uuid7(), uuid7()
    shares = usd(100).allocate(1, 1, 1)
    post_many([pay(sam, [maya, house, maya][n], share.minor, journal_id=journal) for n, share in enumerate(shares)])
    reverse_journal(journal, id=back)
    seen = rows("SELECT amount, debit_account FROM ledger_row WHERE journal_id = %s ORDER BY seq", back)
    assert seen == [(33, maya), (33, house), (34, maya)]


def test_two_sweepers_never_end_the_same_hold():
    sam = wallet(1000)
    until = clock.now() + timedelta(hours=1)
    for _ in range(20):
        place_hold(id=uuid7(), account_id=sam, amount=usd(10), expires_at=until)
    clock.move_clock(ahead=timedelta(hours=2))
    ended = at_once(*[lambda: expire_holds(limit=5)] * 4)
    ended += [expire_holds()]
    assert sorted(len(ids) for ids in ended)[-1] <= 20
    assert len({id for ids in ended for id in ids}) == sum(len(ids) for ids in ended) == 20
    assert get_balance(sam).held == usd(0)


def test_an_expired_hold_and_a_capture_never_both_happen():
    sam, maya = wallet(100), wallet()
    hold = uuid7()
    place_hold(id=hold, account_id=sam, amount=usd(60), expires_at=clock.now() + timedelta(hours=1))
    clock.move_clock(ahead=timedelta(hours=2))
    sweep = lambda: expire_holds()  # noqa: E731
    take = lambda: capture_hold(hold_id=hold, posting=pay(sam, maya, 60))  # noqa: E731
    answers = at_once(sweep, take)
    assert isinstance(answers[1], HoldSettled)
    assert get_balance(sam).posted == usd(100)


def test_raising_a_freeze_and_paying_out_never_take_the_same_money():
    sam, maya = wallet(100), wallet()
    freeze = uuid7()
    place_hold(id=freeze, account_id=sam, amount=usd(10), reason="freeze:1")
    raised, paid = at_once(
        lambda: raise_hold(id=uuid7(), hold_id=freeze, amount=usd(80), at_most=True), lambda: post(pay(sam, maya, 50))
    )
    balance = get_balance(sam)
    assert balance.posted.minor - balance.held.minor >= 0
    assert isinstance(paid, InsufficientBalance) or raised.amount == usd(40)
