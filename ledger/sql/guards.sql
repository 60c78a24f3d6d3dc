-- What holds whoever writes, the owner too; and who may call what.

CREATE FUNCTION ledger_guard_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.id, OLD.kind, OLD.purpose, OLD.party_id, OLD.platform_id, OLD.source, OLD.currency, OLD.opened_at)
        IS DISTINCT FROM
        (NEW.id, NEW.kind, NEW.purpose, NEW.party_id, NEW.platform_id, NEW.source, NEW.currency, NEW.opened_at)
    THEN
        RAISE EXCEPTION 'an account is what it was opened as' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION ledger_guard_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.id, OLD.account_id, OLD.credit_account, OLD.currency, OLD.expires_at, OLD.placed_at)
        IS DISTINCT FROM (NEW.id, NEW.account_id, NEW.credit_account, NEW.currency, NEW.expires_at, NEW.placed_at)
        OR NEW.amount < OLD.amount OR NEW.captured < OLD.captured OR NEW.released < OLD.released
        OR (OLD.state <> 'pending' AND OLD.state <> NEW.state
            AND NOT (OLD.state = 'voided' AND NEW.state = 'pending' AND OLD.expires_at IS NULL))
    THEN
        RAISE EXCEPTION 'a hold cannot change like this' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_written_once BEFORE UPDATE OR DELETE ON ledger_transfer
    FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER ledger_written_once BEFORE UPDATE OR DELETE ON ledger_archive
    FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER ledger_written_once BEFORE UPDATE OR DELETE ON ledger_transfer_key
    FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER ledger_written_once BEFORE UPDATE OR DELETE ON ledger_hold_raise
    FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER ledger_written_once BEFORE UPDATE OR DELETE ON ledger_redated
    FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER ledger_written_once BEFORE UPDATE OR DELETE ON ledger_period
    FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER ledger_stays BEFORE DELETE ON ledger_account FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER ledger_stays BEFORE DELETE ON ledger_balance FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER ledger_stays BEFORE DELETE ON ledger_hold FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER ledger_stays BEFORE DELETE ON ledger_hold_reason FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER ledger_stays BEFORE DELETE ON ledger_reversed FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER ledger_keeps_identity BEFORE UPDATE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_guard_account();
-- For statements that name these columns; a trigger per row would make every posting lock its rows twice.
CREATE TRIGGER ledger_keeps_identity BEFORE UPDATE OF account_id, slot, currency, floor ON ledger_balance
    FOR EACH STATEMENT EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER ledger_keeps_identity BEFORE UPDATE ON ledger_hold
    FOR EACH ROW EXECUTE FUNCTION ledger_guard_hold();
CREATE TRIGGER ledger_keeps_identity BEFORE UPDATE OF id, amount ON ledger_reversed
    FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();

DO $$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY ARRAY['ledger_transfer', 'ledger_archive', 'ledger_transfer_key', 'ledger_account',
        'ledger_balance', 'ledger_reversed', 'ledger_redated', 'ledger_hold', 'ledger_hold_raise', 'ledger_hold_reason', 'ledger_period']
    LOOP
        EXECUTE format('CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION fanz_refuse_change()', part);
    END LOOP;
END $$;

REVOKE ALL ON ledger_kind, ledger_account, ledger_balance, ledger_transfer, ledger_archive, ledger_transfer_key,
    ledger_reversed, ledger_redated, ledger_hold, ledger_hold_raise, ledger_hold_reason, ledger_period, ledger_row, ledger_sealed, ledger_entry
    FROM fanz_app, fanz_tenant;
REVOKE ALL ON SEQUENCE ledger_party_account_id, ledger_house_account_id, ledger_hot_account_id, ledger_transfer_seq
    FROM fanz_app, fanz_tenant;
GRANT SELECT ON ledger_kind, ledger_account, ledger_balance, ledger_transfer, ledger_archive, ledger_transfer_key,
    ledger_reversed, ledger_redated, ledger_hold, ledger_hold_raise, ledger_hold_reason, ledger_period, ledger_row, ledger_sealed, ledger_entry
    TO fanz_app;
GRANT SELECT ON ledger_kind, ledger_account, ledger_balance, ledger_transfer, ledger_archive, ledger_row, ledger_entry,
    ledger_period TO fanz_tenant;

-- A platform sees its own accounts and what moved on them; posting is the functions' business for everyone.
ALTER TABLE ledger_account ENABLE ROW LEVEL SECURITY;
CREATE POLICY app_all ON ledger_account TO fanz_app USING (true);
CREATE POLICY own_platform ON ledger_account TO fanz_tenant USING (platform_id = fanz_platform());
ALTER TABLE ledger_balance ENABLE ROW LEVEL SECURITY;
CREATE POLICY app_all ON ledger_balance TO fanz_app USING (true);
CREATE POLICY own_platform ON ledger_balance TO fanz_tenant
    USING (EXISTS (SELECT FROM ledger_account a WHERE a.id = account_id));
ALTER TABLE ledger_transfer ENABLE ROW LEVEL SECURITY;
CREATE POLICY app_all ON ledger_transfer TO fanz_app USING (true);
CREATE POLICY own_platform ON ledger_transfer TO fanz_tenant
    USING (EXISTS (SELECT FROM ledger_account a WHERE a.id IN (debit_account, credit_account)));
ALTER TABLE ledger_archive ENABLE ROW LEVEL SECURITY;
CREATE POLICY app_all ON ledger_archive TO fanz_app USING (true);
CREATE POLICY own_platform ON ledger_archive TO fanz_tenant
    USING (EXISTS (SELECT FROM ledger_account a WHERE a.id IN (debit_account, credit_account)));

DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT oid::regprocedure::text FROM pg_proc
        WHERE proname LIKE 'ledger\_%' AND pronamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC, fanz_app, fanz_tenant', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['ledger_open_account', 'ledger_post_one', 'ledger_post', 'ledger_place_hold',
        'ledger_raise_hold', 'ledger_void_hold', 'ledger_lift_reason', 'ledger_slot_at',
        'ledger_posted_at_version', 'ledger_posted_at', 'ledger_posted_effective', 'ledger_history']
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %I TO fanz_app, fanz_tenant', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['ledger_close_account', 'ledger_reopen_account', 'ledger_expire_holds',
        'ledger_close_period', 'ledger_archive_month']
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %I TO fanz_app', name);
    END LOOP;
END $$;
