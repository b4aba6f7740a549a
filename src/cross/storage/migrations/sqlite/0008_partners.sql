-- Banks on the MBANKING gateway. Secrets are hashed (argon2id); `operations` is JSON, `networks` CIDR.
CREATE TABLE partners (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL UNIQUE REFERENCES merchants (id),
    number TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    username TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    client_id TEXT NOT NULL UNIQUE,
    client_secret_hash TEXT,
    merchantid TEXT UNIQUE,
    agentid TEXT UNIQUE,
    callback_url TEXT,
    callback_endpoint TEXT UNIQUE,
    networks TEXT NOT NULL,
    operations TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
    generation INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER partners_keep_their_merchant BEFORE UPDATE OF id, merchant, created_at ON partners
BEGIN SELECT RAISE(ABORT, 'a partner stays who it is'); END;

CREATE TRIGGER partners_are_kept BEFORE DELETE ON partners
BEGIN SELECT RAISE(ABORT, 'a partner is never deleted'); END;

-- What a partner has asked to be moved on one day (UTC), where it has a limit for the day.
CREATE TABLE partner_days (
    partner TEXT NOT NULL REFERENCES partners (id),
    day TEXT NOT NULL,
    operation TEXT NOT NULL CHECK (operation IN ('credit', 'debit')),
    amount INTEGER NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (partner, day, operation)
) STRICT, WITHOUT ROWID;

-- What of a day's amount is whose: one idRequete is counted once, however often it is asked.
CREATE TABLE partner_takes (
    partner TEXT NOT NULL REFERENCES partners (id),
    bank_id TEXT NOT NULL,
    day TEXT NOT NULL,
    operation TEXT NOT NULL CHECK (operation IN ('credit', 'debit')),
    amount INTEGER NOT NULL CHECK (amount > 0),
    PRIMARY KEY (partner, bank_id)
) STRICT, WITHOUT ROWID;

-- Credits whose answer could not tell their end: their callback is due at once.
CREATE TABLE partner_pending (
    movement TEXT PRIMARY KEY REFERENCES movements (id),
    merchant TEXT NOT NULL REFERENCES partners (merchant)
) STRICT, WITHOUT ROWID;

-- The end of every credit of a bank is to be told. An answer that tells it takes the delivery back;
-- where none does, for the process or the connection is gone, it is due after 15 seconds.
CREATE TRIGGER partners_are_called_back AFTER INSERT ON events
    WHEN NEW.type IN ('payout.succeeded', 'payout.failed', 'payout.canceled')
BEGIN
    INSERT INTO deliveries (endpoint, event, state, tries, next_at, claimed_by, created_at)
    SELECT w.id, NEW.id, 'waiting', 0,
        NEW.created_at + CASE WHEN EXISTS (
            SELECT 1 FROM partner_pending c WHERE c.movement = NEW.movement
        ) THEN 0 ELSE 15000000 END,
        0, NEW.created_at
    FROM partners p
    JOIN movements m ON m.id = NEW.movement AND substr(m.idempotency_key, 1, 9) = 'mbanking '
    JOIN webhook_endpoints w ON w.id = p.callback_endpoint AND w.status = 'enabled'
    WHERE p.merchant = NEW.merchant
    ON CONFLICT DO NOTHING;
END;
