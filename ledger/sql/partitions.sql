-- Months of transfers, each with what a partitioned table cannot say as a whole: versions of a side are unique.

CREATE FUNCTION ledger_make_partitions(p_months integer DEFAULT 24) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    made integer := fanz_make_partitions('ledger_transfer', p_months);
    part text;
BEGIN
    FOR part IN SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'ledger_transfer'::regclass LOOP
        EXECUTE format('CREATE UNIQUE INDEX IF NOT EXISTS %I ON %I (debit_account, debit_slot, debit_version)',
            part || '_debit', part);
        EXECUTE format('CREATE UNIQUE INDEX IF NOT EXISTS %I ON %I (credit_account, credit_slot, credit_version)',
            part || '_credit', part);
        EXECUTE format('CREATE OR REPLACE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION fanz_refuse_change()', part);
    END LOOP;
    RETURN made;
END $$;

-- Moves a whole month into the archive. Only a month whose books are closed, so that nothing can be posted into it.
CREATE FUNCTION ledger_archive_month(p_month date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    first timestamptz := date_trunc('month', p_month)::date;
    last timestamptz := first + interval '1 month';
    part text := 'ledger_transfer_' || to_char(first, 'YYYYMM');
    border timestamptz := (SELECT max(closed_before) FROM ledger_period);
BEGIN
    IF border IS NULL OR last > border THEN
        PERFORM ledger_refuse('LG409', 'ledger.month_open', 'Only a month whose books are closed is archived.',
            jsonb_build_object('month', first, 'closed_before', border));
    ELSIF NOT EXISTS (SELECT FROM pg_inherits
        WHERE inhrelid = to_regclass(part) AND inhparent = 'ledger_transfer'::regclass)
    THEN
        PERFORM ledger_refuse('LG404', 'ledger.no_month', 'There is no such month, or it is archived already.',
            jsonb_build_object('month', first));
    END IF;
    EXECUTE format('ALTER TABLE ledger_transfer DETACH PARTITION %I', part);
    EXECUTE format('ALTER TABLE ledger_archive ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part, first, last);
    RETURN part;
END $$;

-- No transfer may take effect before this time any more.
CREATE FUNCTION ledger_close_period(p_before timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    border timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ledger_period'), 0);
    SELECT max(closed_before) INTO border FROM ledger_period;
    IF p_before = border THEN
        RETURN false;
    ELSIF p_before < border THEN
        PERFORM ledger_refuse('LG409', 'ledger.period_closed', 'Closed books are not opened again.',
            jsonb_build_object('closed_before', border));
    ELSIF p_before > clock_timestamp() - interval '2 minutes' THEN
        -- A transaction lives for a minute at most; whatever recorded a time before this one is long finished.
        PERFORM ledger_refuse('LG409', 'ledger.period_not_over', 'A period closes two minutes after its end.',
            jsonb_build_object('asked', p_before));
    END IF;
    INSERT INTO ledger_period (closed_before) VALUES (p_before);
    RETURN true;
END $$;
