"""Settlements, tax, conversions, coins of chains, compensation and the engagement share."""

from __future__ import annotations

from datetime import date

from foundation.money import Money
from ledger import chart
from ledger.rules.flows import compensation, crypto, engagement, fx, settlement, tax
from ledger.rules.flows.crypto import Coins, Sent
from ledger.rules.flows.fx import Rate
from ledger.rules.flows.settlement import Statement
from ledger.types import AccountKey
from ledger.worked.example import (
    BOYFANZ,
    MAYA,
    NORA,
    ROCKETGATE,
    SAM,
    TAX,
    WALLET,
    Example,
    credit,
    debit,
    house,
    maya,
    posted,
    source,
    usd,
)  # fmt: skip

CASH = chart.bank("cash", "wire", "USD")
FEES, RESERVE = (house("processor", purpose, source="rocketgate") for purpose in ("fees", "reserve"))
SUSPENSE, EXPENSE = house("suspense", "unmatched"), house("compensation", "expense")
POOL = engagement.pool(BOYFANZ, usd(0))
INCOME = chart.revenue(BOYFANZ, engagement.SOURCE, "USD")
SHARED = [chart.earning_line("pending", who, BOYFANZ, engagement.SOURCE, "USD") for who in (MAYA, NORA, SAM)]
BITCOIN = Rate("BTC", "USD", 66_666_67, 100, date(2026, 3, 2), "BitPay")
ONCHAIN, TRADING, SPENT = chart.clearing("onchain", "USD"), house("fx", "trading"), chart.wallet(NORA, "USD")
RATE = Rate("USD", "EUR", 92_135, 100_000, date(2026, 3, 2), "ECB")
EUROS = chart.creator("available", MAYA, "EUR")


def _statement(paid: int) -> Statement:
    return Statement("rocketgate", "wire", usd(1_000_00), usd(45_00), usd(100_00), usd(60_00), usd(paid))


def _bitcoin(units: int) -> Coins:
    return Coins(Money(units, "BTC"), BITCOIN)


def _waiting(units: int) -> dict[AccountKey, int]:
    """Bitcoin that came and waits."""
    return {house("treasury", "crypto", "BTC"): debit(units), crypto.unclaimed("BTC"): credit(units)}


def _sold(units: int) -> dict[AccountKey, int]:
    """Bitcoin that is ours."""
    return {house("treasury", "crypto", "BTC"): debit(units), house("fx", "trading", "BTC"): credit(units)}


SURPLUS = crypto.use((_bitcoin(40_000),), usd(23_80), ONCHAIN, WALLET)


HOUSE: dict[str, tuple[Example, ...]] = {
    "Settlement": (
        Example(
            settlement.settle,
            "Settlement with fees and reserve",
            "RocketGate settles 1,000.00: it keeps 45.00 in fees and 100.00 in reserve, releases 60.00 of an old "
            "reserve and wires 915.00.",
            settlement.settle(_statement(915_00)),
            {CASH: debit(915_00), FEES: debit(45_00), RESERVE: debit(140_00), WALLET: credit(1_100_00)},
            {ROCKETGATE: debit(1_000_00), RESERVE: debit(100_00), WALLET: credit(1_100_00)},
        ),
        Example(
            settlement.settle,
            "Settlement that does not add up",
            "The same file, but 912.50 arrive: 2.50 wait in suspense until somebody knows why.",
            settlement.settle(_statement(912_50)),
            {
                CASH: debit(912_50),
                FEES: debit(45_00),
                RESERVE: debit(140_00),
                SUSPENSE: debit(2_50),
                WALLET: credit(1_100_00),
            },
            {ROCKETGATE: debit(1_000_00), RESERVE: debit(100_00), WALLET: credit(1_100_00)},
        ),
        Example(
            settlement.settle,
            "A week of refunds",
            "More was refunded than sold: RocketGate debits us 70.00.",
            settlement.settle(Statement("rocketgate", "wire", usd(-65_00), usd(5_00), usd(0), usd(0), usd(-70_00))),
            {CASH: credit(70_00), FEES: debit(5_00), EXPENSE: debit(65_00)},
            {ROCKETGATE: credit(65_00), EXPENSE: debit(65_00)},
        ),
        Example(
            settlement.resolve,
            "Difference explained",
            "The 2.50 were a bank fee of the wire.",
            settlement.resolve(chart.bank("fees", "wire", "USD"), usd(2_50), was_too_much=False),
            {chart.bank("fees", "wire", "USD"): debit(2_50), WALLET: credit(2_50)},
            {SUSPENSE: debit(2_50), WALLET: credit(2_50)},
        ),
    ),
    "Tax": (
        Example(
            tax.pay_over,
            "Tax paid to the authority",
            "A quarter's German tax is due: 380.00 from BoyFanz, 12.00 that are no platform's. One wire pays both.",
            tax.pay_over("de", "wire", {BOYFANZ: usd(380_00), None: usd(12_00)}),
            {CASH: debit(608_00), WALLET: credit(608_00)},
            {
                TAX: credit(380_00),
                house("tax", "payable", source="de"): credit(12_00),
                CASH: debit(1_000_00),
                WALLET: credit(608_00),
            },
        ),
    ),
    "Conversion": (
        Example(
            fx.convert,
            "Dollars become euros",
            "Maya converts 100.00 USD for a fee of 1.00 at 0.92135 (ECB, 2 March 2026): 99.00 x 0.92135 = 91.21365, so "
            "91.21 EUR. Each currency balances for itself; what the rounding left is in our EUR position.",
            fx.convert(maya("available"), EUROS, usd(100_00), RATE, usd(1_00)),
            {
                house("fx", "trading"): credit(99_00),
                house("fx", "income"): credit(1_00),
                ROCKETGATE: debit(100_00),
                house("fx", "trading", "EUR"): debit(91_21),
                EUROS: credit(91_21),
            },
            {maya("available"): credit(100_00), ROCKETGATE: debit(100_00)},
        ),
    ),
    "Coins of chains": (
        Example(
            crypto.receive,
            "Ether with dust",
            "The chain says 1,500,000,000,123,456,789 wei. We keep 9 digits: 1.500000000 ETH are Sam's, the "
            "123,456,789 wei below go to dust in a currency of their own, so both together are what the chain says.",
            crypto.receive("ETH", 1_500_000_000_123_456_789, chart.wallet(SAM, "ETH")),
            {
                house("treasury", "crypto", "ETH"): debit(1_500_000_000),
                chart.wallet(SAM, "ETH"): credit(1_500_000_000),
                house("treasury", "crypto", "WEI"): debit(123_456_789),
                house("dust", "collected", "WEI"): credit(123_456_789),
            },
        ),
        Example(
            crypto.receive,
            "Bitcoin, which has no dust",
            "0.00250000 BTC: our scale is the chain's.",
            crypto.receive("BTC", 250_000, chart.wallet(SAM, "BTC")),
            {house("treasury", "crypto", "BTC"): debit(250_000), chart.wallet(SAM, "BTC"): credit(250_000)},
        ),
        Example(
            crypto.use,
            "Coins pay for a month",
            "Sam pays 23.80 USD with 0.00035700 BTC at the locked rate of 66,666.67: 23.80. The coins had been waiting "
            "since they were confirmed; our own addresses' clearing account is nil again once the sale is booked.",
            crypto.use((_bitcoin(35_700),), usd(23_80), ONCHAIN, WALLET),
            {**_sold(35_700), TRADING: debit(23_80), ONCHAIN: credit(23_80)},
            _waiting(35_700),
        ),
        Example(
            crypto.use,
            "More coins than asked for",
            "0.00040000 BTC are 26.66 USD: 23.80 pay, 2.86 are Sam's to spend.",
            crypto.use((_bitcoin(40_000),), usd(23_80), ONCHAIN, WALLET),
            {**_sold(40_000), TRADING: debit(26_66), ONCHAIN: credit(23_80), WALLET: credit(2_86)},
            _waiting(40_000),
        ),
        Example(
            crypto.use,
            "Coins a little short",
            "0.00035650 BTC are 23.76 USD. Four cents are within the tolerance: we bear them.",
            crypto.use((_bitcoin(35_650),), usd(23_80), ONCHAIN, WALLET),
            {
                **_sold(35_650),
                TRADING: debit(23_76),
                ONCHAIN: credit(23_80),
                house("compensation", "expense"): debit(4),
            },
            _waiting(35_650),
        ),
        Example(
            crypto.use,
            "Coins that pay for nothing",
            "0.00010000 BTC came and the rest never did. Their 6.66 USD are Sam's to spend.",
            crypto.use((_bitcoin(10_000),), usd(0), ONCHAIN, WALLET),
            {**_sold(10_000), TRADING: debit(6_66), WALLET: credit(6_66)},
            _waiting(10_000),
        ),
        Example(
            crypto.send,
            "Coins go back by hand",
            "Sam's month was refunded: the sale gave 23.80 back to the clearing account. A person sent 0.00034000 BTC, "
            "worth 23.80 by then; the network took 0.00000200 more. The clearing account is nil; that the coins bought "
            "at 0.00035700 went back as fewer is our gain and stays in our position.",
            crypto.send(Sent("BTC", 34_000, "BTC", 200), usd(23_80), ONCHAIN),
            {
                house("treasury", "crypto", "BTC"): debit(1_500),
                house("fx", "trading", "BTC"): credit(1_700),
                chart.bank("fees", "network", "BTC"): debit(200),
            },
            {**_sold(35_700), TRADING: debit(23_80), ONCHAIN: credit(23_80)},
        ),
        Example(
            crypto.send,
            "Ether goes back to the last wei",
            "1.5 ETH and 123,456,789 wei were sent back for 5,250.00 USD: whole units out of the treasury, what is "
            "below our scale out of dust.",
            crypto.send(Sent("ETH", 1_500_000_000_123_456_789, "ETH"), usd(5_250_00), ONCHAIN),
            {},
            {
                house("treasury", "crypto", "ETH"): debit(1_500_000_000),
                house("fx", "trading", "ETH"): credit(1_500_000_000),
                house("treasury", "crypto", "WEI"): debit(123_456_789),
                house("dust", "collected", "WEI"): credit(123_456_789),
                TRADING: debit(5_250_00),
                ONCHAIN: credit(5_250_00),
            },
        ),
        Example(
            crypto.undo,
            "A chain takes coins back",
            "The blocks with the 0.00040000 BTC are gone, and Sam has spent 1.86 of the 2.86. The sale was taken back "
            "first; now the coins wait again, until their receipt is taken back too, and 1.86 are our loss.",
            crypto.undo([posted("surplus", leg) for leg in SURPLUS if leg.amount], source(WALLET, 1_00)),
            {**_waiting(40_000), SPENT: credit(1_86), house("write_off", "loss"): debit(1_86)},
            {
                **_sold(40_000),
                TRADING: debit(26_66),
                ONCHAIN: credit(23_80),
                WALLET: credit(1_00),
                SPENT: credit(1_86),
            },
        ),
    ),
    "Compensation": (
        Example(
            compensation.compensate,
            "A wrong freeze made good",
            "Maya gets 20.00 for money that was frozen wrongly.",
            compensation.compensate(maya("available"), usd(20_00)),
            {EXPENSE: debit(20_00), maya("available"): credit(20_00)},
        ),
    ),
    "Engagement share": (
        Example(
            engagement.fund,
            "The day's pool",
            "BoyFanz sets 100.00 of its income aside.",
            engagement.fund(BOYFANZ, usd(100_00)),
            {POOL: credit(100_00), ROCKETGATE: debit(100_00)},
            {INCOME: credit(100_00), ROCKETGATE: debit(100_00)},
        ),
        Example(
            engagement.share,
            "The pool shared",
            "Three creators had one counted interaction each: 33.33 for each, and the odd cent to the first by id.",
            engagement.share(BOYFANZ, usd(100_00), {MAYA: 1, NORA: 1, SAM: 1}),
            {
                ROCKETGATE: debit(100_00),
                **dict(
                    zip(
                        sorted(SHARED, key=lambda key: key.path),
                        (credit(33_34), credit(33_33), credit(33_33)),
                        strict=True,
                    )
                ),
            },
            {POOL: credit(100_00), ROCKETGATE: debit(100_00)},
        ),
    ),
}
