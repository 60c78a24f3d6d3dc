"""FanzTokens: every token in circulation has money behind it in the float.

Tokens are a currency of their own (FZT), so a flow has legs in FZT and legs in money, each balanced for itself.
"""

from __future__ import annotations

from uuid import UUID

from foundation.money import Money
from ledger import chart
from ledger.rules.flows.sales import Sale, sale
from ledger.rules.legs import Leg, Legs
from ledger.types import AccountKey


def token_float(currency: str) -> AccountKey:
    return chart.account("token", "float", currency)


def mint(party_id: UUID, tokens: Money, price: Money, paid_from: AccountKey) -> Legs:
    """Tokens are sold: the price goes into the float, the tokens come into being."""
    return (
        Leg("token.paid", paid_from, token_float(price.currency), price),
        Leg("token.minted", _issued(tokens), _held(party_id, tokens), tokens),
    )


def give(party_id: UUID, tokens: Money, backing: Money, platform_id: UUID | None = None) -> Legs:
    """Tokens as a bonus: we pay what stands behind them."""
    promotion = chart.account("platform", "promotion", backing.currency, platform=platform_id)
    return (
        Leg("token.backed", promotion, token_float(backing.currency), backing),
        Leg("token.minted", _issued(tokens), _held(party_id, tokens), tokens),
    )


def transfer(giver_id: UUID, taker_id: UUID, tokens: Money) -> Legs:
    """Tokens go from one person to another; the money behind them stays where it is."""
    return (Leg("token.transferred", _held(giver_id, tokens), _held(taker_id, tokens), tokens),)


def burn(party_id: UUID, tokens: Money, value: Money, paid_to: AccountKey) -> Legs:
    """Tokens are redeemed: they cease to be, and what stood behind them is paid."""
    return (
        Leg("token.burned", _held(party_id, tokens), _issued(tokens), tokens),
        Leg("token.redeemed", token_float(value.currency), paid_to, value),
    )


def spend(fan_id: UUID, tokens: Money, sold: Sale, owed: Money | None = None) -> Legs:
    """A tip or purchase in tokens: they are burned, and the float pays an ordinary sale, split as any other."""
    if sold.paid_from != token_float(sold.gross.currency):
        raise ValueError("a purchase in tokens is paid by the token float")
    return (Leg("token.burned", _held(fan_id, tokens), _issued(tokens), tokens), *sale(sold, owed))


def value_of(tokens: Money, in_circulation: Money, backing: Money) -> Money:
    """The part of the float that stands behind these tokens; the last ones take all that is left."""
    if not Money.zero(tokens.currency) < tokens <= in_circulation:
        raise ValueError("some of the tokens in circulation")
    return backing.allocate(tokens.minor, (in_circulation - tokens).minor)[0]


def _held(party_id: UUID, tokens: Money) -> AccountKey:
    return chart.account("token", "held", tokens.currency, party=party_id)


def _issued(tokens: Money) -> AccountKey:
    return chart.account("token", "issued", tokens.currency)
