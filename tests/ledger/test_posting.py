"""Money moves once, whole, and only as far as there is some."""

import pytest
from django.db import transaction

from foundation.errors import Invalid, NotFound, PayloadMismatch
from foundation.ids import uuid7
from foundation.money import Money
from ledger.errors import AccountClosed, InsufficientBalance, NotAMovement, OtherCurrency, TooLarge
from ledger.selectors import get_balance, get_transfer, list_journal
from ledger.services import close_account, open_account, post, post_many, reopen_account
from ledger.types import AccountKey, Posting
from tests.cast import HOUSE
from tests.ledger.books import fees, pay, rows, usd, wallet, world


def refused(kind, function, *arguments, **named):
    """The refusal of this call, which stored nothing."""
    before = rows("SELECT count(*) FROM ledger_transfer_key")
    with pytest.raises(kind) as raised, transaction.atomic():
        function(*arguments, **named)
    assert rows("SELECT count(*) FROM ledger_transfer_key") == before
    return raised.value


def test_a_posting_moves_money_from_one_account_to_another():
    maya, sam = wallet(), wallet(1000)

    posted = post(pay(sam, maya, 300, kind="tip", meta={"note": "thank you"}))

    assert (posted.is_new, posted.debit_after, posted.credit_after) == (True, 700, 300)
    assert get_balance(sam).posted == usd(700)
    assert get_balance(maya).available == usd(300)
    seen = get_transfer(posted.id)
    assert (seen.kind, seen.amount, seen.debit, seen.credit, seen.meta) == (
        "tip",
        usd(300),
        sam,
        maya,
        {"note": "thank you"},
    )
    assert seen.journal_id == posted.id
    assert seen.effective_at == seen.recorded_at


def test_the_same_posting_again_answers_with_the_first():
    maya, sam = wallet(), wallet(1000)
    posting = pay(sam, maya, 300)
    first = post(posting)
    post(pay(sam, maya, 1))

    again = post(posting)

    assert not again.is_new
    assert (again.debit_after, again.credit_after) == (first.debit_after, first.credit_after)
    assert get_balance(maya).posted == usd(301)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"amount": usd(301)}, "amount"), ({"kind": "tip"}, "kind"), ({"meta": {"a": 1}}, "meta"),
        ({"journal_id": uuid7()}, "journal_id"),
    ],
)  # fmt: skip
def test_the_same_id_for_another_transfer_is_refused(change, named):
    maya, sam = wallet(), wallet(1000)
    posting = pay(sam, maya, 300)
    post(posting)
    same = {"id": posting.id, "debit": sam, "credit": maya, "amount": usd(300), "kind": "sale"}

    refusal = refused(PayloadMismatch, post, Posting(**(same | change)))

    assert refusal.facts["differing"] == [named]


def test_a_refused_id_can_still_be_used():
    maya, sam = wallet(), wallet(100)
    posting = pay(sam, maya, 300)
    refusal = refused(InsufficientBalance, post, posting)
    assert (refusal.facts["available_minor"], refusal.facts["needed_minor"]) == (100, 300)
    post(pay(world(), sam, 500))

    assert post(posting).is_new


def test_what_is_not_a_movement_is_refused():
    maya, sam = wallet(), wallet(100)
    for wrong in ({"minor": 0}, {"minor": -5}):
        with pytest.raises(NotAMovement):
            pay(sam, maya, **wrong)
    with pytest.raises(NotAMovement):
        pay(sam, sam, 5)
    refused(NotFound, post, pay(sam, 999_999_999, 5))
    refused(NotFound, post, pay(999_999_999, sam, 5))
    refused(OtherCurrency, post, pay(sam, wallet(currency="EUR"), 5))
    refused(OtherCurrency, post, Posting(uuid7(), sam, maya, Money(5, "EUR"), "sale"))


def test_a_sum_that_does_not_fit_is_refused():
    full, source = wallet(), world()
    largest = 2**53 - 1
    for _ in range(4):
        post_many([pay(source, full, largest) for _ in range(256)])
    refusal = refused(TooLarge, post, pay(source, full, largest))
    assert refusal.code == "ledger.too_large"
    with pytest.raises(NotAMovement):
        pay(source, full, largest + 1)


def test_a_closed_account_takes_and_gives_nothing():
    maya, sam = wallet(), wallet(100)
    assert close_account(account_id=maya, by=HOUSE, reason="left")
    assert not close_account(account_id=maya, by=HOUSE, reason="left")
    assert not get_balance(maya).is_open
    refused(AccountClosed, post, pay(sam, maya, 5))
    refused(AccountClosed, post_many, [pay(sam, maya, 5), pay(sam, maya, 6)])
    assert reopen_account(account_id=maya, by=HOUSE, reason="came back")
    assert post(pay(sam, maya, 5)).is_new


def test_an_account_with_money_on_it_does_not_close():
    sam = wallet(100)
    with pytest.raises(Exception, match="empty"), transaction.atomic():
        close_account(account_id=sam, by=HOUSE, reason="left")


def test_an_account_is_opened_once_under_its_path():
    key = AccountKey("story", "wallet", "USD", party_id=uuid7(), source="tips")
    assert open_account(key) == open_account(key)
    assert rows("SELECT path FROM ledger_account WHERE id = %s", open_account(key)) == [(key.path,)]
    for wrong in (AccountKey("story", "nothing", "USD"), AccountKey("story", "wallet", "USD")):
        with pytest.raises((NotFound, Invalid)), transaction.atomic():
            open_account(wrong)


def test_a_journal_is_posted_whole_or_not_at_all():
    maya, sam, house = wallet(), wallet(1000), fees()
    journal = uuid7()
    legs = [pay(sam, maya, 1000, journal_id=journal), pay(maya, house, 200, journal_id=journal, kind="fee")]

    assert [leg.credit_after for leg in post_many(legs)] == [1000, 200]
    assert [leg.kind for leg in list_journal(journal)] == ["sale", "fee"]
    assert [leg.is_new for leg in post_many(legs)] == [False, False]
    refused(InsufficientBalance, post_many, [pay(maya, house, 800), pay(sam, maya, 1)])
    assert get_balance(maya).posted == usd(800)


def test_the_floor_holds_after_each_leg_not_only_at_the_end():
    maya, sam = wallet(), wallet(100)
    refused(InsufficientBalance, post_many, [pay(sam, maya, 150), pay(maya, sam, 150)])
    assert [p.debit_after for p in post_many([pay(sam, maya, 100), pay(maya, sam, 100)])] == [0, 0]


def test_a_batch_that_is_known_in_part_posts_the_rest():
    maya, sam = wallet(), wallet(1000)
    known = pay(sam, maya, 10)
    post(known)

    answers = post_many([pay(sam, maya, 1), known, pay(sam, maya, 2)])

    assert [answer.is_new for answer in answers] == [True, False, True]
    assert get_balance(maya).posted == usd(13)
    refused(PayloadMismatch, post_many, [pay(sam, maya, 1), pay(sam, maya, 11, id=known.id)])


def test_one_batch_does_not_name_an_id_twice():
    maya, sam = wallet(), wallet(1000)
    same = pay(sam, maya, 10)
    assert refused(Invalid, post_many, [same, same]).code == "ledger.same_id_twice"
    assert post(same).is_new


def test_a_hot_account_has_sixteen_slots_that_count_as_one():
    sam, house = wallet(100), fees()
    post_many([pay(sam, house, 30), pay(sam, house, 20)])
    post(pay(house, sam, 10))
    assert get_balance(house).posted == usd(40)
    assert rows("SELECT count(*) FROM ledger_balance WHERE account_id = %s", house) == [(16,)]
    assert get_balance(house).available is None
