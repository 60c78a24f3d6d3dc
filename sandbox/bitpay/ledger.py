"""The merchant's ledgers, one a currency, and the settlements that pay them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.bitpay.invoices import Invoice, iso, plain
from sandbox.bitpay.money import cents

FEE = Decimal("0.01")
SCALE = 100_000_000
KEPT_LINES, KEPT_SETTLEMENTS = 200_000, 1_000
SALE, INVOICE_FEE, REFUND, REFUND_FEE = 1000, 1023, 1020, 1039
SETTLEMENT, PAYOUT, PAYOUT_FEE = 1017, 1034, 1040
KINDS = {
    SALE: ("Invoice", "sale"),
    INVOICE_FEE: ("Invoice Fee", "Invoice Fee"),
    REFUND: ("Invoice Refund", "Invoice Refund"),
    REFUND_FEE: ("Refund Fee", "Refund Fee"),
    SETTLEMENT: ("Account Settlement", "Account Settlement"),
    PAYOUT: ("PayoutRequest", "PayoutRequest"),
    PAYOUT_FEE: ("Payout Fee", "Payout Fee"),
}
SPOILS = ("missing", "extra", "wrong_amount", "unbalanced")


@dataclass(frozen=True)
class Line:
    id: str
    code: int
    amount: Decimal
    currency: str
    description: str
    at: datetime
    invoice: Invoice | None = None

    def as_entry(self) -> dict[str, Any]:
        """The line as a ledger shows it: whole, with the scale beside it."""
        kind, tx_type = KINDS[self.code]
        entry: dict[str, Any] = {
            "type": kind,
            "amount": int(self.amount * SCALE),
            "code": self.code,
            "description": self.description,
            "timestamp": iso(self.at),
            "currency": self.currency,
            "txType": tx_type,
            "scale": SCALE,
            "id": self.id,
        }
        if self.invoice:
            entry |= {
                "invoiceId": self.invoice.id,
                "invoiceAmount": plain(self.invoice.price),
                "invoiceCurrency": self.invoice.currency,
                "transactionCurrency": self.invoice.coin,
                "buyerFields": {},
            }
        return entry

    def as_settled(self) -> dict[str, Any]:
        """The line as a reconciliation report shows it."""
        shown: dict[str, Any] = {
            "code": self.code,
            "description": self.description,
            "timestamp": iso(self.at),
            "amount": plain(self.amount),
        }
        if self.invoice:
            shown["invoiceId"] = self.invoice.id
            if self.code in (SALE, REFUND):
                shown["invoiceData"] = {
                    "orderId": self.invoice.asked.get("orderId", ""),
                    "date": iso(self.invoice.made_at),
                    "price": plain(self.invoice.price),
                    "currency": self.invoice.currency,
                    "transactionCurrency": self.invoice.coin,
                    "payoutPercentage": {self.currency: 100},
                }
        return shown


@dataclass
class Settlement:
    id: str
    token: str
    currency: str
    opened_at: datetime
    closed_at: datetime
    opening: Decimal
    lines: list[Line]
    withheld: Decimal
    status: str = "processing"
    executed_at: datetime | None = None
    off_by: Decimal = field(default_factory=Decimal)

    @property
    def entries_sum(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def total(self) -> Decimal:
        return self.opening + self.entries_sum - self.withheld + self.off_by

    def as_json(self, *, with_lines: bool) -> dict[str, Any]:
        withholdings = [{"amount": plain(self.withheld), "code": "W005", "description": "Pending Refunds"}]
        answer: dict[str, Any] = {
            "id": self.id,
            "accountId": "sandbox",
            "status": self.status,
            "currency": self.currency,
            "payoutInfo": {"label": "Sandbox", "bankName": "Sandbox", "wire": True},
            "dateCreated": iso(self.closed_at),
            "openingDate": iso(self.opened_at),
            "closingDate": iso(self.closed_at),
            "openingBalance": plain(self.opening),
            "ledgerEntriesSum": plain(self.entries_sum),
            "withholdings": withholdings if self.withheld else [],
            "withholdingsSum": plain(self.withheld),
            "totalAmount": plain(self.total),
            "token": self.token,
        }
        if self.executed_at:
            answer |= {"dateExecuted": iso(self.executed_at), "dateCompleted": iso(self.executed_at)}
        if with_lines:
            answer["ledgerEntries"] = [line.as_settled() for line in self.lines]
        return answer


class Ledger:
    def __init__(self, new_id: Callable[[], str], now: Callable[[], datetime]) -> None:
        self.new_id, self.now = new_id, now
        self.started_at = now()
        self.lines: list[Line] = []
        self.balances: dict[str, Decimal] = {}
        self.settlements: dict[str, Settlement] = {}
        self._open: dict[str, list[Line]] = {}
        self._opening: dict[str, tuple[datetime, Decimal]] = {}

    def post(
        self, code: int, amount: Decimal, currency: str, invoice: Invoice | None = None, description: str = ""
    ) -> None:
        line = Line(self.new_id(), code, amount, currency, description or KINDS[code][0], self.now(), invoice)
        self.lines.append(line)
        del self.lines[:-KEPT_LINES]
        waiting = self._open.setdefault(currency, [])
        waiting.append(line)
        if len(waiting) > KEPT_LINES:
            opened_at, opening = self._opening.get(currency, (self.started_at, Decimal(0)))
            self._opening[currency] = (opened_at, opening + waiting.pop(0).amount)
        self.balances[currency] = self.balances.get(currency, Decimal(0)) + amount

    def post_sale(self, invoice: Invoice) -> None:
        """Credit a complete invoice and take the fee."""
        self.post(SALE, invoice.price, invoice.currency, invoice, str(invoice.asked.get("orderId") or invoice.id))
        self.post(INVOICE_FEE, -cents(invoice.price * FEE), invoice.currency, invoice)

    def between(self, currency: str, start: datetime | None, end: datetime | None) -> list[Line]:
        return [
            line
            for line in self.lines
            if line.currency == currency and (start is None or start <= line.at) and (end is None or line.at < end)
        ]

    def settle(self, currency: str, withheld: Decimal, spoil: str) -> Settlement:
        """Pay out a ledger as it stands; `spoil` makes the report wrong in one way. Raises ValueError."""
        opened_at, opening = self._opening.get(currency, (self.started_at, Decimal(0)))
        lines = self._open.get(currency, [])
        settlement = Settlement(
            self.new_id(), self.new_id(), currency, opened_at, self.now(), opening, list(lines), withheld
        )
        if settlement.total <= 0:
            raise ValueError(f"the ledger in {currency} holds nothing to pay out")
        paid = settlement.total
        spoiled(settlement, spoil, self.new_id)
        self.settlements[settlement.id] = settlement
        while len(self.settlements) > KEPT_SETTLEMENTS:
            del self.settlements[next(iter(self.settlements))]
        self._open[currency] = []
        self._opening[currency] = (settlement.closed_at, paid + withheld)
        self.post(SETTLEMENT, -paid, currency, description=f"Account Settlement {settlement.id}")
        return settlement

    def complete(self, settlement: Settlement) -> None:
        settlement.status, settlement.executed_at = "completed", self.now()


def spoiled(settlement: Settlement, spoil: str, new_id: Callable[[], str]) -> None:
    """Make a report wrong: a sale left out, one made up, one misstated, or a total that does not add up."""
    sales = [place for place, line in enumerate(settlement.lines) if line.code == SALE]
    if spoil and (spoil not in SPOILS or not sales):
        raise ValueError(f"spoil is one of {', '.join(SPOILS)}, and there must be a sale to spoil")
    line = settlement.lines[sales[-1]] if sales else None
    match spoil, line:
        case "missing", Line():
            del settlement.lines[sales[-1]]
        case "extra", Line():
            other = replace(line.invoice, id=new_id()) if line.invoice else None
            settlement.lines.append(replace(line, id=new_id(), invoice=other))
        case "wrong_amount", Line():
            settlement.lines[sales[-1]] = replace(line, amount=line.amount + 1)
        case "unbalanced", _:
            settlement.off_by = Decimal("0.01")


def balances_of(ledger: Ledger) -> list[Mapping[str, Any]]:
    return [{"currency": currency, "balance": plain(balance)} for currency, balance in sorted(ledger.balances.items())]
