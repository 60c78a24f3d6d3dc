-- What a platform's own request needs to read of its accounts' past: where a row stands, and what is dated elsewhere.
GRANT SELECT ON ledger_transfer_key, ledger_redated TO fanz_tenant;
ALTER TABLE ledger_transfer_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY app_all ON ledger_transfer_key TO fanz_app USING (true);
CREATE POLICY own_platform ON ledger_transfer_key TO fanz_tenant USING (EXISTS (
    SELECT FROM ledger_row r WHERE r.debit_account = ledger_transfer_key.debit_account
        AND r.debit_slot = ledger_transfer_key.debit_slot AND r.debit_version = ledger_transfer_key.debit_version
        AND r.recorded_at = ledger_transfer_key.recorded_at));
ALTER TABLE ledger_redated ENABLE ROW LEVEL SECURITY;
CREATE POLICY app_all ON ledger_redated TO fanz_app USING (true);
CREATE POLICY own_platform ON ledger_redated TO fanz_tenant
    USING (EXISTS (SELECT FROM ledger_account a WHERE a.id = account_id));
