-- Merchants stand as they stand, hear of the house or not; a key is named, bounded and seen in use.
ALTER TABLE merchants ADD COLUMN status TEXT NOT NULL DEFAULT 'active'
    CHECK (status IN ('active', 'suspended'));
ALTER TABLE merchants ADD COLUMN hears_house INTEGER NOT NULL DEFAULT 1;
ALTER TABLE merchants ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE merchants ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
UPDATE merchants SET updated_at = created_at;

CREATE TRIGGER merchants_are_kept BEFORE DELETE ON merchants
BEGIN SELECT RAISE(ABORT, 'a merchant is never deleted'); END;

-- `starts` is how the secret begins: enough to know a key by, far too little to guess the rest.
ALTER TABLE api_keys ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN starts TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN networks TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;
ALTER TABLE api_keys ADD COLUMN expires_at INTEGER;
ALTER TABLE api_keys ADD COLUMN revoked_at INTEGER;

CREATE INDEX api_keys_of_merchant ON api_keys (merchant, id);

CREATE TRIGGER api_keys_keep_their_secret
BEFORE UPDATE OF id, merchant, livemode, secret_hash, scopes, networks, created_at ON api_keys
BEGIN SELECT RAISE(ABORT, 'what a key is and allows does not change'); END;

CREATE TRIGGER api_keys_stay_revoked BEFORE UPDATE OF revoked_at, expires_at ON api_keys
    WHEN OLD.revoked_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a revoked key stays revoked'); END;

CREATE TRIGGER api_keys_are_kept BEFORE DELETE ON api_keys
BEGIN SELECT RAISE(ABORT, 'a key is never deleted'); END;

-- What a merchant may move, where it differs from the house's own limits (cross.domain.limits).
CREATE TABLE merchant_limits (
    merchant TEXT NOT NULL REFERENCES merchants (id),
    name TEXT NOT NULL,
    most INTEGER NOT NULL CHECK (most >= 0),
    PRIMARY KEY (merchant, name)
) STRICT, WITHOUT ROWID;

-- What a merchant is charged, where it differs from the house's own schedules; `schedule` is JSON.
CREATE TABLE merchant_fees (
    merchant TEXT NOT NULL REFERENCES merchants (id),
    place INTEGER NOT NULL,
    schedule TEXT NOT NULL,
    PRIMARY KEY (merchant, place)
) STRICT, WITHOUT ROWID;

-- Rises with every change of a merchant, a key, a limit or a fee: one number tells a process
-- whether what it has in memory is still so.
CREATE TABLE directory (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL
) STRICT;
INSERT INTO directory (one, version) VALUES (1, 1);
