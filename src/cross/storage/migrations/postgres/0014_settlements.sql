-- What a merchant is paid of what it had. A settlement covers the entries on the merchant's
-- account after one number up to another, so that two follow each other without gap or overlap:
-- of a period there is one (F-H05). Whether it was paid is in its payout, or in the entry that
-- says so, and nowhere else.
CREATE TABLE settlements (
    id text COLLATE "C" PRIMARY KEY,
    merchant text COLLATE "C" NOT NULL,
    livemode integer NOT NULL,
    currency text COLLATE "C" NOT NULL,
    after_entry bigint NOT NULL,
    last_entry bigint NOT NULL CHECK (last_entry > after_entry),
    opening bigint NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    covers text NOT NULL,
    period_from bigint,
    period_to bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL,
    method text COLLATE "C" CHECK (method IN ('wallet', 'bank')),
    attempt bigint NOT NULL,
    bank_reference text,
    canceled_at bigint CHECK (canceled_at IS NULL OR method IS DISTINCT FROM 'bank'),
    CHECK ((method IS NOT DISTINCT FROM 'bank') = (bank_reference IS NOT NULL))
);

CREATE UNIQUE INDEX settlements_once ON settlements (merchant, currency, after_entry)
    WHERE canceled_at IS NULL;
CREATE INDEX settlements_listed ON settlements (merchant, id);

CREATE TRIGGER settlements_keep_what_they_cover
    BEFORE UPDATE OF id, merchant, livemode, currency, after_entry, last_entry, opening, amount,
        covers, period_from, period_to, created_at ON settlements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('what a settlement covers does not change');

CREATE TRIGGER settlements_step_by_one BEFORE UPDATE ON settlements
    FOR EACH ROW WHEN (NEW.version <> OLD.version + 1
        OR NEW.attempt NOT BETWEEN OLD.attempt AND OLD.attempt + 1)
    EXECUTE FUNCTION refuse('a settlement is paid one step after the other');

CREATE TRIGGER settlements_are_kept BEFORE DELETE OR TRUNCATE ON settlements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a settlement is never deleted');

CREATE TABLE settlement_terms (
    merchant text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    operator text COLLATE "C",
    msisdn text COLLATE "C",
    bank text,
    schedule text COLLATE "C" NOT NULL CHECK (schedule IN ('manual', 'daily')),
    minimum bigint NOT NULL CHECK (minimum >= 0),
    updated_at bigint NOT NULL,
    PRIMARY KEY (merchant, currency),
    CHECK ((operator IS NULL) = (msisdn IS NULL))
);
