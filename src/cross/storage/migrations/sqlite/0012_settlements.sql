-- What a merchant is paid of what it had. A settlement covers the entries on the merchant's
-- account after one number up to another, so that two follow each other without gap or overlap:
-- of a period there is one (F-H05). Whether it was paid is in its payout, or in the entry that
-- says so, and nowhere else.
CREATE TABLE settlements (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    currency TEXT NOT NULL,
    after_entry INTEGER NOT NULL,
    last_entry INTEGER NOT NULL CHECK (last_entry > after_entry),
    opening INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    covers TEXT NOT NULL,
    period_from INTEGER,
    period_to INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    method TEXT CHECK (method IN ('wallet', 'bank')),
    attempt INTEGER NOT NULL,
    bank_reference TEXT,
    canceled_at INTEGER CHECK (canceled_at IS NULL OR method IS NOT 'bank'),
    CHECK ((method IS 'bank') = (bank_reference IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX settlements_once ON settlements (merchant, currency, after_entry)
    WHERE canceled_at IS NULL;
CREATE INDEX settlements_listed ON settlements (merchant, id);

CREATE TRIGGER settlements_keep_what_they_cover
BEFORE UPDATE OF id, merchant, livemode, currency, after_entry, last_entry, opening, amount, covers,
    period_from, period_to, created_at ON settlements
BEGIN SELECT RAISE(ABORT, 'what a settlement covers does not change'); END;

CREATE TRIGGER settlements_step_by_one BEFORE UPDATE ON settlements
    WHEN NEW.version <> OLD.version + 1 OR NEW.attempt NOT BETWEEN OLD.attempt AND OLD.attempt + 1
BEGIN SELECT RAISE(ABORT, 'a settlement is paid one step after the other'); END;

CREATE TRIGGER settlements_are_kept BEFORE DELETE ON settlements
BEGIN SELECT RAISE(ABORT, 'a settlement is never deleted'); END;

CREATE TABLE settlement_terms (
    merchant TEXT NOT NULL,
    currency TEXT NOT NULL,
    operator TEXT,
    msisdn TEXT,
    bank TEXT,
    schedule TEXT NOT NULL CHECK (schedule IN ('manual', 'daily')),
    minimum INTEGER NOT NULL CHECK (minimum >= 0),
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (merchant, currency),
    CHECK ((operator IS NULL) = (msisdn IS NULL))
) STRICT, WITHOUT ROWID;
