-- The only ways money moves. A refusal raises, so nothing of the refused call stays and its id is not used up.

-- Two first uses of one id met: whoever lost repeats the whole transaction and then finds the winner's row.
CREATE FUNCTION ledger_race(p_ids uuid[]) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(DISTINCT id) FROM unnest(p_ids) AS id) < cardinality(p_ids) THEN
        PERFORM ledger_refuse('LG400', 'ledger.same_id_twice', 'One batch names the same id twice.', '{}');
    END IF;
    RAISE EXCEPTION 'another transaction has just used one of these ids' USING ERRCODE = 'serialization_failure';
END $$;

-- Closing waits for those who post into the past, and they for it.
CREATE FUNCTION ledger_check_period(p_effective timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    border timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('ledger_period'), 0);
    SELECT max(closed_before) INTO border FROM ledger_period;
    IF p_effective < border THEN
        PERFORM ledger_refuse('LG410', 'ledger.period_closed', 'The books of that time are closed.',
            jsonb_build_object('closed_before', border, 'effective_at', p_effective));
    END IF;
END $$;

-- Counts a reversal against its original; the row locks whoever reverses the same one.
CREATE FUNCTION ledger_take_back(
    p_id uuid, p_original uuid, p_debit bigint, p_credit bigint, p_amount bigint, p_currency text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    was ledger_transfer;
BEGIN
    SELECT r.* INTO was FROM ledger_transfer_key k JOIN ledger_row r ON r.debit_account = k.debit_account
        AND r.debit_slot = k.debit_slot AND r.debit_version = k.debit_version AND r.recorded_at = k.recorded_at
    WHERE k.id = p_original;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('LG404', 'ledger.no_transfer', 'There is no such transfer.',
            jsonb_build_object('transfer_id', p_original));
    ELSIF was.reverses IS NOT NULL THEN
        PERFORM ledger_refuse('LG409', 'ledger.reversal_of_reversal', 'A reversal is not reversed; post anew.',
            jsonb_build_object('transfer_id', p_original, 'reverses', was.reverses));
    ELSIF (was.debit_account, was.credit_account, was.currency) IS DISTINCT FROM (p_credit, p_debit, p_currency::varchar)
    THEN
        PERFORM ledger_refuse('LG400', 'ledger.not_its_reverse', 'A reversal moves back between the same accounts.',
            jsonb_build_object('transfer_id', p_original));
    END IF;
    IF p_amount <= was.amount THEN
        INSERT INTO ledger_reversed AS r VALUES (p_original, was.amount, p_amount, ARRAY[p_id])
        ON CONFLICT (id) DO UPDATE SET reversed = r.reversed + excluded.reversed, reversals = r.reversals || p_id
            WHERE r.reversed + excluded.reversed <= r.amount;
    END IF;
    IF p_amount > was.amount OR NOT FOUND THEN
        PERFORM ledger_refuse('LG409', 'ledger.reversed_too_much', 'More would be taken back than was moved.',
            jsonb_build_object('transfer_id', p_original, 'amount_minor', was.amount, 'asked_minor', p_amount,
                'reversed_minor', coalesce((SELECT reversed FROM ledger_reversed WHERE id = p_original), 0)));
    END IF;
END $$;

CREATE FUNCTION ledger_post_one(
    p_id uuid, p_journal uuid, p_kind text, p_debit bigint, p_credit bigint, p_amount bigint, p_currency text,
    p_effective timestamptz DEFAULT NULL, p_meta jsonb DEFAULT NULL, p_reverses uuid DEFAULT NULL,
    p_hold uuid DEFAULT NULL, p_keep_rest boolean DEFAULT false,
    OUT is_new boolean, OUT debit_after bigint, OUT credit_after bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    debit_slot smallint := 0;
    credit_slot smallint := 0;
    debit_version bigint;
    credit_version bigint;
    freed bigint := 0;
    at timestamptz;
BEGIN
    PERFORM FROM ledger_transfer_key WHERE id = p_id;
    IF FOUND THEN
        SELECT r.* INTO is_new, debit_after, credit_after FROM ledger_replay(p_id, p_journal, p_kind, p_debit, p_credit,
            p_amount, p_currency, p_effective, p_meta, p_reverses, p_hold) AS r;
        RETURN;
    ELSIF p_amount <= 0 OR p_debit = p_credit THEN
        PERFORM ledger_refuse('LG400', 'ledger.not_a_movement', 'A transfer moves at least 1 between two accounts.',
            jsonb_build_object('amount_minor', p_amount, 'debit', p_debit, 'credit', p_credit));
    END IF;
    IF p_effective IS NOT NULL THEN
        PERFORM ledger_check_period(p_effective);
    END IF;
    IF p_reverses IS NOT NULL THEN
        PERFORM ledger_take_back(p_id, p_reverses, p_debit, p_credit, p_amount, p_currency);
    END IF;
    IF p_hold IS NOT NULL THEN
        freed := ledger_use_hold(p_id, p_hold, p_debit, p_credit, p_amount, p_currency, p_keep_rest);
    END IF;
    IF p_debit >= 2305843009213693952 THEN
        debit_slot := pg_backend_pid() & 15;
    END IF;
    IF p_credit >= 2305843009213693952 THEN
        credit_slot := pg_backend_pid() & 15;
    END IF;
    -- The lower id first, whichever side it is on.
    IF p_debit < p_credit THEN
        UPDATE ledger_balance b SET posted = posted - p_amount, held = held - freed, version = version + 1
        WHERE account_id = p_debit AND slot = debit_slot AND is_open AND currency = p_currency
            AND (floor IS NULL OR posted - held + freed - p_amount >= floor)
        RETURNING b.posted, b.version INTO debit_after, debit_version;
        IF debit_version IS NULL THEN
            PERFORM ledger_refuse_leg(p_debit, p_currency, p_amount);
        END IF;
    END IF;
    UPDATE ledger_balance b SET posted = posted + p_amount, version = version + 1
    WHERE account_id = p_credit AND slot = credit_slot AND is_open AND currency = p_currency
    RETURNING b.posted, b.version INTO credit_after, credit_version;
    IF credit_version IS NULL THEN
        PERFORM ledger_refuse_leg(p_credit, p_currency, p_amount);
    END IF;
    IF debit_version IS NULL THEN
        UPDATE ledger_balance b SET posted = posted - p_amount, held = held - freed, version = version + 1
        WHERE account_id = p_debit AND slot = debit_slot AND is_open AND currency = p_currency
            AND (floor IS NULL OR posted - held + freed - p_amount >= floor)
        RETURNING b.posted, b.version INTO debit_after, debit_version;
        IF debit_version IS NULL THEN
            PERFORM ledger_refuse_leg(p_debit, p_currency, p_amount);
        END IF;
    END IF;
    -- Taken under both locks, so that time and version of a slot grow together.
    at := clock_timestamp();
    INSERT INTO ledger_transfer (id, journal_id, recorded_at, effective_at, amount, debit_account, debit_version,
        debit_after, credit_account, credit_version, credit_after, debit_slot, credit_slot, currency, kind, reverses,
        hold_id, meta)
    VALUES (p_id, coalesce(p_journal, p_id), at, coalesce(p_effective, at), p_amount, p_debit, debit_version,
        debit_after, p_credit, credit_version, credit_after, debit_slot, credit_slot, p_currency, p_kind, p_reverses,
        p_hold, p_meta);
    INSERT INTO ledger_transfer_key VALUES (p_id, p_debit, debit_slot, debit_version, at) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        PERFORM ledger_race(ARRAY[p_id]);
    END IF;
    IF p_effective <> at THEN
        INSERT INTO ledger_redated VALUES (p_debit, p_effective, p_id, at, -p_amount),
            (p_credit, p_effective, p_id, at, p_amount);
    END IF;
    is_new := true;
END $$;

-- Many transfers in one call, all or none, in the order given: floors hold after each of them, not only at the end.
CREATE FUNCTION ledger_post(
    p_ids uuid[], p_journals uuid[], p_kinds text[], p_debits bigint[], p_credits bigint[], p_amounts bigint[],
    p_currencies text[], p_effectives timestamptz[] DEFAULT NULL, p_metas jsonb[] DEFAULT NULL,
    p_reverses uuid[] DEFAULT NULL
) RETURNS TABLE (id uuid, is_new boolean, debit_after bigint, credit_after bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    hot CONSTANT bigint := 2305843009213693952;
    my_slot smallint := pg_backend_pid() & 15;
    original record;
    at timestamptz;
BEGIN
    IF EXISTS (SELECT FROM ledger_transfer_key k WHERE k.id = ANY (p_ids)) THEN
        RETURN QUERY SELECT * FROM ledger_post_rest(p_ids, p_journals, p_kinds, p_debits, p_credits, p_amounts,
            p_currencies, p_effectives, p_metas, p_reverses);
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM unnest(p_debits, p_credits, p_amounts) AS t (debit, credit, amount)
        WHERE (debit <> credit AND amount > 0) IS NOT TRUE)
    THEN
        PERFORM ledger_refuse('LG400', 'ledger.not_a_movement', 'A transfer moves at least 1 between two accounts.',
            '{}');
    END IF;
    IF p_effectives IS NOT NULL THEN
        PERFORM ledger_check_period(least) FROM (SELECT min(e) AS least FROM unnest(p_effectives) AS e) AS first
        WHERE least IS NOT NULL;
    END IF;
    IF p_reverses IS NOT NULL THEN
        FOR original IN
            SELECT * FROM unnest(p_ids, p_reverses, p_debits, p_credits, p_amounts, p_currencies)
                AS t (id, transfer, debit, credit, amount, currency) WHERE transfer IS NOT NULL ORDER BY transfer
        LOOP
            PERFORM ledger_take_back(original.id, original.transfer, original.debit, original.credit, original.amount,
                original.currency);
        END LOOP;
    END IF;
    PERFORM FROM (SELECT DISTINCT a FROM unnest(p_debits || p_credits) AS a) AS legs
        JOIN ledger_balance b ON b.account_id = a AND b.slot = CASE WHEN a >= hot THEN my_slot ELSE 0 END
    ORDER BY b.account_id, b.slot FOR NO KEY UPDATE OF b;
    at := clock_timestamp();
    RETURN QUERY
    WITH given AS (
        SELECT * FROM unnest(p_ids, p_journals, p_kinds, p_debits, p_credits, p_amounts, p_currencies, p_effectives,
            p_metas, p_reverses) WITH ORDINALITY
            AS t (id, journal, kind, debit, credit, amount, currency, effective, meta, reverses, n)
    ), leg AS (
        SELECT *, 0 AS side, debit AS account, -amount AS delta FROM given
        UNION ALL
        SELECT *, 1, credit, amount FROM given
    ), run AS (
        SELECT leg.*, b.slot, b.version + row_number() OVER turn AS version,
            (b.posted + sum(delta) OVER turn)::bigint AS after, b.held, b.floor,
            b.is_open AND b.currency = leg.currency AS fits
        FROM leg LEFT JOIN ledger_balance b ON b.account_id = account
            AND b.slot = CASE WHEN account >= hot THEN my_slot ELSE 0 END
        WINDOW turn AS (PARTITION BY account ORDER BY n)
    ), checked AS MATERIALIZED (
        SELECT run.*, CASE WHEN fits AND (side = 1 OR floor IS NULL OR after - held >= floor) THEN version
            ELSE ledger_refuse_leg(account, currency, amount) END AS right_version
        FROM run
    ), paired AS (
        SELECT *, lead(account) OVER row AS account_2, lead(slot) OVER row AS slot_2,
            lead(right_version) OVER row AS version_2, lead(after) OVER row AS after_2
        FROM checked WINDOW row AS (ORDER BY n, side)
    ), moved AS (
        UPDATE ledger_balance b SET posted = b.posted + delta, version = b.version + legs
        FROM (SELECT account, slot, sum(delta)::bigint AS delta, count(*) AS legs FROM checked GROUP BY 1, 2) AS t
        WHERE b.account_id = account AND b.slot = t.slot
    ), written AS (
        INSERT INTO ledger_transfer (id, journal_id, recorded_at, effective_at, amount, debit_account, debit_version,
            debit_after, credit_account, credit_version, credit_after, debit_slot, credit_slot, currency, kind,
            reverses, meta)
        SELECT id, coalesce(journal, id), at, coalesce(effective, at), amount, account, right_version, after,
            account_2, version_2, after_2, slot, slot_2, currency, kind, reverses, meta
        FROM paired WHERE side = 0 ORDER BY n
        RETURNING id, debit_account, debit_slot, debit_version, debit_after, credit_after
    ), redated AS (
        INSERT INTO ledger_redated SELECT account, effective, id, at, delta FROM leg WHERE effective <> at
    ), keyed AS (
        INSERT INTO ledger_transfer_key SELECT id, debit_account, debit_slot, debit_version, at FROM written
        ON CONFLICT DO NOTHING RETURNING id
    )
    SELECT id, CASE WHEN (SELECT count(*) FROM keyed) = cardinality(p_ids) THEN true ELSE ledger_race(p_ids) END,
        debit_after, credit_after
    FROM written;
END $$;

-- A batch of which some rows are known already: those are replayed, the others posted.
CREATE FUNCTION ledger_post_rest(
    p_ids uuid[], p_journals uuid[], p_kinds text[], p_debits bigint[], p_credits bigint[], p_amounts bigint[],
    p_currencies text[], p_effectives timestamptz[], p_metas jsonb[], p_reverses uuid[]
) RETURNS TABLE (id uuid, is_new boolean, debit_after bigint, credit_after bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    known uuid[] := ARRAY(SELECT k.id FROM ledger_transfer_key k WHERE k.id = ANY (p_ids));
    rest record;
BEGIN
    RETURN QUERY SELECT t.id, r.* FROM unnest(p_ids, p_journals, p_kinds, p_debits, p_credits, p_amounts, p_currencies,
            p_effectives, p_metas, p_reverses)
            AS t (id, journal, kind, debit, credit, amount, currency, effective, meta, reverses),
        ledger_replay(t.id, journal, kind, debit, credit, amount, currency, effective, meta, reverses, NULL) AS r
    WHERE t.id = ANY (known);
    SELECT array_agg(id ORDER BY n) AS ids, array_agg(journal ORDER BY n) AS journals, array_agg(kind ORDER BY n) AS kinds,
        array_agg(debit ORDER BY n) AS debits, array_agg(credit ORDER BY n) AS credits,
        array_agg(amount ORDER BY n) AS amounts, array_agg(currency ORDER BY n) AS currencies,
        array_agg(effective ORDER BY n) AS effectives, array_agg(meta ORDER BY n) AS metas,
        array_agg(reverses ORDER BY n) AS reverses INTO rest
    FROM unnest(p_ids, p_journals, p_kinds, p_debits, p_credits, p_amounts, p_currencies, p_effectives, p_metas,
        p_reverses) WITH ORDINALITY
        AS t (id, journal, kind, debit, credit, amount, currency, effective, meta, reverses, n)
    WHERE id <> ALL (known);
    IF rest.ids IS NOT NULL THEN
        RETURN QUERY SELECT * FROM ledger_post(rest.ids, rest.journals, rest.kinds, rest.debits, rest.credits,
            rest.amounts, rest.currencies, rest.effectives, rest.metas, rest.reverses);
    END IF;
END $$;
