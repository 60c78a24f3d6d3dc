"""Our own balances against their movements: only what moved since the last look is added up."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from foundation.actors import Actor
from foundation.money import Money
from ledger.reconciliation.breaks import Difference, open_break
from ledger.reconciliation.states import Kind
from ledger.reconciliation.types import Checked
from ledger.selectors.asking import ask

SLOTS_AT_ONCE = 5_000
# One statement per round is one snapshot: a balance and its movements always belong together.
LOOK = """
WITH moved AS (
    SELECT b.account_id, b.slot, b.currency, b.version, b.posted, coalesce(c.version, 0) AS known,
        coalesce(c.posted, 0) AS known_posted, coalesce(c.recorded_at, a.opened_at) AS since
    FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id
    LEFT JOIN recon_checkpoint c ON c.account_id = b.account_id AND c.slot = b.slot
    WHERE b.version <> coalesce(c.version, 0) AND (b.account_id, b.slot) > (%(account)s::bigint, %(slot)s::smallint)
    ORDER BY b.account_id, b.slot LIMIT %(most)s
), judged AS (
    SELECT m.*, s.movements, s.added, s.last_after, coalesce(s.at, m.since) AS at,
        s.movements = m.version - m.known AND m.known_posted + s.added = m.posted
            AND s.last_after = m.posted AS is_sound
    FROM moved m CROSS JOIN LATERAL (
        SELECT count(*) AS movements, coalesce(sum(amount), 0)::bigint AS added, max(recorded_at) AS at,
            max(after) FILTER (WHERE version = m.version) AS last_after
        FROM (
            SELECT debit_version AS version, -amount AS amount, debit_after AS after, recorded_at FROM ledger_row
            WHERE debit_account = m.account_id AND debit_slot = m.slot AND debit_version > m.known
                AND debit_version <= m.version AND recorded_at >= m.since AND recorded_at <= clock_timestamp()
            UNION ALL
            SELECT credit_version, amount, credit_after, recorded_at FROM ledger_row
            WHERE credit_account = m.account_id AND credit_slot = m.slot AND credit_version > m.known
                AND credit_version <= m.version AND recorded_at >= m.since AND recorded_at <= clock_timestamp()
        ) AS e
    ) AS s
), kept AS (
    INSERT INTO recon_checkpoint (account_id, slot, version, posted, recorded_at)
    SELECT account_id, slot, version, posted, at FROM judged WHERE is_sound
    ON CONFLICT (account_id, slot) DO UPDATE
        SET version = excluded.version, posted = excluded.posted, recorded_at = excluded.recorded_at
)
SELECT account_id, slot, currency, version, posted, known, (known_posted + added)::bigint, movements,
    coalesce(is_sound, false)
FROM judged ORDER BY account_id, slot
"""
HELD = """
SELECT b.account_id, b.currency, b.held, coalesce(h.held, 0)::bigint
FROM (SELECT account_id, min(currency) AS currency, sum(held)::bigint AS held FROM ledger_balance GROUP BY 1) AS b
LEFT JOIN (SELECT account_id, sum(amount - captured - released) AS held FROM ledger_hold WHERE state = 'pending'
    GROUP BY 1) AS h USING (account_id)
WHERE b.held <> coalesce(h.held, 0) ORDER BY b.account_id
"""
SUMS = "SELECT currency, sum(posted)::bigint FROM ledger_balance GROUP BY currency HAVING sum(posted) <> 0 ORDER BY 1"
ROOM = "SET LOCAL statement_timeout = '5min'"


def check_balances(*, by: Actor, at: datetime) -> Checked:
    """Add up what moved since the last look, holds and currencies; open a break for each difference, once."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(ROOM)
        slots, found = _look()
        found += [
            Difference(
                Kind.HELD, f"held:{account}:{held}:{holds}", Money(held, currency), Money(holds, currency),
                account_id=account,
            )
            for account, currency, held, holds in ask(HELD)
        ]  # fmt: skip
        found += [
            Difference(Kind.SUM, f"sum:{currency}:{posted}", Money(0, currency), Money(posted, currency))
            for currency, posted in ask(SUMS)
        ]
        opened = sum(open_break(difference, by=by, at=at) is not None for difference in found)
    return Checked(slots, opened)


def _look() -> tuple[int, list[Difference]]:
    account, slot, slots = 0, -1, 0
    found: list[Difference] = []
    while rows := ask(LOOK, {"account": account, "slot": slot, "most": SLOTS_AT_ONCE}):
        slots += len(rows)
        found += [
            Difference(
                Kind.BALANCE,
                f"balance:{account_id}:{slot_number}:{known}",
                Money(posted, currency),
                Money(added, currency),
                account_id=account_id,
                facts={
                    "slot": slot_number, "version": version, "checked_version": known, "movements_found": movements,
                },
            )
            for account_id, slot_number, currency, version, posted, known, added, movements, is_sound in rows
            if not is_sound
        ]  # fmt: skip
        account, slot = rows[-1][:2]
    return slots, found
