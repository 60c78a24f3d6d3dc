"""Sam pays Maya in coins, to an address of our own."""

import pytest
from django.test import Client
from django.urls import reverse

from ledger import chart
from processors.crypto.models import Deposit
from tests.cast import signed_in, staff
from tests.processors.crypto.world import PRICE, invoice_of, standing, state_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_bitcoin_pays_at_three_confirmations_and_stands_on_the_books_to_the_last_satoshi(coins):
    coins.look()
    payment = coins.ask()
    assert payment.state == "REQUIRES_ACTION"
    invoice = invoice_of(payment)
    assert payment.action["kind"] == "pay_to_address"
    assert payment.action["fields"] == {
        "coin": "BTC", "address": invoice.address, "amount": "0.000357",
        "qr": f"bitcoin:{invoice.address}?amount=0.000357",
    }  # fmt: skip
    assert invoice.due_units == 35_700

    coins.pay(invoice)
    coins.look()
    assert state_of(payment) == ("SEEN", "REQUIRES_ACTION")
    coins.mined()
    assert state_of(payment) == ("CONFIRMING", "REQUIRES_ACTION")
    coins.mined()
    assert state_of(payment) == ("CONFIRMING", "REQUIRES_ACTION")
    coins.mined()
    assert state_of(payment) == ("CONFIRMED", "CAPTURED")

    assert standing(chart.account("treasury", "crypto", "BTC")) == -35_700
    assert standing(chart.account("fx", "trading", "BTC")) == 35_700
    assert standing(chart.account("suspense", "unmatched", "BTC")) == 0
    assert standing(chart.clearing("onchain", "USD")) == 0
    assert standing(chart.account("fx", "trading", "USD")) == -PRICE.minor
    assert standing(chart.wallet(coins.sam.party_id, "USD")) == 0

    page = signed_in(Client(), staff("fred")).get(reverse("ops:payment", args=[payment.id]))
    sent = Deposit.objects.get()
    assert [sent.txid in page.content.decode(), "0.000357 BTC" in page.content.decode()] == [True, True]
    kinds = [row.cells[0].text for row in page.context["books"].rows]
    assert [kind.split(".")[0] for kind in kinds][:1] == ["crypto"]
    assert "sale.paid" in kinds


@pytest.mark.parametrize("coin", ["ETH", "USDC"])
def test_ether_and_its_token_pay_at_twelve_confirmations(coins, coin):
    payment = coins.ask(coin=coin)
    invoice = invoice_of(payment)
    coins.look()
    coins.pay(invoice)
    coins.mined("eth", 11)
    assert state_of(payment) == ("CONFIRMING", "REQUIRES_ACTION")
    coins.mined("eth")
    assert state_of(payment) == ("CONFIRMED", "CAPTURED")
    assert standing(chart.account("treasury", "crypto", coin)) == -{"ETH": 6_800_000, "USDC": 23_800_000}[coin]
    assert Deposit.objects.get().index == {"ETH": 0, "USDC": 1}[coin]


def test_dust_below_our_scale_is_counted_in_wei(coins):
    payment = coins.ask(coin="ETH")
    invoice = invoice_of(payment)
    coins.pay(invoice, "0.006800000123456789")
    coins.look()
    coins.mined("eth", 12)
    assert state_of(payment) == ("CONFIRMED", "CAPTURED")
    assert standing(chart.account("treasury", "crypto", "ETH")) == -6_800_000
    assert standing(chart.account("treasury", "crypto", "WEI")) == -123_456_789
    assert standing(chart.account("dust", "collected", "WEI")) == 123_456_789


def test_too_much_is_the_fans_to_spend(coins):
    payment = coins.ask()
    coins.pay(invoice_of(payment), "0.0004")
    coins.look()
    coins.mined(blocks=3)
    assert state_of(payment) == ("OVERPAID", "CAPTURED")
    assert standing(chart.wallet(coins.sam.party_id, "USD")) == 2_86
    assert standing(chart.clearing("onchain", "USD")) == 0


def test_a_little_less_is_forgiven(coins):
    payment = coins.ask()
    coins.pay(invoice_of(payment), "0.0003565")
    coins.look()
    coins.mined(blocks=3)
    assert state_of(payment) == ("CONFIRMED", "CAPTURED")
    assert standing(chart.account("compensation", "expense", "USD")) == -4


def test_several_payments_to_one_address_are_added_up(coins):
    payment = coins.ask()
    invoice = invoice_of(payment)
    coins.pay(invoice, "0.0002")
    coins.look()
    coins.mined(blocks=3)
    assert state_of(payment) == ("UNDERPAID", "REQUIRES_ACTION")
    assert standing(chart.account("suspense", "unmatched", "BTC")) == 20_000
    coins.pay(invoice, "0.000157")
    coins.look()
    assert state_of(payment) == ("SEEN", "REQUIRES_ACTION")
    coins.mined(blocks=3)
    assert state_of(payment) == ("CONFIRMED", "CAPTURED")
    assert standing(chart.account("suspense", "unmatched", "BTC")) == 0


def test_too_little_is_the_fans_to_spend_once_the_time_is_over(coins):
    payment = coins.ask()
    coins.pay(invoice_of(payment), "0.0001")
    coins.look()
    coins.mined(blocks=3)
    coins.later(31)
    coins.look()
    assert state_of(payment) == ("UNDERPAID", "EXPIRED")
    assert standing(chart.wallet(coins.sam.party_id, "USD")) == 6_66
    assert standing(chart.account("suspense", "unmatched", "BTC")) == 0


def test_what_comes_too_late_counts_at_the_price_of_that_moment(coins):
    enough, too_little = coins.ask(), coins.ask()
    coins.later(31)
    coins.look()
    assert state_of(enough) == ("EXPIRED", "EXPIRED")
    coins.rates(BTC="70000")
    coins.pay(invoice_of(enough))
    coins.pay(invoice_of(too_little), "0.0003")
    coins.look()
    coins.mined(blocks=3)

    assert state_of(enough) == ("OVERPAID", "CAPTURED")
    assert state_of(too_little) == ("LATE", "EXPIRED")
    # 35,700 satoshi are 24.99 by now, 30,000 are 21.00.
    assert standing(chart.wallet(coins.sam.party_id, "USD")) == 1_19 + 21_00


def test_coins_announced_in_time_keep_their_price_however_long_a_block_takes(coins):
    payment = coins.ask()
    coins.pay(invoice_of(payment))
    coins.look()
    coins.later(90)
    coins.rates(BTC="50000")
    coins.mined(blocks=3)
    assert state_of(payment) == ("CONFIRMED", "CAPTURED")
    assert standing(chart.wallet(coins.sam.party_id, "USD")) == 0


def test_more_coins_for_a_paid_invoice_are_the_fans(coins):
    payment = coins.ask()
    invoice = invoice_of(payment)
    coins.pay(invoice)
    coins.look()
    coins.mined(blocks=3)
    coins.pay(invoice, "0.0001")
    coins.look()
    coins.mined(blocks=3)
    assert state_of(payment) == ("OVERPAID", "CAPTURED")
    assert standing(chart.wallet(coins.sam.party_id, "USD")) == 6_66


def test_the_wrong_coin_at_the_right_address_counts_at_its_own_rate(coins):
    payment = coins.ask(coin="USDC")
    invoice = invoice_of(payment)
    coins.order("pay", coin="ETH", address=invoice.address, amount="0.0068")
    coins.look()
    coins.mined("eth", 12)
    assert state_of(payment) == ("CONFIRMED", "CAPTURED")
    assert standing(chart.account("treasury", "crypto", "ETH")) == -6_800_000


def test_what_a_false_token_a_failed_and_an_empty_transfer_bring_is_nothing(coins):
    token, ether = coins.ask(coin="USDC"), coins.ask(coin="ETH")
    coins.look()
    at = invoice_of(token).address
    coins.order("pay", coin="FAKE_USDC", address=at, amount="1000")
    coins.pay(invoice_of(token), failed=True)
    coins.pay(invoice_of(ether), failed=True)
    coins.mined("eth", 13)
    assert state_of(token) == state_of(ether) == ("CREATED", "REQUIRES_ACTION")
    assert not Deposit.objects.exists()


def test_after_a_hundred_blocks_nothing_will_change_it(coins):
    payment = coins.ask()
    coins.pay(invoice_of(payment))
    coins.look()
    coins.mined(blocks=99)
    assert state_of(payment) == ("CONFIRMED", "CAPTURED")
    coins.mined()
    assert state_of(payment) == ("SETTLED", "CAPTURED")


def test_without_a_fresh_rate_no_price_is_named_and_no_address_given(coins):
    coins.later(6)
    payment = coins.ask()
    assert payment.state == "FAILED"
    coins.rates()
    assert coins.ask().state == "REQUIRES_ACTION"
