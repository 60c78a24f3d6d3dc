"""Earnings, payouts and debts of creators."""

from __future__ import annotations

from foundation.money import Money
from ledger import chart
from ledger.rules.flows import clawback, earnings, freezes, payouts
from ledger.rules.flows import credit as advances
from ledger.worked.example import (
    MAYA,
    ROCKETGATE,
    Example,
    credit,
    debit,
    house,
    line,
    maya,
    source,
    usd,
)  # fmt: skip

PENDING, AVAILABLE, OWING = line("pending"), maya("available"), maya("receivable")
TIPS = line("pending", "tip")
ESCROW, IN_TRANSIT, RESERVE = maya("escrow"), maya("in_transit"), maya("reserve")
BACKUP = house("tax", "payable", source="us-backup")
CASH, CASH_FEES = chart.bank("cash", "paxum", "USD"), chart.bank("fees", "paxum", "USD")
LOSS, TREASURY = house("write_off", "loss"), house("treasury", "crypto", "BTC")
ADVANCE = advances.receivable(MAYA, "USD")


def btc(minor: int) -> Money:
    return Money(minor, "BTC")


EARNING: dict[str, tuple[Example, ...]] = {
    "Earnings": (
        Example(
            earnings.settle,
            "Pending becomes available",
            "160.00 of Maya's subscriptions on BoyFanz settle; 10 % is kept back in reserve.",
            earnings.settle(PENDING, usd(160_00), reserve_basis_points=1_000),
            {AVAILABLE: credit(144_00), RESERVE: credit(16_00), ROCKETGATE: debit(160_00)},
            {PENDING: credit(160_00), ROCKETGATE: debit(160_00)},
        ),
        Example(
            earnings.settle,
            "Earnings fill a debt first",
            "Maya owes 30.00; of the 130.00 left, 13.00 are kept back.",
            earnings.settle(PENDING, usd(160_00), reserve_basis_points=1_000, owed=usd(30_00)),
            {AVAILABLE: credit(117_00), RESERVE: credit(13_00), ROCKETGATE: debit(130_00)},
            {PENDING: credit(160_00), OWING: debit(30_00), ROCKETGATE: debit(130_00)},
        ),
        Example(
            earnings.release_reserve,
            "Reserve released",
            "The months of the reserve are over.",
            earnings.release_reserve(RESERVE, usd(16_00)),
            {AVAILABLE: credit(16_00), ROCKETGATE: debit(16_00)},
            {RESERVE: credit(16_00), ROCKETGATE: debit(16_00)},
        ),
        Example(
            freezes.freeze_part,
            "A part frozen",
            "20.00 of one payment are frozen: 12.00 are still pending, the rest is held on available. Nothing is "
            "posted; the floor keeps the money in. Lifting the last reason lets it go.",
            (),
            {PENDING: credit(12_00), AVAILABLE: credit(50_00), ROCKETGATE: debit(62_00)},
            {PENDING: credit(12_00), AVAILABLE: credit(50_00), ROCKETGATE: debit(62_00)},
            held=freezes.freeze_part(usd(20_00), source(PENDING, 12_00), source(AVAILABLE, 50_00)),
        ),
        Example(
            freezes.freeze_all,
            "Everything frozen",
            "Maya's 50.00 are frozen, of which 20.00 were already: the other 30.00 are held. A payout finds nothing.",
            (),
            {AVAILABLE: credit(50_00), ROCKETGATE: debit(50_00)},
            {AVAILABLE: credit(50_00), ROCKETGATE: debit(50_00)},
            held=freezes.freeze_all([source(AVAILABLE, 30_00)]),
        ),
        Example(
            freezes.freeze_all,
            "Everything let go",
            "The last reason is lifted with `unfreeze_all`: the hold of 30.00 is voided, the 20.00 stay frozen for "
            "their own reason, and 30.00 may leave again. Nothing is posted either way.",
            (),
            {AVAILABLE: credit(50_00), ROCKETGATE: debit(50_00)},
            {AVAILABLE: credit(50_00), ROCKETGATE: debit(50_00)},
        ),
    ),
    "Payouts": (
        Example(
            payouts.request,
            "Payout asked for",
            "Maya asks for 100.00.",
            payouts.request(MAYA, usd(100_00)),
            {AVAILABLE: credit(44_00), ESCROW: credit(100_00), CASH: debit(144_00)},
            {AVAILABLE: credit(144_00), CASH: debit(144_00)},
        ),
        Example(
            payouts.withhold,
            "Tax withheld from a payout",
            "Maya asks for 100.00 and never said her taxpayer number: 24.00 are owed to the IRS, 76.00 wait in escrow.",
            (*payouts.request(MAYA, usd(76_00)), *payouts.withhold(MAYA, usd(24_00), "us-backup")),
            {AVAILABLE: credit(44_00), ESCROW: credit(76_00), BACKUP: credit(24_00), CASH: debit(144_00)},
            {AVAILABLE: credit(144_00), CASH: debit(144_00)},
        ),
        Example(
            payouts.give_withheld_back,
            "Withheld tax given back",
            "She gave that payout up: after its 76.00 the 24.00 are hers again, too.",
            payouts.give_withheld_back(MAYA, usd(24_00), "us-backup"),
            {AVAILABLE: credit(100_00), CASH: debit(100_00)},
            {AVAILABLE: credit(76_00), BACKUP: credit(24_00), CASH: debit(100_00)},
        ),
        Example(
            payouts.send,
            "Payout sent",
            "Her escrow is over; Paxum gets 98.00 to pay, 2.00 are our fee.",
            payouts.send(MAYA, usd(100_00), usd(2_00)),
            {IN_TRANSIT: credit(98_00), chart.revenue(None, "payout", "USD"): credit(2_00), CASH: debit(100_00)},
            {ESCROW: credit(100_00), CASH: debit(100_00)},
        ),
        Example(
            payouts.confirm,
            "Payout paid",
            "Paxum says it arrived and charges us 0.75.",
            payouts.confirm(MAYA, usd(98_00), "paxum", usd(75)),
            {CASH: debit(1_25), CASH_FEES: debit(75), chart.revenue(None, "payout", "USD"): credit(2_00)},
            {IN_TRANSIT: credit(98_00), chart.revenue(None, "payout", "USD"): credit(2_00), CASH: debit(100_00)},
        ),
        Example(
            payouts.confirm_coins,
            "Payout paid in coins",
            "0.002 BTC leave the treasury; the network takes 0.00001.",
            payouts.confirm_coins(MAYA, btc(200_000), btc(1_000)),
            {
                TREASURY: debit(99_000),
                house("bank", "fees", "BTC", source="network"): debit(1_000),
                chart.creator("available", MAYA, "BTC"): credit(100_000),
            },
            {
                chart.creator("in_transit", MAYA, "BTC"): credit(200_000),
                TREASURY: debit(300_000),
                chart.creator("available", MAYA, "BTC"): credit(100_000),
            },
        ),
        Example(
            payouts.cancel,
            "Payout cancelled",
            "Not sent after all. Maya owed 7.00, which are taken from it.",
            payouts.cancel(MAYA, usd(100_00), usd(7_00)),
            {AVAILABLE: credit(93_00), CASH: debit(93_00)},
            {ESCROW: credit(100_00), OWING: debit(7_00), CASH: debit(93_00)},
        ),
        Example(
            payouts.unsend,
            "Payout that never reached its rail",
            "Paxum could not be reached: 98.00 and the fee of 2.00 wait in escrow again.",
            payouts.unsend(MAYA, usd(100_00), usd(2_00)),
            {ESCROW: credit(100_00), CASH: debit(100_00)},
            {IN_TRANSIT: credit(98_00), chart.revenue(None, "payout", "USD"): credit(2_00), CASH: debit(100_00)},
        ),
        Example(
            payouts.fail,
            "Payout refused by the rail",
            "Paxum does not know the account; nothing left, and the fee of 2.00 comes back.",
            payouts.fail(MAYA, usd(100_00), fee=usd(2_00)),
            {AVAILABLE: credit(100_00), CASH: debit(100_00)},
            {IN_TRANSIT: credit(98_00), chart.revenue(None, "payout", "USD"): credit(2_00), CASH: debit(100_00)},
        ),
        Example(
            payouts.come_back,
            "Payout returned by the bank",
            "98.00 that were paid come back days later.",
            payouts.come_back(MAYA, usd(98_00), "paxum"),
            {AVAILABLE: credit(98_00), CASH: debit(98_00)},
        ),
        Example(
            payouts.charge_return,
            "Payout returned by the bank for less",
            "98.00 were paid and 93.00 come back: banks on the way kept 5.00. Maya did not get them and does not pay "
            "them; they are ours, like all that rails charge.",
            (*payouts.come_back(MAYA, usd(98_00), "paxum"), *payouts.charge_return("paxum", usd(5_00))),
            {AVAILABLE: credit(98_00), CASH: debit(93_00), CASH_FEES: debit(5_00)},
        ),
        Example(
            payouts.charge_return,
            "Payout returned for less before it was confirmed",
            "The same while Paxum still had it: 98.00 were in transit and did not leave our account but for the 5.00.",
            (*payouts.fail(MAYA, usd(98_00)), *payouts.charge_return("paxum", usd(5_00))),
            {AVAILABLE: credit(98_00), CASH: debit(93_00), CASH_FEES: debit(5_00)},
            {IN_TRANSIT: credit(98_00), CASH: debit(98_00)},
        ),
        Example(
            payouts.come_back,
            "Coins that came back",
            "0.002 BTC are in the treasury again; two people said so.",
            payouts.come_back(MAYA, btc(200_000), "crypto"),
            {chart.creator("available", MAYA, "BTC"): credit(200_000), TREASURY: debit(200_000)},
        ),
    ),
    "Clawback and debts": (
        Example(
            clawback.claw_back,
            "Clawback in its order",
            "60.00 have to come back for a tip: available gives 25.00, then pending tips 10.00, pending subscriptions "
            "of the same platform 8.00, the reserve 5.00; 12.00 are owed. Escrow is not touched: payouts cancels the "
            "newest payout first if it can.",
            clawback.claw_back(
                line("earned", "tip"),
                usd(60_00),
                clawback.in_order(
                    [
                        source(RESERVE, 5_00),
                        source(PENDING, 8_00),
                        source(TIPS, 10_00),
                        source(AVAILABLE, 25_00),
                        source(ESCROW, 40_00),
                    ],
                    line("earned", "tip"),
                ),
                OWING,
            ),
            {OWING: debit(12_00), ESCROW: credit(40_00), CASH: debit(28_00)},
            {
                RESERVE: credit(5_00),
                PENDING: credit(8_00),
                TIPS: credit(10_00),
                AVAILABLE: credit(25_00),
                ESCROW: credit(40_00),
                line("earned", "tip"): debit(60_00),
                CASH: debit(28_00),
            },
        ),
        Example(
            clawback.collect,
            "Debt collected",
            "12.00 are owed and 9.00 available again.",
            clawback.collect([source(AVAILABLE, 9_00)], OWING, usd(12_00)),
            {OWING: debit(3_00), ROCKETGATE: credit(3_00)},
            {OWING: debit(12_00), AVAILABLE: credit(9_00), ROCKETGATE: credit(3_00)},
        ),
        Example(
            clawback.give_up,
            "Debt written off",
            "Maya left; the last 3.00 become our loss.",
            clawback.give_up(OWING, usd(3_00)),
            {LOSS: debit(3_00), ROCKETGATE: credit(3_00)},
            {OWING: debit(3_00), ROCKETGATE: credit(3_00)},
        ),
        Example(
            clawback.recover,
            "Debt paid after all",
            "She pays the 3.00 a year later.",
            clawback.recover(CASH, usd(3_00)),
            {CASH: debit(3_00), ROCKETGATE: credit(3_00)},
            {LOSS: debit(3_00), ROCKETGATE: credit(3_00)},
        ),
    ),
    "Advances": (
        Example(
            advances.disburse,
            "Advance disbursed",
            "500.00 for new lights, with a fee of 25.00.",
            advances.disburse(MAYA, usd(500_00), usd(25_00)),
            {ADVANCE: debit(525_00), AVAILABLE: credit(500_00), house("credit", "income"): credit(25_00)},
        ),
        Example(
            advances.repay,
            "Instalment from earnings",
            "80.00 are due; only 60.00 are available.",
            advances.repay(MAYA, usd(80_00), usd(525_00), source(AVAILABLE, 60_00)),
            {ADVANCE: debit(465_00), ROCKETGATE: credit(465_00)},
            {ADVANCE: debit(525_00), AVAILABLE: credit(60_00), ROCKETGATE: credit(465_00)},
        ),
        Example(
            advances.write_off,
            "Advance written off",
            "465.00 will not be repaid.",
            advances.write_off(MAYA, usd(465_00)),
            {LOSS: debit(465_00), ROCKETGATE: credit(465_00)},
            {ADVANCE: debit(465_00), ROCKETGATE: credit(465_00)},
        ),
    ),
}
