-- Balances of the past. Time and version grow together per slot, so a moment is found by halving within its month.

-- What a slot had come to at this moment of the record: its version, and what stood on it.
-- One statement that names the months as seldom as it can: each time costs more than a step of the halving.
CREATE FUNCTION ledger_slot_at(p_account bigint, p_slot smallint, p_at timestamptz, OUT version bigint, OUT posted bigint)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET timezone = 'UTC' SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    month timestamptz := date_trunc('month', p_at);
    next_month timestamptz := month + interval '1 month';
BEGIN
    WITH RECURSIVE halving (low, high, posted) AS (
        -- Before the first movement of the month stood what that movement did not change.
        (SELECT first.version - 1, b.version, first.posted FROM (
            (SELECT debit_version, debit_after + amount FROM ledger_row WHERE debit_account = p_account
                AND debit_slot = p_slot AND recorded_at >= month AND recorded_at < next_month
             ORDER BY debit_version LIMIT 1)
            UNION ALL
            (SELECT credit_version, credit_after - amount FROM ledger_row WHERE credit_account = p_account
                AND credit_slot = p_slot AND recorded_at >= month AND recorded_at < next_month
             ORDER BY credit_version LIMIT 1)) AS first (version, posted)
         JOIN ledger_balance b ON b.account_id = p_account AND b.slot = p_slot
         ORDER BY first.version LIMIT 1)
        UNION ALL
        -- A version that is not of this month is of a later one.
        SELECT CASE WHEN row.at <= p_at THEN middle ELSE low END, CASE WHEN row.at <= p_at THEN high ELSE middle - 1 END,
            CASE WHEN row.at <= p_at THEN row.after ELSE half.posted END
        FROM (SELECT low, high, (low + high + 1) / 2 AS middle, posted FROM halving WHERE low < high) AS half
        LEFT JOIN LATERAL (
            SELECT recorded_at, debit_after FROM ledger_row WHERE debit_account = p_account AND debit_slot = p_slot
                AND debit_version = middle AND recorded_at >= month AND recorded_at < next_month
            UNION ALL
            SELECT recorded_at, credit_after FROM ledger_row WHERE credit_account = p_account AND credit_slot = p_slot
                AND credit_version = middle AND recorded_at >= month AND recorded_at < next_month
            LIMIT 1) AS row (at, after) ON true
    )
    SELECT low, posted INTO version, posted FROM halving WHERE low >= high;
    IF version IS NULL THEN
        -- A quiet month: what follows it tells what stood before it.
        SELECT least(
            (SELECT debit_version FROM ledger_row WHERE debit_account = p_account AND debit_slot = p_slot
                AND recorded_at >= next_month ORDER BY debit_version LIMIT 1),
            (SELECT credit_version FROM ledger_row WHERE credit_account = p_account AND credit_slot = p_slot
                AND recorded_at >= next_month ORDER BY credit_version LIMIT 1)) - 1 INTO version;
        IF version IS NULL THEN
            SELECT b.version, b.posted INTO version, posted FROM ledger_balance b
            WHERE account_id = p_account AND slot = p_slot;
        ELSE
            posted := ledger_posted_at_version(p_account, p_slot, version);
        END IF;
    END IF;
END $$;

-- What a slot held right after its n-th movement.
CREATE FUNCTION ledger_posted_at_version(p_account bigint, p_slot smallint, p_version bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN CASE WHEN p_version = 0 THEN 0 ELSE coalesce(
        (SELECT debit_after FROM ledger_row
         WHERE debit_account = p_account AND debit_slot = p_slot AND debit_version = p_version LIMIT 1),
        (SELECT credit_after FROM ledger_row
         WHERE credit_account = p_account AND credit_slot = p_slot AND credit_version = p_version LIMIT 1)) END;
END $$;

-- posted of a whole account as the record stood at this moment.
CREATE FUNCTION ledger_posted_at(p_account bigint, p_at timestamptz) RETURNS bigint LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT sum(s.posted)::bigint FROM ledger_balance b, ledger_slot_at(b.account_id, b.slot, p_at) AS s
    WHERE b.account_id = p_account
$$;

-- posted by the time movements take effect: the record, corrected by what is dated elsewhere.
CREATE FUNCTION ledger_posted_effective(p_account bigint, p_at timestamptz) RETURNS bigint LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT (ledger_posted_at(p_account, p_at)
        + coalesce((SELECT sum(amount) FROM ledger_redated
            WHERE account_id = p_account AND effective_at <= p_at AND recorded_at > p_at), 0)
        - coalesce((SELECT sum(amount) FROM ledger_redated
            WHERE account_id = p_account AND effective_at > p_at AND recorded_at <= p_at), 0))::bigint
$$;

-- The newest movements of an account before a place in its history, newest first.
CREATE FUNCTION ledger_history(p_account bigint, p_before timestamptz, p_before_seq bigint, p_limit integer)
RETURNS SETOF ledger_entry LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT e.* FROM ledger_balance b
    CROSS JOIN LATERAL ledger_slot_at(p_account, b.slot, p_before) AS v
    CROSS JOIN LATERAL (
        (SELECT id AS transfer_id, journal_id, seq, recorded_at, effective_at, debit_account AS account_id,
            debit_slot AS slot, debit_version AS version, -amount AS amount, debit_after AS after,
            credit_account AS other_account_id, currency, kind, reverses, hold_id, meta
         FROM ledger_row WHERE debit_account = p_account AND debit_slot = b.slot AND debit_version <= v.version
            AND (recorded_at < p_before OR seq < p_before_seq) ORDER BY debit_version DESC LIMIT p_limit)
        UNION ALL
        (SELECT id, journal_id, seq, recorded_at, effective_at, credit_account, credit_slot, credit_version, amount,
            credit_after, debit_account, currency, kind, reverses, hold_id, meta
         FROM ledger_row WHERE credit_account = p_account AND credit_slot = b.slot AND credit_version <= v.version
            AND (recorded_at < p_before OR seq < p_before_seq) ORDER BY credit_version DESC LIMIT p_limit)
    ) AS e
    WHERE b.account_id = p_account
    ORDER BY e.recorded_at DESC, e.seq DESC LIMIT p_limit
$$;
