"""How old the money on a kind of account is. First in is first out, so what stands there came in last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from foundation.money import Money
from ledger.selectors.asking import ask
from ledger.selectors.standing import LATER, NOW
from ledger.types import Time

DAYS = (1, 7, 30, 90)
AGEING = """
WITH owed AS (
    SELECT s.account_id, a.currency, a.platform_id, k.sign, k.sign * sum(s.posted)::bigint AS amount
    FROM ({standing}) AS s JOIN ledger_account a ON a.id = s.account_id
    JOIN (SELECT kind, purpose, CASE normal_side WHEN 'credit' THEN 1 ELSE -1 END AS sign FROM ledger_kind) AS k
        ON k.kind = a.kind AND k.purpose = a.purpose
    WHERE a.kind = %(kind)s AND a.purpose = %(purpose)s
        AND (%(platform)s::uuid IS NULL OR a.platform_id = %(platform)s::uuid)
    GROUP BY 1, 2, 3, 4 HAVING k.sign * sum(s.posted) > 0
), came AS (
    SELECT m.account_id, width_bucket(m.effective_at, %(edges)s::timestamptz[]) AS bucket,
        sum(o.sign * m.amount) AS amount
    FROM owed o JOIN (
        SELECT account_id, effective_at, amount FROM ledger_entry
        WHERE recorded_at >= %(oldest)s AND recorded_at <= %(at)s AND effective_at = recorded_at
        UNION ALL
        SELECT account_id, effective_at, amount FROM ledger_redated
        WHERE effective_at >= %(oldest)s AND effective_at <= %(at)s
    ) AS m ON m.account_id = o.account_id AND o.sign * m.amount > 0
    GROUP BY 1, 2
), newest_first AS (
    SELECT account_id, bucket, amount, sum(amount) OVER (PARTITION BY account_id ORDER BY bucket DESC) - amount AS newer
    FROM came
), part AS (
    SELECT n.account_id, n.bucket, least(n.amount, greatest(o.amount - n.newer, 0)) AS amount
    FROM newest_first n JOIN owed o USING (account_id)
), bucket AS (
    SELECT account_id, bucket, amount FROM part WHERE amount > 0
    UNION ALL
    SELECT o.account_id, 0, o.amount - coalesce(sum(p.amount), 0) FROM owed o LEFT JOIN part p USING (account_id)
    GROUP BY o.account_id, o.amount HAVING o.amount > coalesce(sum(p.amount), 0)
)
SELECT o.currency, o.platform_id, b.bucket, sum(b.amount)::bigint, count(*) FROM bucket b JOIN owed o USING (account_id)
GROUP BY 1, 2, 3 ORDER BY 1, 2 NULLS FIRST, 3 DESC
"""


@dataclass(frozen=True, slots=True)
class Aged:
    """Money on one kind of account in one currency by age: `parts[i]` is younger than `days[i]`, the last one older."""

    kind: str
    purpose: str
    currency: str
    platform_id: UUID | None
    days: tuple[int, ...]
    parts: tuple[Money, ...]

    @property
    def total(self) -> Money:
        return Money(sum(part.minor for part in self.parts), self.currency)


def list_ageing(
    kind: str, purpose: str, *, at: datetime, days: Sequence[int] = DAYS, platform_id: UUID | None = None
) -> list[Aged]:
    """What stood on these accounts at this moment, by platform and currency, and how long it had been there."""
    edges = sorted(at - timedelta(days=count) for count in days)
    standing = NOW.format(held="0") + f"UNION ALL {LATER[Time.EFFECTIVE]}"
    values = {
        "kind": kind, "purpose": purpose, "platform": platform_id, "at": at, "edges": edges, "oldest": edges[0],
    }  # fmt: skip
    rows = ask(AGEING.format(standing=standing), values)
    found = []
    for (currency, platform), parts in groupby(rows, key=lambda row: (row[0], row[1])):
        by_bucket = {row[2]: row[3] for row in parts}
        amounts = tuple(Money(by_bucket.get(bucket, 0), currency) for bucket in range(len(days), -1, -1))
        found.append(Aged(kind, purpose, currency, platform, tuple(sorted(days)), amounts))
    return found
