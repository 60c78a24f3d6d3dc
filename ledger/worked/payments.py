"""Sales, refunds and disputes."""

from __future__ import annotations

from foundation.money import Money
from ledger import chart
from ledger.rules.flows import chargebacks, refunds, sales
from ledger.rules.flows.chargebacks import Dispute
from ledger.rules.flows.freezes import freeze_part
from ledger.rules.flows.refunds import FeePolicy, Sold
from ledger.rules.flows.sales import Product
from ledger.rules.legs import Legs, Moved
from ledger.worked.example import (
    BOYFANZ,
    MAYA,
    REVENUE,
    ROCKETGATE,
    TAX,
    WALLET,
    Example,
    credit,
    debit,
    house,
    line,
    maya,
    posted,
    sold,
    source,
    usd,
)  # fmt: skip

SALE = sales.sale(sold())
PAID, SHARE, FEE, TAXED, _, EARNED = SALE
DISPUTED = chart.chargeback("disputed", "rocketgate", "USD")
DISPUTE_FEES = chart.chargeback("fees", "rocketgate", "USD")
PENDING, UNCOUNTED, AVAILABLE, OWING = line("pending"), line("uncounted"), maya("available"), maya("receivable")
AFTER_SALE = {ROCKETGATE: debit(23_80), PENDING: credit(16_00), REVENUE: credit(4_00), TAX: credit(3_80)}


def as_sold(paid: int = 0, share: int = 0, fee: int = 0, tax: int = 0, **more: bool) -> Sold:
    """The month of the first example, with what was taken back of each leg."""
    return Sold(
        (posted("sale", PAID, paid),), posted("sale", SHARE, share), posted("sale", FEE, fee),
        posted("sale", TAXED, tax), **more,
    )  # fmt: skip


def claim(legs: Legs, kind: str) -> Moved | None:
    leg = next((leg for leg in legs if leg.kind == kind and leg.amount), None)
    return posted("dispute", leg) if leg else None


def dispute(legs: Legs) -> Dispute:
    return Dispute(*(claim(legs, kind) for kind in ("dispute.claim", "dispute.beyond", "dispute.fee")))


OPENED = chargebacks.open_dispute(as_sold(), usd(23_80), usd(15_00))
AFTER_OPENED = {
    **AFTER_SALE, ROCKETGATE: debit(0) + credit(15_00), DISPUTED: debit(23_80), DISPUTE_FEES: debit(15_00),
}  # fmt: skip


TITLES = {
    Product.TIP: "Tip", Product.PPV: "Pay per view", Product.CALL: "Call", Product.MEDIA: "Picture for one cent",
    Product.MERCHANDISE: "Merchandise",
}  # fmt: skip


def _of(product: Product, gross: int, tax: int, share: int, fee: int, story: str, basis_points: int = 8_000) -> Example:
    """One sale of another product."""
    figures = sold(product=product, gross=usd(gross), tax=usd(tax), creator_basis_points=basis_points)
    return Example(
        sales.sale, TITLES[product], story, sales.sale(figures),
        {
            ROCKETGATE: debit(gross), line("pending", product): credit(share),
            chart.revenue(BOYFANZ, product, "USD"): credit(fee), TAX: credit(tax),
        },
    )  # fmt: skip


PAYMENTS: dict[str, tuple[Example, ...]] = {
    "Sales": (
        Example(
            sales.sale,
            "Subscription",
            "Sam pays 23.80 by card for a month with Maya. 3.80 is tax; of the 20.00 that remain Maya gets 80 %.",
            SALE,
            AFTER_SALE,
        ),
        _of(Product.TIP, 10_00, 0, 8_00, 2_00, "A tip of 10.00 without tax, split 80 / 20."),
        _of(
            Product.PPV,
            9_99,
            0,
            7_99,
            2_00,
            "9.99 for one film. 80 % would be 7.992: the odd cent goes where the larger remainder is, to our fee.",
        ),
        _of(Product.CALL, 45_00, 7_18, 30_26, 7_56, "A call for 45.00 with 7.18 tax; 37.82 are split."),
        _of(Product.MEDIA, 1, 0, 1, 0, "A picture for one cent: it cannot be split, and the larger part takes it."),
        _of(
            Product.MERCHANDISE,
            60_00,
            9_58,
            45_38,
            5_04,
            "A shirt for 60.00 with 9.58 tax, by a split of 90 / 10.",
            9_000,
        ),
        Example(
            sales.sale,
            "Sale paid from a wallet",
            "The same month, paid from Sam's wallet with 50.00 in it.",
            sales.sale(sold(paid_from=WALLET)),
            {
                WALLET: credit(26_20),
                ROCKETGATE: debit(50_00),
                **{k: v for k, v in AFTER_SALE.items() if k != ROCKETGATE},
            },
            {WALLET: credit(50_00), ROCKETGATE: debit(50_00)},
        ),
        Example(
            sales.sale,
            "Sale of a creator who owes",
            "Maya owes 10.00 from an earlier refund. Her share of 16.00 fills that first.",
            sales.sale(sold(), usd(10_00)),
            {**AFTER_SALE, PENDING: credit(6_00), ROCKETGATE: debit(13_80)},
            {OWING: debit(10_00), ROCKETGATE: credit(10_00)},
        ),
        Example(
            sales.sale,
            "Uncounted sale",
            "The sale looks doubtful. Sam notices nothing; Maya's share waits in an account of its own.",
            sales.sale(sold(is_counted=False)),
            {**{k: v for k, v in AFTER_SALE.items() if k != PENDING}, UNCOUNTED: credit(16_00)},
        ),
        Example(
            sales.count_sale,
            "Uncounted sale released",
            "It was genuine after all: the share joins the others in pending.",
            sales.count_sale(UNCOUNTED, usd(16_00)),
            {PENDING: credit(16_00), ROCKETGATE: debit(16_00)},
            {UNCOUNTED: credit(16_00), ROCKETGATE: debit(16_00)},
        ),
    ),
    "Refunds": (
        Example(
            refunds.refund,
            "Partial refund, fee returned",
            "Half of the month is refunded: 11.90. Each part of the sale gives back its half.",
            refunds.refund(as_sold(), usd(11_90), FeePolicy.RETURNED, [source(PENDING, 16_00)]),
            {ROCKETGATE: debit(11_90), PENDING: credit(8_00), REVENUE: credit(2_00), TAX: credit(1_90)},
            AFTER_SALE,
        ),
        Example(
            refunds.refund,
            "The last refund takes the rest",
            "7.93 were refunded before, a third by rounded parts (5.33, 1.33, 1.27). The last 15.87 take what is left.",
            refunds.refund(as_sold(7_93, 5_33, 1_33, 1_27), usd(15_87), FeePolicy.RETURNED, [source(PENDING, 10_67)]),
            {},
            {ROCKETGATE: debit(15_87), PENDING: credit(10_67), REVENUE: credit(2_67), TAX: credit(2_53)},
        ),
        Example(
            refunds.refund,
            "Partial refund, fee kept",
            "Half is refunded and we keep our fee: the 2.00 we would give back are Maya's to bear.",
            refunds.refund(as_sold(), usd(11_90), FeePolicy.KEPT, [source(PENDING, 16_00)]),
            {ROCKETGATE: debit(11_90), PENDING: credit(6_00), REVENUE: credit(4_00), TAX: credit(1_90)},
            AFTER_SALE,
        ),
        Example(
            refunds.refund,
            "Refund beyond what is there",
            "The whole month is refunded. Maya has 5.00 available and 4.00 pending; the 7.00 missing she owes.",
            refunds.refund(as_sold(), usd(23_80), FeePolicy.RETURNED, [source(PENDING, 4_00), source(AVAILABLE, 5_00)]),
            {OWING: debit(7_00), maya("in_transit"): credit(7_00)},
            {**AFTER_SALE, PENDING: credit(4_00), AVAILABLE: credit(5_00), maya("in_transit"): credit(7_00)},
        ),
        Example(
            refunds.refund,
            "Refund of an uncounted sale",
            "The doubtful sale is refunded: the share that waits pays for it, though 3.00 are available.",
            refunds.refund(
                as_sold(is_counted=False),
                usd(23_80),
                FeePolicy.RETURNED,
                [source(AVAILABLE, 3_00), source(UNCOUNTED, 16_00)],
            ),
            {AVAILABLE: credit(3_00), ROCKETGATE: debit(3_00)},
            {
                **{k: v for k, v in AFTER_SALE.items() if k != PENDING},
                UNCOUNTED: credit(16_00),
                AVAILABLE: credit(3_00),
                ROCKETGATE: debit(26_80),
            },
        ),
    ),
    "Disputes": (
        Example(
            chargebacks.open_dispute,
            "Dispute opened",
            "Sam's bank takes 23.80 back and RocketGate charges 15.00. What was sold is disputed now and cannot be "
            "refunded as well. 16.00, Maya's part, is held where it lies.",
            OPENED,
            AFTER_OPENED,
            AFTER_SALE,
            held=freeze_part(
                chargebacks.creators_part(as_sold(), usd(23_80)), source(PENDING, 16_00), source(AVAILABLE, 0)
            ),
        ),
        Example(
            chargebacks.open_dispute,
            "Dispute after a refund",
            "11.90 had been refunded when the bank takes all 23.80: half of it lies outside the sale.",
            chargebacks.open_dispute(as_sold(11_90, 8_00, 2_00, 1_90), usd(23_80), usd(15_00)),
            {
                ROCKETGATE: credit(26_90),
                PENDING: credit(8_00),
                REVENUE: credit(2_00),
                TAX: credit(1_90),
                DISPUTED: debit(23_80),
                DISPUTE_FEES: debit(15_00),
            },
            {ROCKETGATE: debit(11_90), PENDING: credit(8_00), REVENUE: credit(2_00), TAX: credit(1_90)},
        ),
        Example(
            chargebacks.win_dispute,
            "Dispute won",
            "The bank gives the money back, RocketGate keeps its fee. Maya's part is free again.",
            chargebacks.win_dispute(dispute(OPENED), ROCKETGATE),
            {**AFTER_SALE, ROCKETGATE: debit(8_80), DISPUTE_FEES: debit(15_00)},
            AFTER_OPENED,
        ),
        Example(
            chargebacks.lose_dispute,
            "Dispute lost",
            "The money is gone: Maya's share, our fee and the tax give back their parts. The 15.00 we bear.",
            chargebacks.lose_dispute(as_sold(23_80), dispute(OPENED), FeePolicy.RETURNED, [source(PENDING, 16_00)]),
            {ROCKETGATE: credit(15_00), DISPUTE_FEES: debit(15_00)},
            AFTER_OPENED,
        ),
        Example(
            chargebacks.lose_dispute,
            "Dispute lost, the creator bears the fee",
            "As above, and Maya bears RocketGate's 15.00, which she now owes.",
            chargebacks.lose_dispute(
                as_sold(23_80), dispute(OPENED), FeePolicy.RETURNED, [source(PENDING, 16_00)], usd(15_00)
            ),
            {ROCKETGATE: credit(15_00), OWING: debit(15_00)},
            AFTER_OPENED,
        ),
        Example(
            chargebacks.open_top_up_dispute,
            "Top-up disputed",
            "Sam's bank takes back the 50.00 his wallet was loaded with, of which 30.00 are unspent and held.",
            chargebacks.open_top_up_dispute(
                Moved(MAYA, ROCKETGATE, WALLET, usd(50_00), Money.zero("USD")), usd(50_00), usd(15_00)
            ),
            {
                WALLET: credit(30_00),
                ROCKETGATE: credit(15_00),
                REVENUE: credit(20_00),
                DISPUTED: debit(50_00),
                DISPUTE_FEES: debit(15_00),
            },
            {ROCKETGATE: debit(50_00), WALLET: credit(30_00), REVENUE: credit(20_00)},
        ),
        Example(
            chargebacks.lose_top_up_dispute,
            "Disputed top-up lost",
            "The wallet gives back its 30.00; 20.00 are our loss.",
            chargebacks.lose_top_up_dispute(
                Dispute(None, Moved(MAYA, DISPUTED, ROCKETGATE, usd(50_00), usd(0)), None), source(WALLET, 30_00)
            ),
            {house("chargeback", "loss", source="rocketgate"): debit(20_00), REVENUE: credit(20_00)},
            {WALLET: credit(30_00), REVENUE: credit(20_00), DISPUTED: debit(50_00)},
        ),
    ),
}
