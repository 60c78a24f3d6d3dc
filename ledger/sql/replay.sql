-- The stored row of a repeated id; another payload under the same id is refused. Who names no time asks for none.
CREATE OR REPLACE FUNCTION ledger_replay(
    p_id uuid, p_journal uuid, p_kind text, p_debit bigint, p_credit bigint, p_amount bigint, p_currency text,
    p_effective timestamptz, p_meta jsonb, p_reverses uuid, p_hold uuid,
    OUT is_new boolean, OUT debit_after bigint, OUT credit_after bigint
) LANGUAGE plpgsql AS $$
DECLARE
    was ledger_transfer;
    differing text[];
BEGIN
    SELECT r.* INTO was FROM ledger_transfer_key k JOIN ledger_row r ON r.debit_account = k.debit_account
        AND r.debit_slot = k.debit_slot AND r.debit_version = k.debit_version AND r.recorded_at = k.recorded_at
    WHERE k.id = p_id;
    differing := array_remove(ARRAY[
        CASE WHEN was.journal_id <> coalesce(p_journal, p_id) THEN 'journal_id' END,
        CASE WHEN was.kind <> p_kind THEN 'kind' END,
        CASE WHEN was.debit_account <> p_debit THEN 'debit' END,
        CASE WHEN was.credit_account <> p_credit THEN 'credit' END,
        CASE WHEN was.amount <> p_amount THEN 'amount' END,
        CASE WHEN was.currency <> p_currency THEN 'currency' END,
        CASE WHEN was.effective_at <> p_effective THEN 'effective_at' END,
        CASE WHEN was.meta IS DISTINCT FROM p_meta THEN 'meta' END,
        CASE WHEN was.reverses IS DISTINCT FROM p_reverses THEN 'reverses' END,
        CASE WHEN was.hold_id IS DISTINCT FROM p_hold THEN 'hold_id' END], NULL);
    IF differing <> '{}' THEN
        PERFORM ledger_refuse('LG422', 'ledger.other_payload', 'This id was used for another transfer.',
            jsonb_build_object('transfer_id', p_id, 'differing', differing));
    END IF;
    is_new := false;
    debit_after := was.debit_after;
    credit_after := was.credit_after;
END $$;

REVOKE ALL ON FUNCTION ledger_replay FROM PUBLIC, fanz_app, fanz_tenant;
