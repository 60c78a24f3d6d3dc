import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.money import EXPONENTS, LARGEST_IN_DATABASE, CurrencyMismatch, Money, total

currencies = st.sampled_from(sorted(EXPONENTS))
amounts = st.integers(-LARGEST_IN_DATABASE, LARGEST_IN_DATABASE)


@given(amounts, currencies, st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any))
def test_shares_add_up_to_the_last_minor_unit_and_none_is_off_by_a_whole_one(minor, currency, weights):
    money = Money(minor, currency)
    shares = money.allocate(*weights)

    assert total(shares, currency) == money
    for share, weight in zip(shares, weights, strict=True):
        exact = abs(minor) * weight / sum(weights) if abs(minor) < 2**40 else None
        assert weight or not share
        if exact is not None:
            assert abs(abs(share.minor) - exact) < 1 + 1e-6


@given(amounts, currencies)
def test_a_refund_shared_like_the_sale_returns_each_share(minor, currency):
    money = Money(minor, currency)

    assert tuple(-share for share in money.allocate(70, 20, 10)) == (-money).allocate(70, 20, 10)


def test_the_odd_cents_go_to_the_largest_remainders_first():
    assert [share.minor for share in Money(100, "USD").allocate(1, 1, 1)] == [34, 33, 33]
    assert [share.minor for share in Money(5, "USD").allocate(3, 7)] == [2, 3]
    assert [share.minor for share in Money(-100, "USD").allocate(1, 1, 1)] == [-34, -33, -33]


@pytest.mark.parametrize("minor", [1.0, True, "1", None, 1 + 0j])
def test_money_counts_in_whole_units_only(minor):
    with pytest.raises(TypeError):
        Money(minor, "USD")


def test_money_has_a_known_currency_and_fits_a_column():
    with pytest.raises(ValueError, match="unknown currency"):
        Money(1, "XXX")
    with pytest.raises(OverflowError):
        Money(2**63, "USD")


def test_currencies_never_mix():
    for meet in (Money.__add__, Money.__sub__, Money.__lt__, Money.__ge__):
        with pytest.raises(CurrencyMismatch):
            meet(Money(1, "USD"), Money(1, "EUR"))
    with pytest.raises(TypeError):
        Money(1, "USD") + 1
    with pytest.raises(TypeError):
        Money(1, "USD") * 1.5
    with pytest.raises(TypeError):
        Money(1, "USD") / 2


@pytest.mark.parametrize("weights", [(), (0, 0), (1, -1), (1.5,), (True,)])
def test_shares_need_whole_weights(weights):
    with pytest.raises(ValueError, match="weights"):
        Money(1, "USD").allocate(*weights)


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(123456, "USD"), "1,234.56 USD"),
        (Money(-5, "USD"), "-0.05 USD"),
        (Money(500, "JPY"), "500 JPY"),
        (Money(1, "BTC"), "0.00000001 BTC"),
        (Money(1234, "KWD"), "1.234 KWD"),
    ],
)
def test_money_reads_by_its_exponent(money, text):
    assert str(money) == text
