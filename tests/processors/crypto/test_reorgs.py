"""Blocks come and go, payments are replaced, nodes lie down: what stands on the books follows the chain."""

from uuid import UUID

import pytest

from foundation.events.models import Outbox
from foundation.ids import uuid7
from foundation.money import Money
from ledger import chart
from ledger.flows import post_legs
from ledger.rules.legs import Leg
from processors.crypto.models import CryptoInvoice, Deposit
from processors.crypto.services import settling
from processors.payments.services import expire_due
from tests.cast import HOUSE
from tests.processors.crypto.world import invoice_of, standing, state_of

pytestmark = pytest.mark.django_db(transaction=True)


def deep_alarms():
    return Outbox.objects.filter(type="crypto.reorganised", payload__is_deep=True).count()


def test_a_short_reorganisation_only_counts_again(coins):
    payment = coins.ask()
    coins.pay(invoice_of(payment))
    coins.mined(blocks=2)
    coins.order("reorg", chain="btc", depth=2, dropped="mempool", blocks=3)
    coins.look()
    assert state_of(payment) == ("SEEN", "REQUIRES_ACTION")
    assert deep_alarms() == 0
    coins.mined(blocks=3)
    assert state_of(payment) == ("CONFIRMED", "CAPTURED")
    assert standing(chart.account("treasury", "crypto", "BTC")) == -35_700


def test_coins_that_were_ours_and_vanish_are_taken_off_the_books_and_a_person_is_called(coins):
    payment = coins.ask()
    coins.pay(invoice_of(payment))
    coins.mined(blocks=3)
    assert state_of(payment) == ("CONFIRMED", "CAPTURED")

    coins.order("reorg", chain="btc", depth=3, dropped="vanish")
    coins.look()
    assert state_of(payment) == ("CREATED", "REQUIRES_ACTION")
    assert deep_alarms() == 1
    assert Deposit.objects.get().state == "DROPPED"
    for key in (
        chart.account("treasury", "crypto", "BTC"), chart.account("fx", "trading", "BTC"),
        chart.account("fx", "trading", "USD"), chart.clearing("onchain", "USD"),
        chart.account("suspense", "unmatched", "BTC"),
    ):  # fmt: skip
        assert standing(key) == 0, key.path

    coins.pay(invoice_of(payment))
    coins.mined(blocks=3)
    assert state_of(payment) == ("CONFIRMED", "CAPTURED")
    assert standing(chart.account("treasury", "crypto", "BTC")) == -35_700
    assert standing(chart.clearing("onchain", "USD")) == 0


@pytest.mark.parametrize(("coin", "chain", "blocks"), [("BTC", "btc", 3), ("USDC", "eth", 12), ("ETH", "eth", 12)])
def test_coins_that_come_again_in_another_block_pay_again_and_once(coins, coin, chain, blocks):
    payment = coins.ask(coin=coin)
    coins.pay(invoice_of(payment))
    coins.mined(chain, blocks)
    before = standing(chart.account("treasury", "crypto", coin))
    coins.order("reorg", chain=chain, depth=blocks, again=True, blocks=blocks + 1)
    coins.look()
    coins.mined(chain)
    assert state_of(payment) == ("CONFIRMED", "CAPTURED")
    assert standing(chart.account("treasury", "crypto", coin)) == before
    assert Deposit.objects.count() == 1
    assert Deposit.objects.get().receipts == 2
    assert deep_alarms() == 1


def test_what_the_fan_spent_of_vanished_coins_is_our_loss(coins):
    payment = coins.ask()
    coins.pay(invoice_of(payment), "0.0004")
    coins.mined(blocks=3)
    wallet = chart.wallet(coins.sam.party_id, "USD")
    spent = Leg("story", wallet, chart.wallet(coins.maya.party_id, "USD"), Money(1_86, "USD"))
    post_legs(journal_id=uuid7(), legs=[spent])

    coins.order("reorg", chain="btc", depth=3, dropped="vanish")
    coins.look()
    assert state_of(payment) == ("CREATED", "REQUIRES_ACTION")
    assert standing(wallet) == 0
    assert standing(chart.account("write_off", "loss", "USD")) == -1_86


def test_one_of_two_transfers_vanishes(coins):
    payment = coins.ask()
    invoice = invoice_of(payment)
    coins.pay(invoice, "0.0002")
    coins.mined(blocks=2)
    coins.pay(invoice, "0.0002")
    coins.mined(blocks=3)
    assert state_of(payment) == ("OVERPAID", "CAPTURED")

    coins.order("reorg", chain="btc", depth=3, dropped="vanish")
    coins.look()
    assert state_of(payment) == ("UNDERPAID", "REQUIRES_ACTION")
    assert standing(chart.account("treasury", "crypto", "BTC")) == -20_000
    assert standing(chart.account("suspense", "unmatched", "BTC")) == 20_000
    assert standing(chart.wallet(coins.sam.party_id, "USD")) == 0


@pytest.mark.parametrize("last_first", [False, True])
def test_a_sale_and_what_came_after_it_vanish_together_in_either_order(coins, monkeypatch, last_first):
    named_id = settling.named_id

    def in_order(*parts):
        made = named_id(*parts)
        if parts[0] != "crypto.used":
            return made
        return UUID(bytes=bytes([255 - parts[2] if last_first else parts[2]]) + made.bytes[1:])

    monkeypatch.setattr(settling, "named_id", in_order)
    payment = coins.ask()
    for _ in range(2):
        coins.pay(invoice_of(payment))
        coins.mined(blocks=3)
    assert state_of(payment) == ("OVERPAID", "CAPTURED")

    coins.order("reorg", chain="btc", depth=6, dropped="vanish", blocks=110)
    coins.look()
    assert state_of(payment) == ("CREATED", "REQUIRES_ACTION")
    assert CryptoInvoice.objects.get().paid_by is None
    coins.later(minutes=40)
    coins.look()
    expire_due(by=HOUSE)
    assert state_of(payment) == ("EXPIRED", "EXPIRED")
    for key in (
        chart.account("treasury", "crypto", "BTC"), chart.clearing("onchain", "USD"),
        chart.wallet(coins.sam.party_id, "USD"),
    ):  # fmt: skip
        assert standing(key) == 0, key.path


def test_a_replaced_transfer_counts_once(coins):
    payment = coins.ask()
    first = coins.pay(invoice_of(payment))
    coins.look()
    assert state_of(payment) == ("SEEN", "REQUIRES_ACTION")
    second = coins.order("replace", txid=first)["txid"]
    coins.look()
    assert dict(Deposit.objects.values_list("txid", "state")) == {first: "DROPPED", second: "SEEN"}
    coins.mined(blocks=3)
    assert state_of(payment) == ("CONFIRMED", "CAPTURED")
    assert standing(chart.account("treasury", "crypto", "BTC")) == -35_700


def test_a_transfer_redirected_to_somebody_else_leaves_nothing(coins):
    payment = coins.ask()
    first = coins.pay(invoice_of(payment))
    coins.look()
    coins.order("replace", txid=first, address="bc1qm43n7nnev58aj3nrznz2xscgv98t7gxycq5pmp20a5vzfp5t0q2s7r6twa")
    coins.mined(blocks=3)
    assert state_of(payment) == ("CREATED", "REQUIRES_ACTION")
    assert standing(chart.account("treasury", "crypto", "BTC")) == 0


def test_a_refunded_sale_whose_coins_vanish_waits_for_a_person(coins, monkeypatch):
    payment = coins.ask()
    coins.pay(invoice_of(payment))
    coins.mined(blocks=3)
    from processors.payments.models import Payment

    Payment.objects.filter(pk=payment.id).update(refunds_minor=1_00)
    coins.order("reorg", chain="btc", depth=3, dropped="vanish")
    coins.look()
    coins.look()
    stuck = CryptoInvoice.objects.get()
    assert stuck.why_stuck.startswith("payments.undo_too_late")
    assert Outbox.objects.filter(type="crypto.invoice_stuck").count() == 1
    assert standing(chart.account("treasury", "crypto", "BTC")) == -35_700


@pytest.mark.parametrize("fault", ["http_500", "close_before", "half_body", "slow:1"])
def test_a_node_that_fails_delays_and_loses_nothing(coins, fault):
    payment = coins.ask()
    coins.pay(invoice_of(payment))
    coins.mine(blocks=3)
    coins.control.fault("chain", "getblock", fault, times=1)
    coins.look()
    coins.look()
    assert state_of(payment) == ("CONFIRMED", "CAPTURED")
