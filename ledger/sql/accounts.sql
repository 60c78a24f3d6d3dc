-- Accounts are opened on first use under the path their parts make; they are closed empty and never deleted.

-- Every refusal carries a code and the facts a caller needs, as JSON in DETAIL.
CREATE FUNCTION ledger_refuse(p_state text, p_code text, p_message text, p_facts jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', p_message USING ERRCODE = p_state, DETAIL = p_facts || jsonb_build_object('code', p_code);
END $$;

-- Why this much cannot leave (or, without an amount, enter) an account.
CREATE FUNCTION ledger_refuse_leg(p_account bigint, p_currency text, p_amount bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    leg record;
BEGIN
    SELECT a.path, a.currency, a.closed_at, b.floor, b.posted - b.held - b.floor AS available INTO leg
    FROM ledger_account a LEFT JOIN ledger_balance b ON b.account_id = a.id AND b.slot = 0 WHERE a.id = p_account;
    IF NOT FOUND THEN
        RETURN ledger_refuse('LG404', 'ledger.no_account', 'There is no such account.',
            jsonb_build_object('account_id', p_account));
    ELSIF leg.currency <> p_currency THEN
        RETURN ledger_refuse('LG400', 'ledger.other_currency', 'The account keeps another currency.',
            jsonb_build_object('account', leg.path, 'keeps', leg.currency, 'given', p_currency));
    ELSIF leg.closed_at IS NOT NULL THEN
        RETURN ledger_refuse('LG409', 'ledger.account_closed', 'The account is closed.',
            jsonb_build_object('account', leg.path));
    ELSIF leg.floor IS NULL THEN
        RETURN ledger_refuse('LG409', 'ledger.no_floor', 'Only an account with a floor can reserve money.',
            jsonb_build_object('account', leg.path));
    END IF;
    RETURN ledger_refuse('LG402', 'ledger.insufficient', 'There is not enough money in the account.',
        jsonb_build_object('account', leg.path, 'account_id', p_account, 'available_minor', leg.available,
            'needed_minor', p_amount, 'currency', p_currency));
END $$;

CREATE FUNCTION ledger_open_account(
    p_kind text, p_purpose text, p_currency text, p_party uuid DEFAULT NULL, p_platform uuid DEFAULT NULL,
    p_source text DEFAULT '-'
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    account_path text := p_kind || ':' || coalesce(p_party::text, '-') || ':' || coalesce(p_platform::text, 'all')
        || ':' || p_source || ':' || p_purpose || ':' || p_currency;
    account bigint;
    chart ledger_kind;
BEGIN
    SELECT id INTO account FROM ledger_account WHERE path = account_path;
    IF FOUND THEN
        RETURN account;
    END IF;
    SELECT * INTO chart FROM ledger_kind WHERE kind = p_kind AND purpose = p_purpose;
    IF NOT FOUND THEN
        RETURN ledger_refuse('LG404', 'ledger.no_kind', 'The chart of accounts has no such account.',
            jsonb_build_object('kind', p_kind, 'purpose', p_purpose));
    ELSIF chart.is_house = (p_party IS NOT NULL) THEN
        RETURN ledger_refuse('LG400', 'ledger.wrong_owner', 'People''s accounts name a party, the house''s none.',
            jsonb_build_object('path', account_path));
    END IF;
    account := CASE WHEN chart.slots > 1 THEN nextval('ledger_hot_account_id')
        WHEN chart.is_house THEN nextval('ledger_house_account_id') ELSE nextval('ledger_party_account_id') END;
    INSERT INTO ledger_account (id, kind, purpose, currency, party_id, platform_id, source)
    VALUES (account, p_kind, p_purpose, p_currency, p_party, p_platform, p_source)
    ON CONFLICT ON CONSTRAINT ledger_account_path DO NOTHING;
    IF FOUND THEN
        INSERT INTO ledger_balance (account_id, slot, currency, floor)
        SELECT account, slot, p_currency, chart.floor FROM generate_series(0, chart.slots - 1) AS slot;
    ELSE
        SELECT id INTO account FROM ledger_account WHERE path = account_path;
    END IF;
    RETURN account;
END $$;

-- Only an empty account closes; what is reserved counts as not empty.
CREATE FUNCTION ledger_close_account(p_account bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    total bigint;
    reserved bigint;
BEGIN
    PERFORM FROM ledger_balance WHERE account_id = p_account ORDER BY slot FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('LG404', 'ledger.no_account', 'There is no such account.',
            jsonb_build_object('account_id', p_account));
    END IF;
    SELECT sum(posted), sum(held) INTO total, reserved FROM ledger_balance WHERE account_id = p_account;
    IF total <> 0 OR reserved <> 0 THEN
        PERFORM ledger_refuse('LG409', 'ledger.account_not_empty', 'Only an empty account can be closed.',
            jsonb_build_object('posted_minor', total, 'held_minor', reserved));
    END IF;
    UPDATE ledger_balance SET is_open = false WHERE account_id = p_account AND is_open;
    UPDATE ledger_account SET closed_at = clock_timestamp() WHERE id = p_account AND closed_at IS NULL;
    RETURN FOUND;
END $$;

CREATE FUNCTION ledger_reopen_account(p_account bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM ledger_balance WHERE account_id = p_account ORDER BY slot FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('LG404', 'ledger.no_account', 'There is no such account.',
            jsonb_build_object('account_id', p_account));
    END IF;
    UPDATE ledger_balance SET is_open = true WHERE account_id = p_account AND NOT is_open;
    UPDATE ledger_account SET closed_at = NULL WHERE id = p_account AND closed_at IS NOT NULL;
    RETURN FOUND;
END $$;
