-- One immutable row per movement: the amount leaves the debit account and enters the credit account.
-- posted = credits - debits on every account, so all balances of a currency sum to zero at any moment.

-- The range of an id says how many slots its account has and when it is locked: people first, hot house accounts last.
CREATE SEQUENCE ledger_party_account_id;
CREATE SEQUENCE ledger_house_account_id START 1152921504606846976;  -- 2^60
CREATE SEQUENCE ledger_hot_account_id START 2305843009213693952;    -- 2^61

CREATE TABLE ledger_kind (
    kind varchar(24) NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_]*$'),
    purpose varchar(40) NOT NULL CHECK (purpose ~ '^[a-z][a-z0-9_]*$'),
    normal_side varchar(6) NOT NULL CHECK (normal_side IN ('debit', 'credit')),
    floor bigint,
    is_house boolean NOT NULL DEFAULT false,
    slots smallint NOT NULL DEFAULT 1 CHECK (slots IN (1, 16)),
    meaning text NOT NULL,
    PRIMARY KEY (kind, purpose),
    CONSTRAINT ledger_kind_hot CHECK (slots = 1 OR (is_house AND floor IS NULL))
);

CREATE TABLE ledger_account (
    id bigint PRIMARY KEY CHECK (id > 0),
    kind varchar(24) NOT NULL,
    party_id uuid,
    platform_id uuid,
    source varchar(40) NOT NULL DEFAULT '-' CHECK (source ~ '^(-|[a-z0-9][a-z0-9_.-]*)$'),
    purpose varchar(40) NOT NULL,
    currency varchar(5) NOT NULL CHECK (currency ~ '^[A-Z]{3,5}$'),
    path text NOT NULL CONSTRAINT ledger_account_path UNIQUE GENERATED ALWAYS AS (
        kind || ':' || coalesce(party_id::text, '-') || ':' || coalesce(platform_id::text, 'all') || ':' || source
        || ':' || purpose || ':' || currency) STORED,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at timestamptz,
    FOREIGN KEY (kind, purpose) REFERENCES ledger_kind
);
CREATE INDEX ledger_account_party ON ledger_account (party_id, kind) WHERE party_id IS NOT NULL;
CREATE INDEX ledger_account_kind ON ledger_account (kind, purpose, currency, platform_id);
CREATE INDEX ledger_account_platform ON ledger_account (platform_id, kind) WHERE platform_id IS NOT NULL;

-- Posting pays for every CHECK at every statement (it is compiled anew) and for every foreign key at every update.
-- So the floor is one plain comparison, signs are domains, and ledger_verify proves what a foreign key would.
CREATE DOMAIN ledger_amount AS bigint CONSTRAINT ledger_amount CHECK (VALUE BETWEEN 1 AND 9007199254740991);
CREATE DOMAIN ledger_reserved AS bigint CONSTRAINT ledger_reserved CHECK (VALUE >= 0);

CREATE TABLE ledger_balance (
    account_id bigint NOT NULL,
    slot smallint NOT NULL,
    currency varchar(5) NOT NULL,
    posted bigint NOT NULL DEFAULT 0,
    held ledger_reserved NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    floor bigint,
    is_open boolean NOT NULL DEFAULT true,
    PRIMARY KEY (account_id, slot),
    -- Without a floor it is unknown, which passes: such an account may go as low as it likes, and reserves nothing.
    CONSTRAINT ledger_floor CHECK (posted - held >= floor)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- Decides who was first, never partitioned, and says where the row stands: partition, account, slot, version.
CREATE TABLE ledger_transfer_key (
    id uuid PRIMARY KEY,
    debit_account bigint NOT NULL,
    debit_slot smallint NOT NULL,
    debit_version bigint NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE SEQUENCE ledger_transfer_seq;

CREATE TABLE ledger_transfer (
    id uuid NOT NULL,
    journal_id uuid NOT NULL,
    seq bigint NOT NULL DEFAULT nextval('ledger_transfer_seq'),
    xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
    recorded_at timestamptz NOT NULL,
    effective_at timestamptz NOT NULL,
    amount ledger_amount NOT NULL,
    debit_account bigint NOT NULL,
    debit_version bigint NOT NULL,
    debit_after bigint NOT NULL,
    credit_account bigint NOT NULL,
    credit_version bigint NOT NULL,
    credit_after bigint NOT NULL,
    debit_slot smallint NOT NULL,
    credit_slot smallint NOT NULL,
    currency varchar(5) NOT NULL,
    kind varchar(40) NOT NULL,
    reverses uuid,
    hold_id uuid,
    meta jsonb,
    CONSTRAINT ledger_transfer_moves CHECK (debit_account <> credit_account)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX ledger_transfer_journal ON ledger_transfer (journal_id) WHERE journal_id <> id;
-- The sealer reads what the last transactions wrote.
CREATE INDEX ledger_transfer_xact ON ledger_transfer (xact);

-- Old months stand here: read like the others, never written, free to live on slower disks.
CREATE TABLE ledger_archive (LIKE ledger_transfer INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
    PARTITION BY RANGE (recorded_at);

CREATE VIEW ledger_row WITH (security_invoker = true) AS
    SELECT * FROM ledger_transfer UNION ALL SELECT * FROM ledger_archive;

-- What the seals say of a row: every column in its binary form, which no setting of a session changes.
CREATE VIEW ledger_sealed WITH (security_invoker = true) AS
    SELECT seq AS id, recorded_at AS at, xact, record_send(ROW(seq, xact, id, journal_id, recorded_at, effective_at,
        amount, debit_account, debit_slot, debit_version, debit_after, credit_account, credit_slot, credit_version,
        credit_after, currency, kind, reverses, hold_id, meta)) AS said
    FROM ledger_row;

-- The accountant's view: two sides of every movement.
CREATE VIEW ledger_entry WITH (security_invoker = true) AS
    SELECT id AS transfer_id, journal_id, seq, recorded_at, effective_at, debit_account AS account_id,
        debit_slot AS slot, debit_version AS version, -amount AS amount, debit_after AS after,
        credit_account AS other_account_id, currency, kind, reverses, hold_id, meta
    FROM ledger_row
    UNION ALL
    SELECT id, journal_id, seq, recorded_at, effective_at, credit_account, credit_slot, credit_version, amount,
        credit_after, debit_account, currency, kind, reverses, hold_id, meta
    FROM ledger_row;

-- Movements that take effect at another time than they were recorded at, for balances by effective time.
CREATE TABLE ledger_redated (
    account_id bigint NOT NULL,
    effective_at timestamptz NOT NULL,
    transfer_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (account_id, effective_at, transfer_id)
);

-- How much of a row was taken back so far; the constraint is what stops the second full refund.
CREATE TABLE ledger_reversed (
    id uuid PRIMARY KEY REFERENCES ledger_transfer_key,
    amount bigint NOT NULL,
    reversed bigint NOT NULL CHECK (reversed > 0),
    reversals uuid[] NOT NULL,
    CONSTRAINT ledger_reversed_at_most CHECK (reversed <= amount)
);

-- Reserved money: amount = captured + released + what is still held while the state is pending.
CREATE TABLE ledger_hold (
    id uuid PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES ledger_account,
    credit_account bigint REFERENCES ledger_account,
    currency varchar(5) NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    captured bigint NOT NULL DEFAULT 0 CHECK (captured >= 0),
    released bigint NOT NULL DEFAULT 0 CHECK (released >= 0),
    captures uuid[] NOT NULL DEFAULT '{}',
    state varchar(8) NOT NULL DEFAULT 'pending',
    expires_at timestamptz,
    placed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at timestamptz,
    CONSTRAINT ledger_hold_state CHECK (state IN ('pending', 'captured', 'voided', 'expired')),
    CONSTRAINT ledger_hold_at_most CHECK (captured + released <= amount),
    CONSTRAINT ledger_hold_settled CHECK (
        CASE state WHEN 'pending' THEN settled_at IS NULL
        ELSE settled_at IS NOT NULL AND captured + released = amount AND (captured > 0 OR state <> 'captured') END)
);
CREATE INDEX ledger_hold_open ON ledger_hold (account_id) WHERE state = 'pending';
CREATE INDEX ledger_hold_due ON ledger_hold (expires_at) WHERE state = 'pending' AND expires_at IS NOT NULL;

-- Every time a hold was placed or raised, under the caller's id.
CREATE TABLE ledger_hold_raise (
    id uuid PRIMARY KEY,
    hold_id uuid NOT NULL REFERENCES ledger_hold,
    asked bigint NOT NULL CHECK (asked >= 0),
    amount bigint NOT NULL CHECK (amount BETWEEN 0 AND asked),
    at_most boolean NOT NULL,
    reason varchar(120) NOT NULL,
    raised_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ledger_hold_raise_hold ON ledger_hold_raise (hold_id);

CREATE TABLE ledger_hold_reason (
    hold_id uuid NOT NULL REFERENCES ledger_hold,
    reason varchar(120) NOT NULL CHECK (reason <> ''),
    given_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    lifted_at timestamptz,
    PRIMARY KEY (hold_id, reason)
);

CREATE TABLE ledger_period (
    closed_before timestamptz PRIMARY KEY,
    closed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
