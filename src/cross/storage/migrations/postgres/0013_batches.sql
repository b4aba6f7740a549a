-- Payouts asked for together. What became of a line is its payout's own row, found by its key
-- `batch bat_… n`: nothing is written twice. `failure_code` says why a line has no payout.
CREATE TABLE batches (
    id text COLLATE "C" PRIMARY KEY,
    merchant text COLLATE "C" NOT NULL,
    livemode integer NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    request_digest text NOT NULL,
    description text NOT NULL,
    size bigint NOT NULL CHECK (size > 0),
    created_at bigint NOT NULL,
    owner bigint,
    canceled_at bigint,
    begun_at bigint
);

CREATE UNIQUE INDEX batches_by_key ON batches (merchant, idempotency_key);
CREATE INDEX batches_listed ON batches (merchant, id);
CREATE INDEX batches_to_begin ON batches (id) WHERE begun_at IS NULL;

CREATE TRIGGER batches_keep_terms
    BEFORE UPDATE OF id, merchant, livemode, idempotency_key, request_digest, description, size,
        created_at ON batches
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('the terms of a batch do not change');

CREATE TRIGGER batches_are_kept BEFORE DELETE OR TRUNCATE ON batches
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a batch is never deleted');

CREATE TABLE batch_lines (
    batch text COLLATE "C" NOT NULL REFERENCES batches (id),
    number bigint NOT NULL,
    operator text COLLATE "C" NOT NULL,
    msisdn text COLLATE "C" NOT NULL,
    amount bigint,
    currency text COLLATE "C" NOT NULL,
    reference text COLLATE "C",
    description text NOT NULL,
    name text NOT NULL,
    failure_code text COLLATE "C",
    failure_message text,
    failure_param text,
    PRIMARY KEY (batch, number),
    CHECK (failure_code IS NOT NULL OR amount > 0 AND amount IS NOT NULL)
);

CREATE INDEX batch_lines_by_wallet ON batch_lines (msisdn, batch);
CREATE INDEX batch_lines_by_reference ON batch_lines (reference, batch)
    WHERE reference IS NOT NULL;

CREATE TRIGGER batch_lines_keep_terms
    BEFORE UPDATE OF batch, number, operator, msisdn, amount, currency, reference, description,
        name ON batch_lines
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('what a line asks for does not change');

CREATE TRIGGER batch_lines_fail_once BEFORE UPDATE ON batch_lines
    FOR EACH ROW WHEN (OLD.failure_code IS NOT NULL)
    EXECUTE FUNCTION refuse('a line fails once');

CREATE TRIGGER batch_lines_are_kept BEFORE DELETE OR TRUNCATE ON batch_lines
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a line is never deleted');
