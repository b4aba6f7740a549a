-- Merchants stand as they stand, hear of the house or not; a key is named, bounded and seen in use.
ALTER TABLE merchants
    ADD COLUMN status text COLLATE "C" NOT NULL DEFAULT 'active'
        CHECK (status IN ('active', 'suspended')),
    ADD COLUMN hears_house integer NOT NULL DEFAULT 1,
    ADD COLUMN version bigint NOT NULL DEFAULT 1,
    ADD COLUMN updated_at bigint NOT NULL DEFAULT 0;
UPDATE merchants SET updated_at = created_at;

CREATE TRIGGER merchants_are_kept BEFORE DELETE OR TRUNCATE ON merchants
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a merchant is never deleted');

-- `starts` is how the secret begins: enough to know a key by, far too little to guess the rest.
ALTER TABLE api_keys
    ADD COLUMN name text NOT NULL DEFAULT '',
    ADD COLUMN starts text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN networks text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN last_used_at bigint,
    ADD COLUMN expires_at bigint,
    ADD COLUMN revoked_at bigint;

CREATE INDEX api_keys_of_merchant ON api_keys (merchant, id);

CREATE TRIGGER api_keys_keep_their_secret
    BEFORE UPDATE OF id, merchant, livemode, secret_hash, scopes, networks, created_at ON api_keys
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('what a key is and allows does not change');

CREATE TRIGGER api_keys_stay_revoked BEFORE UPDATE OF revoked_at, expires_at ON api_keys
    FOR EACH ROW WHEN (OLD.revoked_at IS NOT NULL)
    EXECUTE FUNCTION refuse('a revoked key stays revoked');

CREATE TRIGGER api_keys_are_kept BEFORE DELETE OR TRUNCATE ON api_keys
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a key is never deleted');

-- What a merchant may move, where it differs from the house's own limits (cross.domain.limits).
CREATE TABLE merchant_limits (
    merchant text COLLATE "C" NOT NULL REFERENCES merchants (id),
    name text COLLATE "C" NOT NULL,
    most bigint NOT NULL CHECK (most >= 0),
    PRIMARY KEY (merchant, name)
);

-- What a merchant is charged, where it differs from the house's own schedules; `schedule` is JSON.
CREATE TABLE merchant_fees (
    merchant text COLLATE "C" NOT NULL REFERENCES merchants (id),
    place integer NOT NULL,
    schedule text NOT NULL,
    PRIMARY KEY (merchant, place)
);

-- Rises with every change of a merchant, a key, a limit or a fee: one number tells a process
-- whether what it has in memory is still so.
CREATE TABLE directory (
    one integer PRIMARY KEY CHECK (one = 1),
    version bigint NOT NULL
);
INSERT INTO directory (one, version) VALUES (1, 1);
