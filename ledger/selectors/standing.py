"""What stands on the lines of the chart: the tree, the trial balance, the proof of zero. Always per currency."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from uuid import UUID

from foundation.money import Money
from ledger.selectors.asking import ask
from ledger.types import Time

# Balances now, less what came later: exact for any moment, and cheap for a recent one.
LATER = {
    Time.RECORDED: """
        SELECT account_id, 0 AS accounts, -amount AS posted, 0 AS held FROM ledger_entry WHERE recorded_at > %(at)s""",
    Time.EFFECTIVE: """
        SELECT account_id, 0 AS accounts, -amount AS posted, 0 AS held FROM ledger_entry
        WHERE recorded_at > %(at)s AND effective_at > %(at)s
        UNION ALL
        SELECT account_id, 0, -amount, 0 FROM ledger_redated WHERE effective_at > %(at)s AND recorded_at <= %(at)s
""",
}
NOW = """
SELECT account_id, (slot = 0)::integer AS accounts, posted, {held} AS held FROM ledger_balance
"""
BY_LINE = """
SELECT a.kind, a.purpose, a.platform_id, a.source, a.currency, k.normal_side, k.meaning, sum(s.accounts)::bigint,
    sum(s.posted)::bigint, sum(s.held)::bigint
FROM (
    SELECT account_id, sum(accounts) AS accounts, sum(posted) AS posted, sum(held) AS held FROM ({standing}) AS part
    GROUP BY account_id
) AS s
JOIN ledger_account a ON a.id = s.account_id JOIN ledger_kind k USING (kind, purpose)
WHERE (%(platform)s::uuid IS NULL OR a.platform_id = %(platform)s::uuid)
GROUP BY a.kind, a.purpose, a.platform_id, a.source, a.currency, k.normal_side, k.meaning
ORDER BY a.kind, a.purpose, a.platform_id NULLS FIRST, a.source, a.currency
"""


@dataclass(frozen=True, slots=True)
class Line:
    """Accounts that differ by their owner alone; `held` is only known for now."""

    kind: str
    purpose: str
    platform_id: UUID | None
    source: str
    currency: str
    normal_side: str
    meaning: str
    accounts: int
    posted: Money
    held: Money


@dataclass(frozen=True, slots=True)
class Total:
    """What a branch of the tree holds in one currency."""

    currency: str
    accounts: int
    posted: Money
    held: Money


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch with its totals, and what it is made of; `of` are the parts that lead here."""

    name: str
    of: tuple[str, ...]
    totals: tuple[Total, ...]
    branches: tuple[Branch, ...] = field(default=())
    platform_id: UUID | None = None
    normal_side: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class TrialLine:
    """A line of the chart in one currency: its net on the side where it stands."""

    kind: str
    purpose: str
    currency: str
    accounts: int
    debit: Money
    credit: Money


@dataclass(frozen=True, slots=True)
class TrialTotal:
    """The proof of zero: in balanced books both sides are the same and the difference is nothing."""

    currency: str
    debit: Money
    credit: Money

    @property
    def difference(self) -> Money:
        return self.credit - self.debit

    @property
    def is_balanced(self) -> bool:
        return not self.difference


@dataclass(frozen=True, slots=True)
class TrialBalance:
    at: datetime | None
    lines: tuple[TrialLine, ...]
    totals: tuple[TrialTotal, ...]

    @property
    def is_balanced(self) -> bool:
        return all(total.is_balanced for total in self.totals)


def list_lines(
    *, at: datetime | None = None, time: Time = Time.EFFECTIVE, platform_id: UUID | None = None
) -> list[Line]:
    """Every line with accounts, now or as the books stood at this moment; one statement, whatever their number."""
    standing = NOW.format(held="held" if at is None else "0")
    if at is not None:
        standing += f"UNION ALL {LATER[time]}"
    rows = ask(BY_LINE.format(standing=standing), {"at": at, "platform": platform_id})
    return [
        Line(kind, purpose, platform, source, currency, side, meaning, accounts, Money(posted, currency),
            Money(held, currency))
        for kind, purpose, platform, source, currency, side, meaning, accounts, posted, held in rows
    ]  # fmt: skip


def account_tree(lines: Iterable[Line]) -> tuple[Branch, ...]:
    """Lines rolled up by kind, purpose, and platform with source; each branch adds up what is below it."""
    return tuple(
        _branch(kind, (kind,), tuple(
            _branch(purpose, (kind, purpose), tuple(_leaves(same)), same)
            for purpose, same in _by(of_kind, "purpose")
        ), of_kind)
        for kind, of_kind in _by(lines, "kind")
    )  # fmt: skip


def trial_balance(lines: Iterable[Line], *, at: datetime | None = None) -> TrialBalance:
    """Each line of the chart on the side where it stands, and both sides' sums."""
    found = []
    for (kind, purpose), same in groupby(lines, key=lambda line: (line.kind, line.purpose)):
        for total in _totals(list(same)):
            nothing = Money.zero(total.currency)
            debit, credit = max(-total.posted, nothing), max(total.posted, nothing)
            found.append(TrialLine(kind, purpose, total.currency, total.accounts, debit, credit))
    totals = []
    for currency in sorted({line.currency for line in found}):
        debits = sum(line.debit.minor for line in found if line.currency == currency)
        credits = sum(line.credit.minor for line in found if line.currency == currency)
        totals.append(TrialTotal(currency, Money(debits, currency), Money(credits, currency)))
    return TrialBalance(at, tuple(found), tuple(totals))


def get_trial_balance(
    *, at: datetime | None = None, time: Time = Time.EFFECTIVE, platform_id: UUID | None = None
) -> TrialBalance:
    """The trial balance of all books, or of the accounts of one platform, which need not balance by themselves."""
    return trial_balance(list_lines(at=at, time=time, platform_id=platform_id), at=at)


def _leaves(lines: list[Line]) -> Iterator[Branch]:
    for (platform_id, source), same in groupby(lines, key=lambda line: (line.platform_id, line.source)):
        found = list(same)
        of = (found[0].kind, found[0].purpose, str(platform_id or "all"), source)
        name = source if source != "-" else ""
        yield Branch(name, of, _totals(found), (), platform_id, found[0].normal_side, found[0].meaning)


def _branch(name: str, of: tuple[str, ...], branches: tuple[Branch, ...], lines: list[Line]) -> Branch:
    first = lines[0] if len(of) > 1 else None
    side, meaning = (first.normal_side, first.meaning) if first else ("", "")
    return Branch(name, of, _totals(lines), branches, None, side, meaning)


def _by(lines: Iterable[Line], part: str) -> Iterator[tuple[str, list[Line]]]:
    return ((name, list(same)) for name, same in groupby(lines, key=lambda line: getattr(line, part)))


def _totals(lines: list[Line]) -> tuple[Total, ...]:
    return tuple(
        Total(
            currency,
            sum(line.accounts for line in same),
            Money(sum(line.posted.minor for line in same), currency),
            Money(sum(line.held.minor for line in same), currency),
        )
        for currency in sorted({line.currency for line in lines})
        for same in [[line for line in lines if line.currency == currency]]
    )
