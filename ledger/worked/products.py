"""Wallets, gift cards, tokens, coins and cards."""

from __future__ import annotations

from foundation.money import Money
from ledger import chart
from ledger.rules.flows import cards, coins, gift_cards, tokens, wallet
from ledger.rules.flows.sales import Product
from ledger.worked.example import (
    BOYFANZ,
    MAYA,
    NORA,
    ROCKETGATE,
    SAM,
    WALLET,
    Example,
    credit,
    debit,
    house,
    line,
    posted,
    sold,
    usd,
)  # fmt: skip

OUTSTANDING, PROMOTION = house("gift_card", "outstanding"), house("platform", "promotion")
FLOAT, ISSUED = tokens.token_float("USD"), house("token", "issued", chart.TOKEN)
SAMS_TOKENS, NORAS_TOKENS = (chart.account("token", "held", chart.TOKEN, party=who) for who in (SAM, NORA))
COINS, COINS_ISSUED = chart.account("coin", "held", chart.COIN, party=SAM), house("coin", "issued", chart.COIN)
COIN_FLOAT, COIN_EXPENSE = coins.coin_float("USD"), house("coin", "expense")
CARD, SETTLEMENT = cards.spendable(SAM, "USD"), cards.settlement("USD")
PAXUM = chart.bank("cash", "paxum", "USD")


def fzt(count: int) -> Money:
    return Money(count, chart.TOKEN)


def fzc(count: int) -> Money:
    return Money(count, chart.COIN)


TIP = sold(product=Product.TIP, gross=usd(10_00), tax=usd(0), paid_from=FLOAT)
TOPPED_UP = wallet.top_up(SAM, usd(50_00), ROCKETGATE)
IN_FLOAT = {FLOAT: credit(50_00), ROCKETGATE: debit(50_00), ISSUED: debit(500), SAMS_TOKENS: credit(500)}

PRODUCTS: dict[str, tuple[Example, ...]] = {
    "Wallet": (
        Example(
            wallet.top_up,
            "Wallet topped up",
            "Sam loads 50.00 by card.",
            TOPPED_UP,
            {WALLET: credit(50_00), ROCKETGATE: debit(50_00)},
        ),
        Example(
            wallet.return_top_up,
            "Top-up returned",
            "20.00 unspent go back to his card.",
            wallet.return_top_up(posted("top-up", TOPPED_UP[0]), usd(20_00)),
            {WALLET: credit(30_00), ROCKETGATE: debit(30_00)},
            {WALLET: credit(50_00), ROCKETGATE: debit(50_00)},
        ),
        Example(
            wallet.cash_back,
            "Cashback",
            "1 % of a purchase comes back; we pay it.",
            wallet.cash_back(SAM, usd(24)),
            {WALLET: credit(24), PROMOTION: debit(24)},
        ),
    ),
    "Gift cards": (
        Example(
            gift_cards.sell,
            "Gift card sold",
            "Somebody buys a card of 25.00.",
            gift_cards.sell(usd(25_00), ROCKETGATE),
            {OUTSTANDING: credit(25_00), ROCKETGATE: debit(25_00)},
        ),
        Example(
            gift_cards.redeem,
            "Gift card redeemed",
            "Sam redeems it into his wallet.",
            gift_cards.redeem(SAM, usd(25_00)),
            {WALLET: credit(25_00), ROCKETGATE: debit(25_00)},
            {OUTSTANDING: credit(25_00), ROCKETGATE: debit(25_00)},
        ),
        Example(
            gift_cards.expire,
            "Gift card expired",
            "Nobody redeemed it in time.",
            gift_cards.expire(usd(25_00)),
            {chart.revenue(None, "gift_card", "USD"): credit(25_00), ROCKETGATE: debit(25_00)},
            {OUTSTANDING: credit(25_00), ROCKETGATE: debit(25_00)},
        ),
    ),
    "Tokens": (
        Example(
            tokens.mint,
            "Tokens sold",
            "Sam buys 500 tokens for 50.00, at 0.10 each.",
            tokens.mint(SAM, fzt(500), usd(50_00), ROCKETGATE),
            IN_FLOAT,
        ),
        Example(
            tokens.transfer,
            "Tokens given to another fan",
            "Sam gives Nora 120 of his 500 tokens.",
            tokens.transfer(SAM, NORA, fzt(120)),
            {**IN_FLOAT, SAMS_TOKENS: credit(380), NORAS_TOKENS: credit(120)},
            IN_FLOAT,
        ),
        Example(
            tokens.spend,
            "Tip in tokens",
            "Sam tips Maya 100 tokens, worth 10.00. They are burned, and the float pays a tip split 80 / 20.",
            tokens.spend(SAM, fzt(100), TIP),
            {
                FLOAT: credit(40_00),
                ROCKETGATE: debit(50_00),
                ISSUED: debit(400),
                SAMS_TOKENS: credit(400),
                line("pending", Product.TIP): credit(8_00),
                chart.revenue(BOYFANZ, Product.TIP, "USD"): credit(2_00),
            },
            IN_FLOAT,
        ),
        Example(
            tokens.burn,
            "Tokens redeemed",
            "Sam takes his last 400 tokens back as 40.00 in his wallet.",
            tokens.burn(SAM, fzt(400), usd(40_00), WALLET),
            {WALLET: credit(40_00), ROCKETGATE: debit(40_00)},
            {FLOAT: credit(40_00), ROCKETGATE: debit(40_00), ISSUED: debit(400), SAMS_TOKENS: credit(400)},
        ),
        Example(
            tokens.give,
            "Bonus tokens",
            "Maya gets 50 tokens for a good month; we put 5.00 behind them.",
            tokens.give(MAYA, fzt(50), usd(5_00)),
            {
                PROMOTION: debit(5_00),
                FLOAT: credit(5_00),
                ISSUED: debit(50),
                chart.account("token", "held", chart.TOKEN, party=MAYA): credit(50),
            },
        ),
    ),
    "Loyalty coins": (
        Example(
            coins.reward,
            "Coins earned",
            "240 coins for a purchase; redeeming them will cost us 2.40.",
            coins.reward(SAM, fzc(240), usd(2_40)),
            {COIN_EXPENSE: debit(2_40), COIN_FLOAT: credit(2_40), COINS_ISSUED: debit(240), COINS: credit(240)},
        ),
        Example(
            coins.redeem,
            "Coins redeemed",
            "100 of them become 1.00 in his wallet.",
            coins.redeem(SAM, fzc(100), usd(1_00), WALLET),
            {
                COIN_EXPENSE: debit(2_40),
                COIN_FLOAT: credit(1_40),
                COINS_ISSUED: debit(140),
                COINS: credit(140),
                WALLET: credit(1_00),
            },
            {COIN_EXPENSE: debit(2_40), COIN_FLOAT: credit(2_40), COINS_ISSUED: debit(240), COINS: credit(240)},
        ),
        Example(
            coins.expire,
            "Coins expired",
            "The last 140 run out: 1.40 were no expense after all.",
            coins.expire(SAM, fzc(140), usd(1_40)),
            {COIN_EXPENSE: debit(1_00), WALLET: credit(1_00)},
            {
                COIN_EXPENSE: debit(2_40),
                COIN_FLOAT: credit(1_40),
                COINS_ISSUED: debit(140),
                COINS: credit(140),
                WALLET: credit(1_00),
            },
        ),
    ),
    "Cards": (
        Example(
            cards.load,
            "Card loaded",
            "Sam moves 40.00 from his wallet onto his card.",
            cards.load(SAM, usd(40_00), WALLET),
            {CARD: credit(40_00), WALLET: credit(10_00), ROCKETGATE: debit(50_00)},
            {WALLET: credit(50_00), ROCKETGATE: debit(50_00)},
        ),
        Example(
            cards.authorise,
            "Purchase authorised",
            "A restaurant asks for 30.00: held, nothing is posted.",
            (),
            {CARD: credit(40_00), ROCKETGATE: debit(40_00)},
            {CARD: credit(40_00), ROCKETGATE: debit(40_00)},
            held=(cards.authorise(SAM, usd(30_00)),),
        ),
        Example(
            cards.clear,
            "Purchase cleared",
            "It clears 33.00: 30.00 from the hold, 3.00 tip from the card besides.",
            cards.clear(SAM, usd(33_00), usd(30_00)),
            {CARD: credit(7_00), SETTLEMENT: credit(33_00), ROCKETGATE: debit(40_00)},
            {CARD: credit(40_00), ROCKETGATE: debit(40_00)},
        ),
        Example(
            cards.take_back,
            "Purchase refunded by the shop",
            "The restaurant gives 5.00 back.",
            cards.take_back(SAM, usd(5_00)),
            {CARD: credit(12_00), SETTLEMENT: credit(28_00), ROCKETGATE: debit(40_00)},
            {CARD: credit(7_00), SETTLEMENT: credit(33_00), ROCKETGATE: debit(40_00)},
        ),
        Example(
            cards.cash_back,
            "Cashback on a card",
            "1 % of 28.00; we pay it.",
            cards.cash_back(SAM, usd(28)),
            {CARD: credit(28), PROMOTION: debit(28)},
        ),
        Example(
            cards.settle,
            "Card partner paid",
            "We pay the partner the 28.00 its shops were paid.",
            cards.settle(usd(28_00), "paxum"),
            {PAXUM: credit(28_00), ROCKETGATE: debit(28_00)},
            {SETTLEMENT: credit(28_00), ROCKETGATE: debit(28_00)},
        ),
        Example(
            cards.unload,
            "Card emptied",
            "Sam moves the 12.00 left back into his wallet.",
            cards.unload(SAM, usd(12_00), WALLET),
            {WALLET: credit(12_00), ROCKETGATE: debit(12_00)},
            {CARD: credit(12_00), ROCKETGATE: debit(12_00)},
        ),
    ),
}
