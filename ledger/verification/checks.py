"""Each check reads whole tables at once and returns what should not be so: (subject, what is wrong)."""

LEGS = """
SELECT id, debit_account AS account, debit_slot AS slot, debit_version AS version, debit_after AS after,
    -amount AS delta, currency, recorded_at FROM ledger_row
UNION ALL
SELECT id, credit_account, credit_slot, credit_version, credit_after, amount, currency, recorded_at FROM ledger_row
"""

# Versions 1..n without a gap or a twin, each balance the one before plus the amount, time growing with the version.
HISTORY = f"""
WITH run AS (
    SELECT leg.*, row_number() OVER turn AS right_version, lag(after, 1, 0::bigint) OVER turn + delta AS right_after,
        lag(recorded_at) OVER turn AS before
    FROM ({LEGS}) AS leg WINDOW turn AS (PARTITION BY account, slot ORDER BY version, recorded_at)
)
SELECT 'transfer ' || run.id, CASE
    WHEN b.account_id IS NULL THEN format('moves account %s slot %s, which does not exist', account, run.slot)
    WHEN b.currency <> run.currency THEN format('is in %s, account %s keeps %s', run.currency, account, b.currency)
    WHEN run.version <> right_version
        THEN format('is version %s of account %s slot %s, where %s is due', run.version, account, run.slot,
            right_version)
    WHEN after <> right_after
        THEN format('left %s on account %s slot %s, its movements make %s', after, account, run.slot, right_after)
    ELSE format('is older than the version before it on account %s slot %s', account, run.slot) END
FROM run LEFT JOIN ledger_balance b ON b.account_id = account AND b.slot = run.slot
WHERE b.account_id IS NULL OR b.currency <> run.currency OR run.version <> right_version OR after <> right_after
    OR recorded_at < before
"""  # noqa: S608

BALANCES = f"""
WITH made AS (
    SELECT account, slot, sum(delta) AS posted, max(version) AS version FROM ({LEGS}) AS leg GROUP BY 1, 2
)
SELECT format('account %s slot %s', b.account_id, b.slot),
    format('holds %s at version %s, its movements make %s at %s', b.posted, b.version, coalesce(made.posted, 0),
        coalesce(made.version, 0))
FROM ledger_balance b LEFT JOIN made ON made.account = b.account_id AND made.slot = b.slot
WHERE b.posted <> coalesce(made.posted, 0) OR b.version <> coalesce(made.version, 0)
"""  # noqa: S608

CHECKS: dict[str, str] = {
    "history": HISTORY,
    "balances": BALANCES,
    "floors": """
SELECT format('account %s slot %s', account_id, slot),
    format('posted %s, held %s, floor %s', posted, held, coalesce(floor::text, 'none'))
FROM ledger_balance WHERE posted - held < floor OR held < 0 OR (held > 0 AND floor IS NULL)
""",
    "accounts": """
SELECT 'account ' || a.path, CASE
    WHEN k.kind IS NULL THEN 'is of a kind the chart does not have'
    WHEN count(b.slot) <> k.slots THEN format('has %s slots, its kind %s', count(b.slot), k.slots)
    WHEN bool_or(b.currency <> a.currency) THEN 'keeps another currency in a slot'
    WHEN bool_or(b.floor IS DISTINCT FROM k.floor) THEN 'has another floor than its kind'
    ELSE 'is closed in one place and open in another' END
FROM ledger_account a LEFT JOIN ledger_kind k USING (kind, purpose) LEFT JOIN ledger_balance b ON b.account_id = a.id
GROUP BY a.id, k.kind, k.slots, k.floor
HAVING k.kind IS NULL OR count(b.slot) <> k.slots OR bool_or(b.currency <> a.currency)
    OR bool_or(b.floor IS DISTINCT FROM k.floor) OR bool_or(b.is_open = (a.closed_at IS NOT NULL))
UNION ALL
SELECT format('account %s slot %s', b.account_id, b.slot), 'is a balance of no account'
FROM ledger_balance b WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.id = b.account_id)
""",
    # Across partitions too: every row has its key, every key its row, and no id or number stands twice.
    "keys": """
SELECT 'transfer ' || coalesce(k.id, r.id), CASE
    WHEN k.id IS NULL THEN 'has no key' WHEN r.id IS NULL THEN 'is gone, its key remains'
    ELSE 'does not stand where its key says' END
FROM ledger_transfer_key k FULL JOIN ledger_row r ON r.id = k.id
WHERE k.id IS NULL OR r.id IS NULL OR (r.debit_account, r.debit_slot, r.debit_version, r.recorded_at)
    IS DISTINCT FROM (k.debit_account, k.debit_slot, k.debit_version, k.recorded_at)
UNION ALL
SELECT 'transfer ' || id, 'stands ' || count(*) || ' times' FROM ledger_row GROUP BY id HAVING count(*) > 1
UNION ALL
SELECT 'row #' || seq, 'numbers ' || count(*) || ' transfers' FROM ledger_row GROUP BY seq HAVING count(*) > 1
""",
    "movements": """
SELECT 'transfer ' || id, format('moves %s from %s to %s', amount, debit_account, credit_account)
FROM ledger_row WHERE amount <= 0 OR debit_account = credit_account
UNION ALL
SELECT 'transfer ' || r.id, 'took effect at ' || r.effective_at || ', in books closed at ' || p.closed_at
FROM ledger_period p JOIN ledger_row r ON r.effective_at < p.closed_before AND r.recorded_at > p.closed_at
""",
    "reversals": """
WITH made AS (
    SELECT reverses, sum(amount) AS reversed, array_agg(id ORDER BY id) AS reversals
    FROM ledger_row WHERE reverses IS NOT NULL GROUP BY 1
)
SELECT 'transfer ' || coalesce(made.reverses, t.id),
    format('was taken back by %s, its reversals make %s of %s', coalesce(t.reversed, 0), coalesce(made.reversed, 0),
        t.amount)
FROM made FULL JOIN ledger_reversed t ON t.id = made.reverses
WHERE made.reversed IS DISTINCT FROM t.reversed OR made.reversed > t.amount
    OR made.reversals <> (SELECT array_agg(x ORDER BY x) FROM unnest(t.reversals) AS x)
UNION ALL
SELECT 'transfer ' || r.id, 'is not the reverse of ' || r.reverses
FROM ledger_row r LEFT JOIN ledger_row o ON o.id = r.reverses
WHERE r.reverses IS NOT NULL AND (o.id IS NULL OR o.reverses IS NOT NULL OR
    (o.debit_account, o.credit_account, o.currency) IS DISTINCT FROM (r.credit_account, r.debit_account, r.currency))
UNION ALL
SELECT 'transfer ' || t.id, format('moved %s, not %s', o.amount, t.amount)
FROM ledger_reversed t JOIN ledger_row o ON o.id = t.id WHERE o.amount <> t.amount
""",
    "holds": """
WITH made AS (SELECT hold_id, sum(amount) AS amount FROM ledger_hold_raise GROUP BY 1),
captured AS (SELECT hold_id, sum(amount) AS amount, array_agg(id ORDER BY id) AS captures, min(debit_account) AS first,
    max(debit_account) AS last FROM ledger_row WHERE hold_id IS NOT NULL GROUP BY 1),
held AS (SELECT account_id, sum(amount - captured - released) AS amount FROM ledger_hold WHERE state = 'pending'
    GROUP BY 1)
SELECT 'hold ' || coalesce(h.id, c.hold_id), CASE
    WHEN h.id IS NULL THEN 'was captured and is gone'
    WHEN h.amount IS DISTINCT FROM made.amount THEN format('reserved %s, its raises make %s', h.amount, made.amount)
    WHEN h.captured <> coalesce(c.amount, 0) THEN format('captured %s, its transfers make %s', h.captured, c.amount)
    WHEN h.state <> 'pending' AND h.captured + h.released <> h.amount THEN 'is settled and not given back'
    WHEN h.currency <> a.currency THEN 'is in another currency than its account'
    ELSE 'was captured by transfers it does not list' END
FROM ledger_hold h FULL JOIN captured c ON c.hold_id = h.id LEFT JOIN made ON made.hold_id = h.id
    LEFT JOIN ledger_account a ON a.id = h.account_id
WHERE h.id IS NULL OR h.amount IS DISTINCT FROM made.amount OR h.captured <> coalesce(c.amount, 0)
    OR (h.state <> 'pending' AND h.captured + h.released <> h.amount) OR h.currency <> a.currency
    OR c.captures IS DISTINCT FROM (SELECT array_agg(x ORDER BY x) FROM unnest(h.captures) AS x)
    OR c.first <> h.account_id OR c.last <> h.account_id
UNION ALL
SELECT format('account %s slot %s', b.account_id, b.slot),
    format('holds back %s, its holds make %s', b.held, coalesce(held.amount, 0))
FROM ledger_balance b LEFT JOIN held ON held.account_id = b.account_id AND b.slot = 0
WHERE b.held <> coalesce(held.amount, 0)
UNION ALL
SELECT 'hold ' || h.id, 'is settled and stands for a reason'
FROM ledger_hold h JOIN ledger_hold_reason r ON r.hold_id = h.id
WHERE h.state = 'voided' AND r.lifted_at IS NULL
""",
    "times": """
WITH made AS (
    SELECT debit_account AS account_id, effective_at, id, recorded_at, -amount AS amount FROM ledger_row
    WHERE effective_at <> recorded_at
    UNION ALL
    SELECT credit_account, effective_at, id, recorded_at, amount FROM ledger_row WHERE effective_at <> recorded_at
)
SELECT 'transfer ' || coalesce(made.id, t.transfer_id), 'takes effect at a time that is kept differently'
FROM made FULL JOIN ledger_redated t ON t.account_id = made.account_id AND t.effective_at = made.effective_at
    AND t.transfer_id = made.id
WHERE made.id IS NULL OR t.transfer_id IS NULL
    OR (made.amount, made.recorded_at) IS DISTINCT FROM (t.amount, t.recorded_at)
""",
    # What was added up by day is what stands in the rows before the mark.
    "turnovers": """
WITH moved AS (
    SELECT m.account_id, r.recorded_at, r.effective_at, -r.amount AS amount FROM ledger_turnover_mark m
    JOIN ledger_row r ON r.debit_account = m.account_id AND r.recorded_at < m.until
    UNION ALL
    SELECT m.account_id, r.recorded_at, r.effective_at, r.amount FROM ledger_turnover_mark m
    JOIN ledger_row r ON r.credit_account = m.account_id AND r.recorded_at < m.until
), said AS (
    SELECT account_id, CASE WHEN effective_at = recorded_at THEN 'at_once' ELSE 'record' END AS kind,
        recorded_at AS at, amount FROM moved
    UNION ALL
    SELECT account_id, 'effect', effective_at, amount FROM moved WHERE effective_at <> recorded_at
), made AS (
    SELECT account_id, kind, (at AT TIME ZONE 'UTC')::date AS day,
        coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS credits,
        coalesce(-sum(amount) FILTER (WHERE amount < 0), 0) AS debits, count(*) AS movements
    FROM said GROUP BY 1, 2, 3
)
SELECT format('account %s', coalesce(t.account_id, made.account_id)),
    format('the turnover of %s (%s) is added up wrongly', coalesce(t.day, made.day), coalesce(t.kind, made.kind))
FROM made FULL JOIN ledger_turnover t USING (account_id, kind, day)
WHERE (made.credits, made.debits, made.movements) IS DISTINCT FROM (t.credits, t.debits, t.movements)
UNION ALL
SELECT format('account %s', m.account_id), format('%s movements were added up, its mark says %s',
    coalesce(sum(made.movements), 0), m.movements)
FROM ledger_turnover_mark m LEFT JOIN made ON made.account_id = m.account_id AND made.kind <> 'effect'
GROUP BY m.account_id, m.movements HAVING coalesce(sum(made.movements), 0) <> m.movements
""",
    "passing": """
SELECT 'account ' || a.path, 'is nil after every journal and holds ' || sum(b.posted)
FROM ledger_kind k JOIN ledger_account a USING (kind, purpose) JOIN ledger_balance b ON b.account_id = a.id
WHERE k.is_passing GROUP BY a.id HAVING sum(b.posted) <> 0
""",
    "zero": """
SELECT 'currency ' || currency, 'all accounts make ' || sum(posted)
FROM ledger_balance GROUP BY currency HAVING sum(posted) <> 0
""",
}
