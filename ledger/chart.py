"""The chart of accounts: every kind of account this business keeps, and how its path is made.

posted = credits - debits on every account: a balance on the credit side is positive, one on the debit side negative.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ledger.types import AccountKey

TOKEN, COIN = "FZT", "FZC"
# What is smaller than the scale of a coin is counted in units of its own chain, in a currency of its own.
GRAIN_OF: Final = {"ETH": "WEI", "DAI": "DWEI"}
ONE, HOT = 1, 16


@dataclass(frozen=True, slots=True)
class Kind:
    """One line of the chart. `slots` is 16 where every session posts at once; such an account has no floor."""

    kind: str
    purpose: str
    normal_side: str
    meaning: str
    moved_by: str
    is_house: bool = False
    has_floor: bool = False
    slots: int = ONE
    is_per_platform: bool | None = False
    """None: of a platform where the money is one platform's, else of all."""
    source: str = ""
    """What the source in the path says; empty: always `-`."""
    is_passing: bool = False
    """Nil after every journal; only its turnover says something."""

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.purpose}"

    @property
    def floor(self) -> int | None:
        return 0 if self.has_floor else None


def _persons(kind: str, purpose: str, meaning: str, moved_by: str, *, is_per_platform: bool = False) -> Kind:
    """Money or units we owe to a person: never below zero, reservations included."""
    source = "product" if is_per_platform else ""
    return Kind(
        kind, purpose, "credit", meaning, moved_by, has_floor=True, is_per_platform=is_per_platform, source=source
    )


def _house(
    kind: str, purpose: str, side: str, meaning: str, moved_by: str, *, source: str = "",
    is_per_platform: bool | None = False, has_floor: bool = False, slots: int = ONE, is_passing: bool = False,
) -> Kind:  # fmt: skip
    return Kind(
        kind, purpose, side, meaning, moved_by, is_house=True, has_floor=has_floor, slots=slots,
        is_per_platform=is_per_platform, source=source, is_passing=is_passing,
    )  # fmt: skip


KINDS: Final[tuple[Kind, ...]] = (
    _persons("fan", "wallet", "What a fan has loaded and may spend anywhere.", "top-ups, purchases, refunds"),
    Kind(
        "creator", "earned", "credit",
        "Earnings on their way, nil after every journal; the turnover is what was earned.",
        "sales, refunds, lost disputes", is_per_platform=True, source="product", is_passing=True,
    ),
    _persons("creator", "pending", "Earned, waiting for the day it settles.", "sales, the earnings run, clawback",
        is_per_platform=True),
    _persons("creator", "uncounted", "The share of sales not counted yet.", "shadowed sales, their release, refunds",
        is_per_platform=True),
    _persons("creator", "available", "What a creator may ask to be paid.", "the earnings run, payouts, clawback"),
    _persons("creator", "escrow", "Asked for and kept back for the hours of the payout's escrow.", "payouts"),
    _persons("creator", "in_transit", "Handed to a bank or wallet, not yet confirmed.", "payouts"),
    _persons("creator", "reserve", "Kept back for some months against refunds.", "the earnings run, reserve release"),
    Kind(
        "creator", "receivable", "debit", "What a creator owes us; new earnings fill it first.",
        "clawback, collection, write-off",
    ),
    _house("platform", "sales", "credit", "Sales being split; nil after every journal. Its turnover is what was sold.",
        "sales, refunds, disputes", source="product", is_per_platform=True, slots=HOT, is_passing=True),
    _house("platform", "revenue", "credit", "Fees we keep: our income.", "sales, refunds, fees, expired gift cards",
        source="product", is_per_platform=None, slots=HOT),
    _house("platform", "promotion", "debit", "Cashback and gifts we pay for.", "cashback, token gifts",
        is_per_platform=None, slots=HOT),
    _house("processor", "clearing", "debit", "Charged by a processor and not yet paid out to us.",
        "sales, top-ups, refunds, disputes, settlements", source="processor", slots=HOT),
    _house("processor", "fees", "debit", "What processors kept for their work.", "settlements", source="processor"),
    _house("processor", "reserve", "debit", "Ours, kept back by a processor for some months.", "settlements",
        source="processor"),
    _house("tax", "payable", "credit", "Tax we collected and have to hand on.", "sales, refunds, tax payments",
        source="jurisdiction", is_per_platform=None, slots=HOT),
    _house("chargeback", "disputed", "debit", "Taken back by a bank while the dispute is open.", "disputes",
        source="processor"),
    _house("chargeback", "loss", "debit", "Lost disputes nobody else bears.", "lost disputes", source="processor"),
    _house("chargeback", "fees", "debit", "What processors charge for disputes.", "disputes", source="processor"),
    _house("bank", "cash", "debit", "Money on our own accounts, by rail.", "settlements, payouts", source="rail"),
    _house("bank", "fees", "debit", "What rails charge for a payout.", "payouts, refunds in coins", source="rail"),
    _house("treasury", "crypto", "debit", "Coins under our keys.",
        "crypto receipts, refunds in coins, crypto payouts"),
    _house("fx", "trading", "credit", "Our position in a currency; what conversions bought and sold.", "conversions",
        slots=HOT),
    _house("fx", "income", "credit", "What we charge for converting.", "conversions", slots=HOT),
    _house("gift_card", "outstanding", "credit", "Sold gift cards nobody has redeemed.", "gift cards", has_floor=True),
    _persons("token", "held", "Tokens of a person.", "token sales, gifts, transfers, spending"),
    _house("token", "issued", "debit", "All tokens in circulation, seen from us.", "token sales, gifts, spending",
        slots=HOT),
    _house("token", "float", "credit", "Money behind the tokens in circulation; never less than nothing.",
        "token sales, gifts, spending", has_floor=True),
    _persons("coin", "held", "Loyalty coins of a person.", "rewards, redemption, expiry"),
    _house("coin", "issued", "debit", "All loyalty coins in circulation, seen from us.", "rewards, redemption, expiry",
        slots=HOT),
    _house("coin", "float", "credit", "What we set aside for coins that will be redeemed.",
        "rewards, redemption, expiry", has_floor=True),
    _house("coin", "expense", "debit", "What rewarding loyalty costs us.", "rewards, expiry", slots=HOT),
    Kind(
        "credit", "receivable", "debit", "Advances a creator has still to repay.", "advances, repayments, write-off",
    ),
    _house("credit", "income", "credit", "Fees for advances.", "advances"),
    _persons("card", "spendable", "Loaded on a card; authorised purchases are held here.", "card loads, clearing"),
    _house("card", "settlement", "credit", "Cleared card purchases we owe to the card partner.",
        "card clearing, card settlement", slots=HOT),
    _house("compensation", "expense", "debit", "What making good costs us.",
        "compensation, coins a little short"),
    _house("write_off", "loss", "debit", "Debts given up.",
        "write-off, later recovery, coins their chain took back"),
    _house("dust", "collected", "credit", "Parts of coins too small for anybody's account.",
        "crypto receipts, refunds in coins"),
    _house("engagement", "pool", "credit", "To be shared among creators by counted interactions.", "engagement share",
        is_per_platform=True, has_floor=True),
    _house("suspense", "unmatched", "credit", "Nobody knows yet whose this is; every cent here is a work item.",
        "settlements, reconciliation, coins until it is known what they pay for"),
)  # fmt: skip

CHART: Final[dict[tuple[str, str], Kind]] = {(kind.kind, kind.purpose): kind for kind in KINDS}
ROW = ("kind", "purpose", "normal_side", "floor", "is_house", "slots", "meaning")


def rows(kinds: Iterable[Kind] = KINDS) -> list[tuple[object, ...]]:
    """The chart as the database keeps it."""
    return [tuple(getattr(kind, column) for column in ROW) for kind in kinds]


def account(
    kind: str,
    purpose: str,
    currency: str,
    *,
    party: UUID | None = None,
    platform: UUID | None = None,
    source: str = "-",
) -> AccountKey:
    """The account with these parts; a part the chart does not know, or misses, is a mistake of the caller."""
    return check(AccountKey(kind, purpose, currency, party, platform, source))


def check(key: AccountKey) -> AccountKey:
    """This key again, if the chart has such an account."""
    line = CHART[key.kind, key.purpose]
    if line.is_house == (key.party_id is not None):
        raise ValueError(f"{line.name}: people's accounts name a party, the house's none")
    if line.is_per_platform is not None and line.is_per_platform != (key.platform_id is not None):
        raise ValueError(f"{line.name} is {'' if line.is_per_platform else 'not '}kept per platform")
    if bool(line.source) != (key.source != "-"):
        raise ValueError(f"{line.name}: its source is {line.source or 'always -'}")
    return key


def wallet(fan: UUID, currency: str) -> AccountKey:
    return account("fan", "wallet", currency, party=fan)


def creator(purpose: str, party: UUID, currency: str) -> AccountKey:
    """available, escrow, in_transit, reserve, receivable: one per creator and currency."""
    return account("creator", purpose, currency, party=party)


def earning_line(purpose: str, party: UUID, platform: UUID, product: str, currency: str) -> AccountKey:
    """earned, pending, uncounted: one per platform and product."""
    return account("creator", purpose, currency, party=party, platform=platform, source=product)


def clearing(processor: str, currency: str) -> AccountKey:
    return account("processor", "clearing", currency, source=processor)


def revenue(platform: UUID | None, source: str, currency: str) -> AccountKey:
    return account("platform", "revenue", currency, platform=platform, source=source)


def chargeback(purpose: str, processor: str, currency: str) -> AccountKey:
    return account("chargeback", purpose, currency, source=processor)


def bank(purpose: str, rail: str, currency: str) -> AccountKey:
    return account("bank", purpose, currency, source=rail)
