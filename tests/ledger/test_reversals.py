"""A correction names what it corrects, moves the same way back, and never more than that."""

import pytest
from django.db import transaction

from foundation.errors import Conflict, Invalid, NotFound
from foundation.ids import uuid7
from ledger.errors import InsufficientBalance, ReversedTooMuch
from ledger.selectors import get_balance, list_journal, list_reversals
from ledger.services import post, post_many, reverse, reverse_journal
from tests.ledger.books import fees, pay, usd, wallet


def refused(kind, function, *arguments, **named):
    with pytest.raises(kind) as raised, transaction.atomic():
        function(*arguments, **named)
    return raised.value


def test_a_reversal_is_the_identity():
    sam, maya = wallet(1000), wallet()
    sale = post(pay(sam, maya, 300))

    back = reverse(sale.id, id=uuid7())

    assert (get_balance(sam).posted, get_balance(maya).posted) == (usd(1000), usd(0))
    (row,) = list_reversals(sale.id)
    assert (row.id, row.reverses, row.kind) == (back.id, sale.id, "sale.reversal")


def test_parts_are_taken_back_up_to_the_whole():
    sam, maya = wallet(1000), wallet()
    sale = post(pay(sam, maya, 300))
    part = uuid7()
    reverse(sale.id, id=part, amount=usd(100))
    assert not reverse(sale.id, id=part, amount=usd(100)).is_new
    reverse(sale.id, id=uuid7(), amount=usd(150))

    refusal = refused(ReversedTooMuch, reverse, sale.id, id=uuid7(), amount=usd(51))

    assert (refusal.facts["amount_minor"], refusal.facts["reversed_minor"]) == (300, 250)
    assert reverse(sale.id, id=uuid7(), amount=usd(50)).is_new
    refused(ReversedTooMuch, reverse, sale.id, id=uuid7(), amount=usd(1))
    refused(ReversedTooMuch, reverse, post(pay(sam, maya, 5)).id, id=uuid7(), amount=usd(6))


def test_a_reversal_is_not_reversed():
    sam, maya = wallet(1000), wallet()
    back = reverse(post(pay(sam, maya, 300)).id, id=uuid7())
    assert refused(Conflict, reverse, back.id, id=uuid7()).code == "ledger.reversal_of_reversal"
    refused(NotFound, reverse, uuid7(), id=uuid7())
    assert (
        refused(Invalid, post, pay(sam, maya, 1, reverses=post(pay(sam, maya, 3)).id)).code == "ledger.not_its_reverse"
    )


def test_a_reversal_obeys_the_floor():
    sam, maya, otto = wallet(1000), wallet(), wallet()
    sale = post(pay(sam, maya, 300))
    post(pay(maya, otto, 250))
    refused(InsufficientBalance, reverse, sale.id, id=uuid7())
    assert reverse(sale.id, id=uuid7(), amount=usd(50)).is_new


def test_a_journal_is_taken_back_leg_by_leg_last_first():
    sam, maya, house = wallet(1000), wallet(), fees()
    journal, back = uuid7(), uuid7()
    post_many(
        [
            pay(sam, maya, 999, journal_id=journal),
            pay(maya, house, 333, journal_id=journal, kind="fee"),
            pay(maya, house, 1, journal_id=journal, kind="tax"),
        ]
    )

    assert all(leg.is_new for leg in reverse_journal(journal, id=back))

    assert [leg.amount.minor for leg in list_journal(back)] == [1, 333, 999]
    assert [get_balance(account).posted.minor for account in (sam, maya, house)] == [1000, 0, 0]
    assert not any(leg.is_new for leg in reverse_journal(journal, id=back))
    refused(ReversedTooMuch, reverse_journal, journal, id=uuid7())
