"""Amounts as people read, hear and copy them."""

import pytest

from foundation.http.amounts import amount_in_words, amount_text, plain_amount
from foundation.money import Money


@pytest.mark.parametrize(
    ("minor", "currency", "shown", "said", "copied"),
    [
        (120410, "USD", "$1,204.10", "1,204 US dollars and 10 cents", "1204.10"),
        (100, "USD", "$1.00", "1 US dollar", "1.00"),
        (-5, "USD", "−$0.05", "minus 0 US dollars and 5 cents", "-0.05"),
        (1000, "EUR", "10.00 EUR", "10 euros", "10.00"),
        (1000, "JPY", "1,000 JPY", "1,000 yen", "1000"),
        (1500, "KWD", "1.500 KWD", "1.500 KWD", "1.500"),
        (120050000, "BTC", "1.20050000 BTC", "1.20050000 BTC", "1.20050000"),
        (1_000_000_001, "ETH", "~1.00000000 ETH", "1.000000001 ETH", "1.000000001"),
        (2_000_000_000, "ETH", "2.00000000 ETH", "2.000000000 ETH", "2.000000000"),
    ],
)
def test_amounts_on_a_page_in_dollars(minor, currency, shown, said, copied):
    amount = Money(minor, currency)
    assert (amount_text(amount), amount_in_words(amount), plain_amount(amount)) == (shown, said, copied)


def test_the_symbol_stands_alone_only_in_the_currency_of_the_page():
    assert amount_text(Money(1000, "EUR"), page_currency="EUR") == "€10.00"
    assert amount_text(Money(1000, "USD"), page_currency="EUR") == "10.00 USD"
