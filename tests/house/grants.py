"""What each database role may do, table by table. The owner is not listed: it owns."""

# What the app's role may do with a table that is not named below.
USUAL = "DELETE, INSERT, SELECT, UPDATE"

# Tables whose rows are never deleted, written once, or changed in some columns only.
APP = {
    "approval": "INSERT, SELECT, UPDATE (failure_code, news_seq, overdue_told_at, settled_at, state, version)",
    "approval_decision": "INSERT, SELECT",
    "approval_policy": "SELECT",
    "audit_record": "INSERT (action, actor, commitment, facts, outcome, party_id, platform_id, "
    "reason, request_id, subject_id, subject_type), SELECT",
    "django_migrations": "SELECT",
    "idempotency_key": "INSERT, SELECT, UPDATE",
    "inbox": "INSERT, SELECT",
    "inbox_cursor": "INSERT, SELECT, UPDATE",
    "inbox_group": "INSERT, SELECT, UPDATE",
    "invitation": "INSERT, SELECT, UPDATE",
    "ledger_account": "SELECT",
    "ledger_archive": "SELECT",
    "ledger_balance": "SELECT",
    "ledger_entry": "SELECT",
    "ledger_hold": "SELECT",
    "ledger_hold_raise": "SELECT",
    "ledger_hold_reason": "SELECT",
    "ledger_kind": "SELECT",
    "ledger_period": "SELECT",
    "ledger_redated": "SELECT",
    "ledger_reversed": "SELECT",
    "ledger_row": "SELECT",
    "ledger_sealed": "SELECT",
    "ledger_transfer": "SELECT",
    "ledger_transfer_key": "SELECT",
    "membership": "INSERT, SELECT, UPDATE",
    "notification": "INSERT, SELECT, UPDATE (read_at)",
    "notification_delivery": "INSERT, SELECT, "
    "UPDATE (attempts, due_at, error, handed_over_at, lease_until, resent, sent_at, state, version)",
    "outbox": "INSERT, SELECT, UPDATE (position, relayed_at)",
    "parked_letter": "INSERT, SELECT, UPDATE",
    "party": "INSERT, SELECT, UPDATE",
    "revenue_split": "INSERT, SELECT, UPDATE (news_seq)",
    "restriction": "INSERT, SELECT, UPDATE (ended_at, ended_because, ended_by)",
    "role_grant": "INSERT, SELECT, UPDATE",
    "seal_block": "INSERT, SELECT",
    "seal_epoch": "INSERT, SELECT",
    "switch": "INSERT, SELECT, "
    "UPDATE (changed_at, changed_by, expires_at, expiry_told_at, news_seq, state, value, version, why)",
    "switch_change": "INSERT, SELECT",
}

# What a platform's own transaction may do.
TENANT = {
    "api_client": "SELECT (id, name, platform_id)",
    "approval": "SELECT",
    "approval_decision": "SELECT",
    "approval_policy": "SELECT",
    "audit_personal": "INSERT",
    "audit_record": "INSERT (action, actor, commitment, facts, outcome, party_id, platform_id, "
    "reason, request_id, subject_id, subject_type), SELECT (id)",
    "cluster": "SELECT",
    "idempotency_key": "INSERT, SELECT, UPDATE",
    "invitation": "INSERT, SELECT, UPDATE (expires_at)",
    "ledger_account": "SELECT",
    "ledger_archive": "SELECT",
    "ledger_balance": "SELECT",
    "ledger_entry": "SELECT",
    "ledger_kind": "SELECT",
    "ledger_period": "SELECT",
    "ledger_row": "SELECT",
    "ledger_transfer": "SELECT",
    "membership": "INSERT, SELECT, UPDATE (handle, is_active, news_seq, updated_at, version)",
    "outbox": "INSERT (aggregate_id, aggregate_type, payload, platform_id, sequence, stream, type, version), "
    "SELECT (aggregate_id, id, sequence)",
    "party": "INSERT, SELECT, UPDATE (news_seq)",
    "personal_record": "INSERT, SELECT, UPDATE (ciphertext, updated_at)",
    "personal_word": "DELETE, INSERT, SELECT",
    "platform": "SELECT, UPDATE (news_seq)",
    "switch": "SELECT",
}

APP_ALONE, BOTH = ["fanz_app"], ["fanz_app", "fanz_tenant"]

# Who may call which function; PUBLIC may call none.
FUNCTIONS = {
    "approval_guard_decision": APP_ALONE,
    "approval_guard_outcome": APP_ALONE,
    "fanz_guard_state": BOTH,
    "fanz_hold_writers": APP_ALONE,
    "fanz_is_newcomer": BOTH,
    "fanz_now": BOTH,
    "fanz_offset": BOTH,
    "fanz_person": APP_ALONE,
    "fanz_platform": BOTH,
    "fanz_refuse_change": BOTH,
    "fanz_restrictions_in_force": BOTH,
    "ledger_archive_month": APP_ALONE,
    "ledger_close_account": APP_ALONE,
    "ledger_close_period": APP_ALONE,
    "ledger_expire_holds": APP_ALONE,
    "ledger_history": BOTH,
    "ledger_lift_reason": BOTH,
    "ledger_open_account": BOTH,
    "ledger_place_hold": BOTH,
    "ledger_post": BOTH,
    "ledger_post_one": BOTH,
    "ledger_posted_at": BOTH,
    "ledger_posted_at_version": BOTH,
    "ledger_posted_effective": BOTH,
    "ledger_raise_hold": BOTH,
    "ledger_reopen_account": APP_ALONE,
    "ledger_slot_at": BOTH,
    "ledger_lock_creator": APP_ALONE,
    "ledger_void_hold": BOTH,
    "restriction_guard_end": APP_ALONE,
    "revenue_split_at": BOTH,
    "switch_guard_change": APP_ALONE,
    "switch_guard_turn": APP_ALONE,
}
