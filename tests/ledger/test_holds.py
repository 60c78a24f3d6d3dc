"""Reserved money stays where it is, and the floor itself keeps it there."""

from datetime import timedelta

import pytest
from django.db import transaction

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound, PayloadMismatch
from foundation.ids import uuid7
from ledger.errors import HoldExceeded, HoldSettled, InsufficientBalance, OtherCurrency
from ledger.selectors import get_balance, get_hold, list_open_holds
from ledger.services import capture_hold, expire_holds, lift_hold_reason, place_hold, post, raise_hold, void_hold
from ledger.types import HoldState
from tests.ledger.books import pay, rows, usd, wallet, world


def hold(account, minor, **more):
    id = more.pop("id", None) or uuid7()
    place_hold(id=id, account_id=account, amount=usd(minor), **more)
    return id


def refused(kind, function, *arguments, **named):
    with pytest.raises(kind) as raised, transaction.atomic():
        function(*arguments, **named)
    return raised.value


def test_held_money_cannot_leave():
    sam, maya = wallet(1000), wallet()
    hold(sam, 800)

    assert get_balance(sam).available == usd(200)
    assert refused(InsufficientBalance, post, pay(sam, maya, 201)).facts["available_minor"] == 200
    assert refused(InsufficientBalance, hold, sam, 201)
    assert post(pay(sam, maya, 200)).is_new


def test_a_hold_is_placed_once():
    sam = wallet(1000)
    id = hold(sam, 800)
    assert not place_hold(id=id, account_id=sam, amount=usd(800)).is_new
    assert get_balance(sam).held == usd(800)
    refused(PayloadMismatch, hold, sam, 801, id=id)
    refused(Invalid, hold, sam, 0)
    refused(Conflict, hold, world(), 5)
    refused(OtherCurrency, hold, wallet(currency="EUR"), 5)


def test_a_capture_takes_a_part_and_gives_the_rest_back():
    sam, maya = wallet(1000), wallet()
    id = hold(sam, 800, credit_account_id=maya)

    capture_hold(hold_id=id, posting=pay(sam, maya, 300))

    assert get_hold(id).state is HoldState.CAPTURED
    assert (get_hold(id).captured, get_hold(id).released, get_hold(id).left) == (usd(300), usd(500), usd(0))
    assert (get_balance(sam).posted, get_balance(sam).held) == (usd(700), usd(0))
    assert refused(HoldSettled, capture_hold, hold_id=id, posting=pay(sam, maya, 1)).facts["state"] == "captured"


def test_several_captures_use_one_hold_up():
    sam, maya = wallet(1000), wallet()
    id = hold(sam, 800)
    capture_hold(hold_id=id, posting=pay(sam, maya, 300), is_rest_kept=True)
    assert get_hold(id).left == usd(500)
    assert refused(HoldExceeded, capture_hold, hold_id=id, posting=pay(sam, maya, 501)).facts["held_minor"] == 500
    capture_hold(hold_id=id, posting=pay(sam, maya, 500), is_rest_kept=True)
    assert get_hold(id).state is HoldState.CAPTURED
    refused(HoldSettled, void_hold, id)


def test_a_capture_repeated_is_one_capture():
    sam, maya = wallet(1000), wallet()
    id, posting = hold(sam, 800), pay(sam, maya, 300)
    capture_hold(hold_id=id, posting=posting)
    assert not capture_hold(hold_id=id, posting=posting).is_new
    refused(PayloadMismatch, post, posting)


def test_a_capture_moves_between_the_accounts_of_its_hold():
    sam, maya, otto = wallet(1000), wallet(), wallet(1000)
    id = hold(sam, 800, credit_account_id=maya)
    refused(Invalid, capture_hold, hold_id=id, posting=pay(otto, maya, 1))
    refused(Invalid, capture_hold, hold_id=id, posting=pay(sam, otto, 1))
    refused(NotFound, capture_hold, hold_id=uuid7(), posting=pay(sam, otto, 1))


def test_a_void_gives_everything_back_once():
    sam = wallet(1000)
    id = hold(sam, 800)
    assert void_hold(id)
    assert not void_hold(id)
    assert get_balance(sam).available == usd(1000)
    refused(NotFound, void_hold, uuid7())


def test_a_hold_ends_by_the_databases_clock_even_before_the_sweep():
    sam, maya = wallet(1000), wallet()
    later = clock.now() + timedelta(hours=1)
    id = hold(sam, 800, expires_at=later)
    standing = hold(sam, 100)
    refused(Invalid, hold, sam, 1, expires_at=clock.now() - timedelta(seconds=1))
    assert expire_holds() == []
    clock.move_clock(ahead=timedelta(hours=2))

    assert refused(HoldSettled, capture_hold, hold_id=id, posting=pay(sam, maya, 1)).facts["state"] == "expired"
    assert refused(HoldSettled, raise_hold, id=uuid7(), hold_id=id, amount=usd(1))
    assert expire_holds() == [id]
    assert get_hold(id).state is HoldState.EXPIRED
    assert [held.id for held in list_open_holds(sam)] == [standing]
    clock.move_clock(ahead=timedelta())


def test_a_freeze_stands_until_its_last_reason_is_lifted():
    sam = wallet(1000)
    freeze = hold(sam, 5000, reason="freeze:1", at_most=True)
    assert get_balance(sam).available == usd(0)
    post(pay(world(), sam, 70))
    assert raise_hold(id=uuid7(), hold_id=freeze, amount=usd(70), reason="freeze:2").amount == usd(70)
    assert get_hold(freeze).reasons == ("freeze:1", "freeze:2")

    assert not lift_hold_reason(hold_id=freeze, reason="freeze:1")
    assert get_balance(sam).available == usd(0)
    assert lift_hold_reason(hold_id=freeze, reason="freeze:2")
    assert not lift_hold_reason(hold_id=freeze, reason="freeze:2")
    assert get_balance(sam).available == usd(1070)
    refused(NotFound, lift_hold_reason, hold_id=freeze, reason="freeze:3")


def test_a_freeze_that_was_lifted_can_stand_again():
    sam = wallet(1000)
    freeze = hold(sam, 400, reason="freeze:1")
    lift_hold_reason(hold_id=freeze, reason="freeze:1")
    again = uuid7()

    assert raise_hold(id=again, hold_id=freeze, amount=usd(300), reason="freeze:2").is_new
    assert not raise_hold(id=again, hold_id=freeze, amount=usd(300), reason="freeze:2").is_new
    refused(PayloadMismatch, raise_hold, id=again, hold_id=freeze, amount=usd(301), reason="freeze:2")
    assert (get_hold(freeze).left, get_hold(freeze).reasons) == (usd(300), ("freeze:2",))
    assert get_balance(sam).held == usd(300)


def test_an_empty_account_can_be_frozen_for_what_comes():
    sam = wallet()
    assert place_hold(id=uuid7(), account_id=sam, amount=usd(1), reason="freeze:1", at_most=True).amount == usd(0)
    assert rows("SELECT held FROM ledger_balance WHERE account_id = %s", sam) == [(0,)]
