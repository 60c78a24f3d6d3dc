-- What flows that depend on balances ask first: a creator's accounts in one currency, locked in the order of their ids.
-- Asked twice, because an account opened by whoever we waited for is only seen by a question that begins afterwards.
CREATE FUNCTION ledger_lock_creator(p_party uuid, p_currency text)
RETURNS TABLE (purpose text, platform_id uuid, source text, posted bigint, held bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    FOR turn IN 1..2 LOOP
        PERFORM FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id AND b.slot = 0
        WHERE a.party_id = p_party AND a.kind = 'creator' AND a.currency = p_currency
        ORDER BY a.id FOR NO KEY UPDATE OF b;
    END LOOP;
    RETURN QUERY SELECT a.purpose::text, a.platform_id, a.source::text, b.posted, b.held::bigint
        FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id AND b.slot = 0
        WHERE a.party_id = p_party AND a.kind = 'creator' AND a.currency = p_currency ORDER BY a.id;
END $$;
REVOKE ALL ON FUNCTION ledger_lock_creator FROM PUBLIC, fanz_app, fanz_tenant;
GRANT EXECUTE ON FUNCTION ledger_lock_creator TO fanz_app;
