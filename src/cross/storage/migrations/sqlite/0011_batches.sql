-- Payouts asked for together. What became of a line is its payout's own row, found by its key
-- `batch bat_… n`: nothing is written twice. `failure_code` says why a line has no payout.
CREATE TABLE batches (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_digest TEXT NOT NULL,
    description TEXT NOT NULL,
    size INTEGER NOT NULL CHECK (size > 0),
    created_at INTEGER NOT NULL,
    owner INTEGER,
    canceled_at INTEGER,
    begun_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX batches_by_key ON batches (merchant, idempotency_key);
CREATE INDEX batches_listed ON batches (merchant, id);
CREATE INDEX batches_to_begin ON batches (id) WHERE begun_at IS NULL;

CREATE TRIGGER batches_keep_terms
BEFORE UPDATE OF id, merchant, livemode, idempotency_key, request_digest, description, size,
    created_at ON batches
BEGIN SELECT RAISE(ABORT, 'the terms of a batch do not change'); END;

CREATE TRIGGER batches_are_kept BEFORE DELETE ON batches
BEGIN SELECT RAISE(ABORT, 'a batch is never deleted'); END;

CREATE TABLE batch_lines (
    batch TEXT NOT NULL REFERENCES batches (id),
    number INTEGER NOT NULL,
    operator TEXT NOT NULL,
    msisdn TEXT NOT NULL,
    amount INTEGER,
    currency TEXT NOT NULL,
    reference TEXT,
    description TEXT NOT NULL,
    name TEXT NOT NULL,
    failure_code TEXT,
    failure_message TEXT,
    failure_param TEXT,
    PRIMARY KEY (batch, number),
    CHECK (failure_code IS NOT NULL OR amount > 0 AND amount IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX batch_lines_by_wallet ON batch_lines (msisdn, batch);
CREATE INDEX batch_lines_by_reference ON batch_lines (reference, batch)
    WHERE reference IS NOT NULL;

CREATE TRIGGER batch_lines_keep_terms
BEFORE UPDATE OF batch, number, operator, msisdn, amount, currency, reference, description, name
    ON batch_lines
BEGIN SELECT RAISE(ABORT, 'what a line asks for does not change'); END;

CREATE TRIGGER batch_lines_fail_once BEFORE UPDATE ON batch_lines
    WHEN OLD.failure_code IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a line fails once'); END;

CREATE TRIGGER batch_lines_are_kept BEFORE DELETE ON batch_lines
BEGIN SELECT RAISE(ABORT, 'a line is never deleted'); END;
