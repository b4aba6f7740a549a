-- Banks on the MBANKING gateway. Secrets are hashed (argon2id); `operations` is JSON, `networks` CIDR.
CREATE TABLE partners (
    id text COLLATE "C" PRIMARY KEY,
    merchant text COLLATE "C" NOT NULL UNIQUE REFERENCES merchants (id),
    number text COLLATE "C" NOT NULL UNIQUE,
    name text COLLATE "C" NOT NULL,
    username text COLLATE "C" NOT NULL UNIQUE,
    password_hash text COLLATE "C" NOT NULL,
    client_id text COLLATE "C" NOT NULL UNIQUE,
    client_secret_hash text COLLATE "C",
    merchantid text COLLATE "C" UNIQUE,
    agentid text COLLATE "C" UNIQUE,
    callback_url text COLLATE "C",
    callback_endpoint text COLLATE "C" UNIQUE,
    networks text COLLATE "C" NOT NULL,
    operations text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('active', 'disabled')),
    generation bigint NOT NULL,
    version bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);

CREATE TRIGGER partners_keep_their_merchant
    BEFORE UPDATE OF id, merchant, created_at ON partners
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a partner stays who it is');

CREATE TRIGGER partners_are_kept BEFORE DELETE OR TRUNCATE ON partners
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a partner is never deleted');

-- What a partner has asked to be moved on one day (UTC), where it has a limit for the day.
CREATE TABLE partner_days (
    partner text COLLATE "C" NOT NULL REFERENCES partners (id),
    day text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL CHECK (operation IN ('credit', 'debit')),
    amount bigint NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (partner, day, operation)
);

-- What of a day's amount is whose: one idRequete is counted once, however often it is asked.
CREATE TABLE partner_takes (
    partner text COLLATE "C" NOT NULL REFERENCES partners (id),
    bank_id text COLLATE "C" NOT NULL,
    day text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL CHECK (operation IN ('credit', 'debit')),
    amount bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (partner, bank_id)
);

-- Credits whose answer could not tell their end: their callback is due at once.
CREATE TABLE partner_pending (
    movement text COLLATE "C" PRIMARY KEY REFERENCES movements (id),
    merchant text COLLATE "C" NOT NULL REFERENCES partners (merchant)
);

-- The end of every credit of a bank is to be told. An answer that tells it takes the delivery back;
-- where none does, for the process or the connection is gone, it is due after 15 seconds.
CREATE FUNCTION partners_are_called_back() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO deliveries (endpoint, event, state, tries, next_at, claimed_by, created_at)
    SELECT w.id, NEW.id, 'waiting', 0,
        NEW.created_at + CASE WHEN EXISTS (
            SELECT FROM partner_pending c WHERE c.movement = NEW.movement
        ) THEN 0 ELSE 15000000 END,
        0, NEW.created_at
    FROM partners p
    JOIN movements m ON m.id = NEW.movement AND substr(m.idempotency_key, 1, 9) = 'mbanking '
    JOIN webhook_endpoints w ON w.id = p.callback_endpoint AND w.status = 'enabled'
    WHERE p.merchant = NEW.merchant
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE TRIGGER partners_are_called_back AFTER INSERT ON events
    FOR EACH ROW WHEN (NEW.type IN ('payout.succeeded', 'payout.failed', 'payout.canceled'))
    EXECUTE FUNCTION partners_are_called_back();
