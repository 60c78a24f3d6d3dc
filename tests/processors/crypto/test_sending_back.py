"""Coins go back by hand: the refund, the treasury and the clearing account agree to the last unit."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.urls import reverse

from foundation import clock
from foundation.errors import Invalid
from foundation.money import Money
from ledger import chart
from ledger.selectors import sums_by_currency
from processors.crypto.services import coins_back, settle_coin_refund
from processors.models import Refund
from processors.payments.selectors import get_refund
from processors.payments.services import request_refund, settle_refund_by_hand
from processors.payments.views import view_of_refund
from tests.cast import HOUSE, signed_in, staff
from tests.processors.crypto.world import PRICE, invoice_of, standing, state_of

pytestmark = pytest.mark.django_db(transaction=True)


def paid(coins, coin="BTC", amount=""):
    payment = coins.ask(coin=coin)
    coins.pay(invoice_of(payment), amount)
    coins.look()
    coins.mined("btc" if coin == "BTC" else "eth", 3 if coin == "BTC" else 12)
    assert state_of(payment)[1] == "CAPTURED"
    return payment


def due(payment, amount=PRICE):
    with transaction.atomic():
        row = request_refund(payment_id=payment.id, amount=amount, reason="asked", by=HOUSE, at=clock.now())
    assert row.state == "MANUAL_DUE"
    return view_of_refund(row)


def settle(refund, sent, fee="0"):
    settle_coin_refund(refund=refund, coins=Decimal(sent), fee=Decimal(fee), proof="9f2c", by=HOUSE, at=clock.now())


def house(kind, purpose, currency):
    return standing(chart.account(kind, purpose, currency))


def test_what_came_and_went_back_leaves_nothing_behind(coins):
    payment = paid(coins)
    settle(due(payment), "0.000357")
    assert standing(chart.clearing("onchain", "USD")) == 0
    for currency in ("BTC", "USD"):
        assert house("fx", "trading", currency) == 0
    assert house("treasury", "crypto", "BTC") == 0
    assert all(not total for total in sums_by_currency().values())
    row = Refund.objects.get()
    assert (row.state, row.proof, row.raw["sent"]["units"]) == ("MANUAL_SETTLED", "9f2c", 35_700)


def test_the_network_and_the_rate_are_ours_and_parts_go_back_by_parts(coins):
    payment = paid(coins)
    coins.rates(BTC="70000")
    back = coins_back(due(payment, Money(10_00, "USD")), at=clock.now())
    assert (back.now, back.then, back.fee_coin) == ("0.00014286", "0.00015", "BTC")
    first = get_refund(Refund.objects.get().pk, HOUSE)
    settle(first, back.now, fee="0.000002")
    settle(due(payment, Money(13_80, "USD")), "0.000207")
    assert standing(chart.clearing("onchain", "USD")) == 0
    assert house("fx", "trading", "USD") == 0
    assert standing(chart.bank("fees", "network", "BTC")) == -200
    assert house("treasury", "crypto", "BTC") == -(35_700 - 14_286 - 20_700 - 200)


def test_ether_and_dust_go_back_and_a_tokens_fee_is_ether(coins):
    ether = paid(coins, "ETH", "0.006800000123456789")
    settle(due(ether), "0.006800000123456789", fee="0.000000000000000021")
    assert house("treasury", "crypto", "ETH") == 0
    assert house("treasury", "crypto", "WEI") == 21
    assert standing(chart.bank("fees", "network", "WEI")) == 0
    token = paid(coins, "USDC")
    settle(due(token), "23.80", fee="0.001")
    assert house("treasury", "crypto", "USDC") == 0
    assert standing(chart.bank("fees", "network", "ETH")) == -1_000_000
    assert standing(chart.clearing("onchain", "USD")) == 0


@pytest.mark.parametrize("sent", ["0.00357", "0.0000357", "0", "0.000000001", "-1", "NaN"])
def test_a_slip_of_the_point_is_refused_and_nothing_is_booked(coins, sent):
    refund = due(paid(coins))
    with pytest.raises(Invalid):
        settle(refund, sent)
    with pytest.raises(Invalid, match="coins_missing"):
        settle_refund_by_hand(refund_id=refund.id, proof="9f2c", by=HOUSE, at=clock.now())
    assert Refund.objects.get().state == "MANUAL_DUE"
    assert house("treasury", "crypto", "BTC") == -35_700


def test_the_page_fills_in_todays_coins_and_takes_what_was_sent(coins, client):
    payment = paid(coins)
    refund = due(payment)
    fred = signed_in(client, staff("fred"))
    url = reverse("ops:refund_settle", args=[refund.id])
    shown = fred.get(url).content.decode()
    assert 'value="0.000357"' in shown
    wrong = fred.post(url, {"coins": "0.0357", "fee": "0", "proof": "9f2c"})
    assert wrong.status_code == 409
    assert fred.post(url, {"coins": "0.000357", "fee": "0.000001", "proof": "9f2c"}).status_code == 302
    assert standing(chart.clearing("onchain", "USD")) == 0
    said = fred.get(reverse("ops:payment", args=[payment.id])).content.decode()
    assert "crypto.sent" in said
