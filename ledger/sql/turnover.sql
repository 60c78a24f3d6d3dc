-- What moved on a busy account day by day, added up once: a question about years costs its days, not its movements.
-- `kind` says which movements of the UTC day: those that took effect as they were recorded, or of the others either
-- those that take effect on it or those that were recorded on it.
CREATE TABLE ledger_turnover (
    account_id bigint NOT NULL,
    kind varchar(8) NOT NULL CHECK (kind IN ('at_once', 'effect', 'record')),
    day date NOT NULL,
    credits numeric NOT NULL,
    debits numeric NOT NULL,
    movements bigint NOT NULL,
    PRIMARY KEY (account_id, kind, day)
);
-- All that was recorded before `until` is in there and nothing else; before `border` nothing more will be recorded.
CREATE TABLE ledger_turnover_mark (
    account_id bigint PRIMARY KEY,
    until timestamptz NOT NULL DEFAULT '-infinity',
    border timestamptz NOT NULL,
    movements bigint NOT NULL DEFAULT 0
);
-- What was recorded since, of what takes effect at another time.
CREATE INDEX ledger_redated_recorded ON ledger_redated (account_id, recorded_at);

-- Whoever records a time holds the locks of its balances until the end: with all of them in hand nothing older is to
-- come. A transaction by itself, so that postings wait no longer than for one another.
CREATE FUNCTION ledger_set_turnover_border(p_account bigint) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    now timestamptz;
BEGIN
    PERFORM FROM ledger_balance WHERE account_id = p_account ORDER BY slot FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('LG404', 'ledger.no_account', 'There is no such account.',
            jsonb_build_object('account', p_account));
    END IF;
    now := clock_timestamp();
    INSERT INTO ledger_turnover_mark AS m (account_id, border) VALUES (p_account, now)
    ON CONFLICT (account_id) DO UPDATE SET border = greatest(m.border, excluded.border);
    RETURN now;
END $$;

-- Adds up the next movements before the border, about so many of each slot; how many there were.
CREATE FUNCTION ledger_add_turnover(p_account bigint, p_most integer DEFAULT 200000) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    mark ledger_turnover_mark;
    lows bigint[];
    last timestamptz;
    added bigint;
BEGIN
    SELECT * INTO mark FROM ledger_turnover_mark WHERE account_id = p_account FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    SELECT array_agg(CASE WHEN mark.until = '-infinity' THEN 0
        ELSE (ledger_slot_at(p_account, b.slot, mark.until - interval '1 microsecond')).version END ORDER BY b.slot)
    INTO lows FROM ledger_balance b WHERE b.account_id = p_account;
    SELECT least(mark.border, min(r.recorded_at)) INTO last FROM generate_subscripts(lows, 1) AS i CROSS JOIN LATERAL (
        SELECT recorded_at FROM ledger_row WHERE debit_account = p_account AND debit_slot = i - 1
            AND debit_version = lows[i] + p_most
        UNION ALL
        SELECT recorded_at FROM ledger_row WHERE credit_account = p_account AND credit_slot = i - 1
            AND credit_version = lows[i] + p_most) AS r;
    IF last <= mark.until THEN
        last := mark.border;  -- one batch, of one time, holds more than that
    END IF;
    WITH moved AS MATERIALIZED (
        SELECT r.* FROM generate_subscripts(lows, 1) AS i CROSS JOIN LATERAL (
            SELECT recorded_at, effective_at, -amount AS amount FROM ledger_row WHERE debit_account = p_account
                AND debit_slot = i - 1 AND debit_version > lows[i] AND recorded_at >= mark.until AND recorded_at < last
            UNION ALL
            SELECT recorded_at, effective_at, amount FROM ledger_row WHERE credit_account = p_account
                AND credit_slot = i - 1 AND credit_version > lows[i] AND recorded_at >= mark.until
                AND recorded_at < last) AS r
    ), said AS (
        SELECT CASE WHEN effective_at = recorded_at THEN 'at_once' ELSE 'record' END AS kind, recorded_at AS at, amount
        FROM moved
        UNION ALL
        SELECT 'effect', effective_at, amount FROM moved WHERE effective_at <> recorded_at
    ), written AS (
        INSERT INTO ledger_turnover AS t
        SELECT p_account, kind, at::date, coalesce(sum(amount) FILTER (WHERE amount > 0), 0),
            coalesce(-sum(amount) FILTER (WHERE amount < 0), 0), count(*)
        FROM said GROUP BY kind, at::date
        ON CONFLICT (account_id, kind, day) DO UPDATE SET credits = t.credits + excluded.credits,
            debits = t.debits + excluded.debits, movements = t.movements + excluded.movements
    )
    SELECT count(*) INTO added FROM moved;
    UPDATE ledger_turnover_mark SET until = last, movements = movements + added WHERE account_id = p_account;
    RETURN added;
END $$;

-- Accounts on which so much moved since they were added up that it is worth it; the busiest first.
CREATE FUNCTION ledger_busy_accounts(p_least bigint, p_limit integer) RETURNS SETOF bigint LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT b.account_id FROM ledger_balance b LEFT JOIN ledger_turnover_mark m USING (account_id)
    GROUP BY b.account_id, m.movements HAVING sum(b.version) - coalesce(m.movements, 0) >= p_least
    ORDER BY sum(b.version) - coalesce(m.movements, 0) DESC LIMIT p_limit
$$;

-- By how much redated movements move an account's balance at a time of effect away from what the record says then.
CREATE FUNCTION ledger_redated_by(p_account bigint, p_at timestamptz) RETURNS numeric LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET timezone = 'UTC' SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE
    midnight timestamptz := date_trunc('day', p_at);
    mark timestamptz := coalesce((SELECT until FROM ledger_turnover_mark WHERE account_id = p_account), '-infinity');
    recorded_from timestamptz := midnight;
BEGIN
    -- From the mark on, all that was added up had been recorded.
    IF p_at >= mark THEN
        recorded_from := mark;
    END IF;
    RETURN (SELECT coalesce(sum(credits - debits), 0) FROM ledger_turnover
            WHERE account_id = p_account AND kind = 'effect' AND day < midnight::date)
        - (SELECT coalesce(sum(credits - debits), 0) FROM ledger_turnover
            WHERE account_id = p_account AND kind = 'record' AND (p_at >= mark OR day < midnight::date))
        + (SELECT coalesce(sum(amount), 0) FROM ledger_redated
            WHERE account_id = p_account AND effective_at >= midnight AND effective_at <= p_at)
        + (SELECT coalesce(sum(amount), 0) FROM ledger_redated
            WHERE account_id = p_account AND recorded_at >= mark AND effective_at + interval '0' < midnight)
        - (SELECT coalesce(sum(amount), 0) FROM ledger_redated
            WHERE account_id = p_account AND recorded_at >= recorded_from AND recorded_at <= p_at);
END $$;

-- The next movements of one side of a slot. Its own function, because a plan that does not know how many versions lie
-- between two of them sorts all of them instead of reading the first of their index.
CREATE FUNCTION ledger_next_lines(
    p_account bigint, p_slot smallint, p_low bigint, p_high bigint, p_since timestamptz, p_until timestamptz,
    p_seq bigint, p_limit integer, p_with_redated boolean
) RETURNS TABLE (
    transfer_id uuid, journal_id uuid, seq bigint, recorded_at timestamptz, effective_at timestamptz, amount bigint,
    other_account_id bigint, currency varchar, kind varchar, reverses uuid, hold_id uuid, meta jsonb
) LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET enable_sort = off SET enable_seqscan = off
SET enable_bitmapscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT id, journal_id, seq, recorded_at, effective_at, -amount, credit_account, currency, kind, reverses,
        hold_id, meta
    FROM ledger_row WHERE debit_account = p_account AND debit_slot = p_slot AND debit_version > p_low
        AND debit_version <= p_high AND recorded_at >= p_since AND recorded_at < p_until
        AND (recorded_at > p_since OR seq > p_seq) AND (p_with_redated OR effective_at = recorded_at)
    ORDER BY debit_version LIMIT p_limit;
    RETURN QUERY
    SELECT id, journal_id, seq, recorded_at, effective_at, amount::bigint, debit_account, currency, kind, reverses,
        hold_id, meta
    FROM ledger_row WHERE credit_account = p_account AND credit_slot = p_slot AND credit_version > p_low
        AND credit_version <= p_high AND recorded_at >= p_since AND recorded_at < p_until
        AND (recorded_at > p_since OR seq > p_seq) AND (p_with_redated OR effective_at = recorded_at)
    ORDER BY credit_version LIMIT p_limit;
END $$;

-- Redated movements by their effect: those at the ends of a period, and between them what was recorded since the mark.
-- Its own function for the same reason; `+ interval` keeps the last part off the index that may hold millions.
CREATE FUNCTION ledger_redated_moves(
    p_account bigint, p_since timestamptz, p_first timestamptz, p_last timestamptz, p_until timestamptz,
    p_mark timestamptz
) RETURNS TABLE (at timestamptz, amount bigint) LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT effective_at, amount FROM ledger_redated
        WHERE account_id = p_account AND effective_at >= p_since AND effective_at < p_first;
    RETURN QUERY SELECT effective_at, amount FROM ledger_redated
        WHERE account_id = p_account AND effective_at >= p_last AND effective_at < p_until;
    RETURN QUERY SELECT effective_at, amount FROM ledger_redated
        WHERE account_id = p_account AND recorded_at >= p_mark
            AND effective_at + interval '0' >= p_first AND effective_at + interval '0' < p_last;
END $$;

CREATE OR REPLACE FUNCTION ledger_posted_effective(p_account bigint, p_at timestamptz) RETURNS bigint LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT (ledger_posted_at(p_account, p_at) + ledger_redated_by(p_account, p_at))::bigint
$$;

CREATE TRIGGER ledger_stays BEFORE DELETE ON ledger_turnover FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER ledger_stays BEFORE DELETE ON ledger_turnover_mark FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON ledger_turnover
    FOR EACH STATEMENT EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON ledger_turnover_mark
    FOR EACH STATEMENT EXECUTE FUNCTION fanz_refuse_change();

REVOKE ALL ON ledger_turnover, ledger_turnover_mark FROM fanz_app, fanz_tenant;
GRANT SELECT ON ledger_turnover, ledger_turnover_mark TO fanz_app, fanz_tenant;
ALTER TABLE ledger_turnover ENABLE ROW LEVEL SECURITY;
CREATE POLICY app_all ON ledger_turnover TO fanz_app USING (true);
CREATE POLICY own_platform ON ledger_turnover TO fanz_tenant
    USING (EXISTS (SELECT FROM ledger_account a WHERE a.id = account_id));
ALTER TABLE ledger_turnover_mark ENABLE ROW LEVEL SECURITY;
CREATE POLICY app_all ON ledger_turnover_mark TO fanz_app USING (true);
CREATE POLICY own_platform ON ledger_turnover_mark TO fanz_tenant
    USING (EXISTS (SELECT FROM ledger_account a WHERE a.id = account_id));

REVOKE ALL ON FUNCTION ledger_set_turnover_border, ledger_add_turnover, ledger_busy_accounts, ledger_redated_by,
    ledger_next_lines, ledger_redated_moves FROM PUBLIC, fanz_app, fanz_tenant;
GRANT EXECUTE ON FUNCTION ledger_set_turnover_border, ledger_add_turnover, ledger_busy_accounts TO fanz_app;
GRANT EXECUTE ON FUNCTION ledger_redated_by, ledger_next_lines, ledger_redated_moves TO fanz_app, fanz_tenant;
