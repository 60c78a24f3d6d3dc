"""An account's statement: what stood there, what moved, what stands there now; the three always agree.

Periods are half open and in UTC. By the time movements take effect unless told otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from foundation.errors import Invalid, NotFound
from foundation.money import Money
from ledger.selectors.accounts import get_account
from ledger.selectors.asking import ask, read_json
from ledger.selectors.cursors import cursor_to, place_at
from ledger.types import AccountInfo, Time

MOST_LINES = 2_000

# Whole days of a busy account are read as they were added up; the rest of the period, and what was recorded after
# the mark, movement by movement. Where nothing was added up, `first` and `last` leave the whole period to the rest.
# A period that ends after the mark holds all that was recorded before it: the last day is whole, as far as it goes.
SPAN = """
span AS MATERIALIZED (
    SELECT CASE WHEN is_added THEN first ELSE %(since)s::timestamptz END AS first,
        CASE WHEN is_added THEN last ELSE %(since)s::timestamptz END AS last,
        CASE WHEN NOT is_added THEN %(since)s::timestamptz WHEN mark <= %(until)s THEN %(until)s ELSE last END
            AS last_recorded, mark
    FROM (SELECT *, mark IS NOT NULL AND first < last AS is_added FROM (
        SELECT date_trunc('day', %(since)s::timestamptz + interval '1 day' - interval '1 microsecond', 'UTC') AS first,
            date_trunc('day', %(until)s::timestamptz, 'UTC') AS last,
            (SELECT until FROM ledger_turnover_mark WHERE account_id = %(account)s::bigint) AS mark) AS asked) AS known
)
"""
ADDED = """
SELECT t.day::timestamp AT TIME ZONE 'UTC' AS at, t.credits, t.debits, t.movements FROM span, ledger_turnover t
WHERE t.account_id = %(account)s::bigint AND t.kind IN ('at_once', '{kind}')
    AND t.day >= (span.first AT TIME ZONE 'UTC')::date AND t.day::timestamp AT TIME ZONE 'UTC' >= span.first
    AND t.day::timestamp AT TIME ZONE 'UTC' < CASE t.kind WHEN 'effect' THEN span.last ELSE span.last_recorded END
"""
SIGNED = "greatest(r.amount, 0), greatest(-r.amount, 0), 1"
RECORDED = f"""
SELECT r.recorded_at, {SIGNED} FROM (
    SELECT edge.* FROM span, LATERAL (VALUES (%(since)s::timestamptz, span.first),
        (greatest(span.first, span.mark), span.last_recorded), (span.last_recorded, %(until)s::timestamptz)
        ) AS edge (since, until)
    WHERE edge.since < edge.until
) AS part CROSS JOIN ledger_balance b CROSS JOIN LATERAL (
    SELECT low.version AS low, high.version AS high
    FROM ledger_slot_at(b.account_id, b.slot, part.since - interval '1 microsecond') AS low,
        ledger_slot_at(b.account_id, b.slot, part.until - interval '1 microsecond') AS high
) AS v CROSS JOIN LATERAL (
    SELECT recorded_at, effective_at, -amount AS amount FROM ledger_row WHERE debit_account = b.account_id
        AND debit_slot = b.slot AND debit_version > v.low AND debit_version <= v.high
        AND recorded_at >= part.since AND recorded_at < part.until
    UNION ALL
    SELECT recorded_at, effective_at, amount FROM ledger_row WHERE credit_account = b.account_id
        AND credit_slot = b.slot AND credit_version > v.low AND credit_version <= v.high
        AND recorded_at >= part.since AND recorded_at < part.until) AS r
WHERE b.account_id = %(account)s::bigint
"""  # noqa: S608
OF_OTHER_TIMES = f"""
SELECT r.at, {SIGNED} FROM span, ledger_redated_moves(
    %(account)s::bigint, %(since)s::timestamptz, span.first, span.last, %(until)s::timestamptz, span.mark) AS r
"""  # noqa: S608
MOVES = {
    Time.RECORDED: f"{ADDED.format(kind='record')} UNION ALL {RECORDED}",
    Time.EFFECTIVE: f"{ADDED.format(kind='effect')} UNION ALL {RECORDED} AND r.effective_at = r.recorded_at "
    f"UNION ALL {OF_OTHER_TIMES}",
}
POSTED = {Time.RECORDED: "ledger_posted_at", Time.EFFECTIVE: "ledger_posted_effective"}
OPENING = "{posted}(%(account)s::bigint, %(since)s::timestamptz - interval '1 microsecond')"
HEAD = """
WITH {span}
SELECT {opening}, coalesce(sum(credits), 0)::bigint, coalesce(sum(debits), 0)::bigint,
    coalesce(sum(movements), 0)::bigint,
    (SELECT sum(posted)::bigint FROM ledger_balance WHERE account_id = %(account)s::bigint)
FROM ({moves}) AS m (at, credits, debits, movements)
"""
PARTS = """
WITH {span}, part AS (
    SELECT date_trunc(%(by)s, at, 'UTC') AS start, sum(credits)::bigint AS credits, sum(debits)::bigint AS debits,
        sum(movements)::bigint AS movements
    FROM ({moves}) AS m (at, credits, debits, movements) GROUP BY 1
)
SELECT start, ((SELECT {opening}) + sum(credits - debits) OVER (ORDER BY start) - credits + debits)::bigint,
    credits, debits, movements
FROM part ORDER BY start
"""
ENTRY = """
id AS transfer_id, journal_id, seq, recorded_at, effective_at, {sign}amount AS amount,
{other}_account AS other_account_id, currency, kind, reverses, hold_id, meta
"""
# Redated movements in order of effect; those at the very moment of the cursor are few, and looked through.
REDATED = """
    (SELECT transfer_id, effective_at FROM ledger_redated
     WHERE account_id = %(account)s::bigint AND effective_at = %(since)s)
    UNION ALL
    (SELECT transfer_id, effective_at FROM ledger_redated
     WHERE account_id = %(account)s::bigint AND effective_at > %(since)s AND effective_at < %(until)s
     ORDER BY effective_at FETCH FIRST (%(limit)s) ROWS WITH TIES)
"""
# Where the redated ones fill the page, nothing after the last of them is looked at: an account may have many of them
# and few others, and then the others' index would be read to its end for each page.
BORDER = """
SELECT CASE WHEN count(*) >= %(limit)s THEN max(effective_at) END AS border FROM redated
WHERE effective_at > %(since)s
"""
NO_BORDER = "SELECT NULL::timestamptz AS border"
OF_REDATED = """
UNION ALL
SELECT e.*, e.effective_at AS at FROM redated AS d JOIN ledger_transfer_key k ON k.id = d.transfer_id
CROSS JOIN LATERAL (
    SELECT {debit} FROM ledger_row r WHERE r.debit_account = k.debit_account AND r.debit_slot = k.debit_slot
        AND r.debit_version = k.debit_version AND r.recorded_at = k.recorded_at
        AND r.debit_account = %(account)s::bigint
    UNION ALL
    SELECT {credit} FROM ledger_row r WHERE r.debit_account = k.debit_account AND r.debit_slot = k.debit_slot
        AND r.debit_version = k.debit_version AND r.recorded_at = k.recorded_at
        AND r.credit_account = %(account)s::bigint
) AS e
WHERE e.effective_at > %(since)s OR e.seq > %(seq)s
"""
LINES = """
WITH {redated} border AS MATERIALIZED ({border})
SELECT l.transfer_id, l.journal_id, l.seq, l.at, l.recorded_at, l.effective_at, l.amount, o.id, o.path, l.kind,
    l.reverses, l.meta
FROM (
    SELECT r.*, r.recorded_at AS at FROM border CROSS JOIN ledger_balance b CROSS JOIN LATERAL (
        SELECT first.version AS low, CASE WHEN border IS NULL THEN b.version ELSE (
            SELECT version FROM ledger_slot_at(b.account_id, b.slot, border)) END AS high
        FROM ledger_slot_at(b.account_id, b.slot, %(since)s::timestamptz - interval '1 microsecond') AS first
    ) AS v CROSS JOIN LATERAL ledger_next_lines(
        b.account_id, b.slot, v.low, v.high, %(since)s, %(until)s, %(seq)s, %(limit)s, {with_redated}) AS r
    WHERE b.account_id = %(account)s::bigint
    {of_redated}
) AS l LEFT JOIN ledger_account o ON o.id = l.other_account_id
ORDER BY l.at, l.seq LIMIT %(limit)s
"""


def _lines_sql(time: Time) -> str:
    debit, credit = ENTRY.format(sign="-", other="credit"), ENTRY.format(sign="", other="debit")
    is_recorded = time is Time.RECORDED
    return LINES.format(
        redated="" if is_recorded else f"redated AS MATERIALIZED ({REDATED}),",
        border=NO_BORDER if is_recorded else BORDER,
        with_redated="true" if is_recorded else "false",
        of_redated="" if is_recorded else OF_REDATED.format(debit=debit, credit=credit),
    )


SQL_OF_LINES = {time: _lines_sql(time) for time in Time}


class Part(StrEnum):
    """What a statement is divided into, by the UTC calendar."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Statement:
    """An account over a period: `opening + credits - debits = closing`, all seen at one moment."""

    account: AccountInfo
    since: datetime
    until: datetime
    time: Time
    opening: Money
    credits: Money
    debits: Money
    movements: int
    posted_now: Money

    @property
    def closing(self) -> Money:
        return self.opening + self.credits - self.debits


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement and the balance it left in this statement's order.

    `other` is the account on the other side, None where the reader may not see it.
    """

    transfer_id: UUID
    journal_id: UUID
    seq: int
    at: datetime
    recorded_at: datetime
    effective_at: datetime
    amount: Money
    balance: Money
    other_id: int | None
    other: str | None
    kind: str
    reverses: UUID | None
    meta: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class StatementPage:
    """Oldest first; `next` is the cursor of the page after, None at the end."""

    opening: Money
    lines: tuple[StatementLine, ...]
    next: str | None

    @property
    def closing(self) -> Money:
        return self.lines[-1].balance if self.lines else self.opening


@dataclass(frozen=True, slots=True)
class StatementPart:
    """A UTC day or month in which something moved."""

    start: datetime
    opening: Money
    credits: Money
    debits: Money
    movements: int

    @property
    def closing(self) -> Money:
        return self.opening + self.credits - self.debits


def get_statement(account_id: int, since: datetime, until: datetime, *, time: Time = Time.EFFECTIVE) -> Statement:
    """The sums of a period; NotFound, and Invalid when the period ends before it begins."""
    account = get_account(account_id)
    values = _span(account_id, since, until)
    head = HEAD.format(span=SPAN, opening=OPENING.format(posted=POSTED[time]), moves=MOVES[time])
    opening, credits, debits, movements, now = ask(head, values)[0]
    currency = account.key.currency
    return Statement(
        account, since, until, time, Money(opening or 0, currency), Money(credits, currency), Money(debits, currency),
        movements, Money(now, currency),
    )  # fmt: skip


def list_statement(
    account_id: int,
    since: datetime,
    until: datetime,
    *,
    time: Time = Time.EFFECTIVE,
    cursor: str | None = None,
    limit: int = 50,
) -> StatementPage:
    """The movements of a period, oldest first, each with the balance it left. NotFound."""
    currency = get_account(account_id).key.currency
    values = _span(account_id, since, until)
    if cursor:
        place, seq, balance = _read(cursor, account_id, time)
        values |= {"since": max(place, since), "seq": seq}
    else:
        balance = _opening(values, time)
    limit = min(limit, MOST_LINES)
    rows = ask(SQL_OF_LINES[time], {"seq": 0, **values, "limit": limit + 1})
    opening, lines = Money(balance, currency), []
    for row in rows[:limit]:
        balance += row[6]
        lines.append(
            StatementLine(
                transfer_id=row[0],
                journal_id=row[1],
                seq=row[2],
                at=row[3] if time is Time.RECORDED else row[5],
                recorded_at=row[4],
                effective_at=row[5],
                amount=Money(row[6], currency),
                balance=Money(balance, currency),
                other_id=row[7],
                other=row[8],
                kind=row[9],
                reverses=row[10],
                meta=read_json(row[11]),
            )
        )
    has_more = len(rows) > limit
    return StatementPage(opening, tuple(lines), _place(account_id, time, lines[-1]) if has_more else None)


def iterate_statement(
    account_id: int, since: datetime, until: datetime, *, time: Time = Time.EFFECTIVE
) -> Iterator[StatementPage]:
    """All pages of a statement, each read when it is asked for; there is always a first one."""
    page = list_statement(account_id, since, until, time=time, limit=MOST_LINES)
    yield page
    while page.next:
        page = list_statement(account_id, since, until, time=time, cursor=page.next, limit=MOST_LINES)
        yield page


def list_statement_parts(
    account_id: int, since: datetime, until: datetime, *, by: Part = Part.DAY, time: Time = Time.EFFECTIVE
) -> list[StatementPart]:
    """The days or months of a period in which something moved, each closing where the next one opens."""
    currency = get_account(account_id).key.currency
    sql = PARTS.format(span=SPAN, opening=f"coalesce({OPENING.format(posted=POSTED[time])}, 0)", moves=MOVES[time])
    rows = ask(sql, {**_span(account_id, since, until), "by": str(by)})
    return [
        StatementPart(start, Money(opening, currency), Money(credits, currency), Money(debits, currency), movements)
        for start, opening, credits, debits, movements in rows
    ]


def _span(account_id: int, since: datetime, until: datetime) -> dict[str, Any]:
    if until <= since:
        raise Invalid("ledger.empty_period", "A period ends after it begins.", since=since, until=until)
    return {"account": account_id, "since": since, "until": until}


def _opening(values: dict[str, Any], time: Time) -> int:
    opening: int | None = ask(f"SELECT {OPENING.format(posted=POSTED[time])}", values)[0][0]
    return opening or 0


def _place(account_id: int, time: Time, line: StatementLine) -> str:
    return cursor_to("statement", account_id, time, line.at.isoformat(), line.seq, line.balance.minor)


def _read(cursor: str, account_id: int, time: Time) -> tuple[datetime, int, int]:
    """The place after a line and the balance there; unknown where it is another account's or of the other order."""
    *of, at, seq, balance = place_at("statement", cursor)
    if of != [str(account_id), str(time)]:
        raise NotFound("paging.cursor_unknown", "There is no page at this cursor; begin again without one.")
    return datetime.fromisoformat(at), int(seq), int(balance)
