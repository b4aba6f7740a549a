-- The books. Times are microseconds since 1970 in UTC; amounts are whole smallest units;
-- a posting's amount is positive for a debit and negative for a credit. Text is collated by its
-- bytes, as on SQLite, so that both engines list in the same order.

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION microseconds_now() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint $$;

CREATE TABLE merchants (
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    created_at bigint NOT NULL
);

CREATE TABLE api_keys (
    id text COLLATE "C" PRIMARY KEY,
    merchant text COLLATE "C" NOT NULL REFERENCES merchants (id),
    livemode integer NOT NULL,
    secret_hash text COLLATE "C" NOT NULL UNIQUE,
    scopes text NOT NULL,
    created_at bigint NOT NULL
);

-- A process of the switch: its number fences out those that came before it. Once another process
-- has adopted from it, its lease is over for good.
CREATE TABLE processes (
    fence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    lease_until bigint NOT NULL,
    adopted_by bigint
);

CREATE TABLE quotes (
    id text COLLATE "C" PRIMARY KEY,
    merchant text COLLATE "C" NOT NULL,
    livemode integer NOT NULL,
    source_operator text NOT NULL,
    source_msisdn text NOT NULL,
    destination_operator text NOT NULL,
    destination_msisdn text NOT NULL,
    debit_amount bigint NOT NULL,
    debit_currency text NOT NULL,
    credit_amount bigint NOT NULL,
    credit_currency text NOT NULL,
    fee_earned bigint NOT NULL,
    fee_rounding bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);

CREATE INDEX quotes_listed ON quotes (merchant, id);

CREATE TABLE movements (
    id text COLLATE "C" PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    livemode integer NOT NULL,
    state text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    owner bigint NOT NULL,
    is_final integer NOT NULL,
    debit_amount bigint NOT NULL,
    debit_currency text NOT NULL,
    credit_amount bigint NOT NULL,
    credit_currency text NOT NULL,
    fee_earned bigint NOT NULL,
    fee_rounding bigint NOT NULL,
    reference text COLLATE "C",
    idempotency_key text COLLATE "C" NOT NULL,
    request_digest text NOT NULL,
    quote text COLLATE "C",
    customer text COLLATE "C",
    terms text NOT NULL,
    approve_by bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    completed_at bigint,
    failure text,
    attention text,
    events bigint NOT NULL
) WITH (fillfactor = 70);

CREATE UNIQUE INDEX movements_by_key ON movements (merchant, idempotency_key);
CREATE UNIQUE INDEX movements_by_reference ON movements (merchant, kind, reference)
    WHERE reference IS NOT NULL;
CREATE UNIQUE INDEX movements_by_quote ON movements (quote) WHERE quote IS NOT NULL;
CREATE INDEX movements_listed ON movements (merchant, kind, id);
CREATE INDEX movements_by_customer ON movements (customer, id) WHERE customer IS NOT NULL;
CREATE INDEX movements_open ON movements (owner) WHERE is_final = 0;

CREATE TRIGGER movements_stay_final BEFORE UPDATE ON movements
    FOR EACH ROW WHEN (OLD.is_final = 1)
    EXECUTE FUNCTION refuse('a final movement does not change');

CREATE TRIGGER movements_step_by_one BEFORE UPDATE OF version ON movements
    FOR EACH ROW WHEN (NEW.version <> OLD.version + 1)
    EXECUTE FUNCTION refuse('a version rises by one');

CREATE TRIGGER movements_keep_terms
    BEFORE UPDATE OF id, kind, merchant, livemode, debit_amount, debit_currency, credit_amount,
        credit_currency, fee_earned, fee_rounding, reference, idempotency_key, request_digest,
        quote, customer, terms, created_at ON movements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('the terms of a movement do not change');

CREATE TRIGGER movements_are_kept BEFORE DELETE OR TRUNCATE ON movements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a movement is never deleted');

-- That a leg has its movement is checked once a statement: a foreign key asks once a row.
CREATE TABLE legs (
    movement text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    operator text COLLATE "C" NOT NULL,
    msisdn text COLLATE "C" NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    currency text NOT NULL,
    reference text COLLATE "C" NOT NULL UNIQUE,
    status text COLLATE "C" NOT NULL,
    sends bigint NOT NULL,
    sent_at bigint,
    operator_reference text,
    failure text,
    PRIMARY KEY (movement, kind)
) WITH (fillfactor = 80);

CREATE INDEX legs_by_wallet ON legs (msisdn, movement);

CREATE FUNCTION legs_have_a_movement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added l WHERE NOT EXISTS (SELECT FROM movements m WHERE m.id = l.movement)
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a leg has its movement';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER legs_have_a_movement AFTER INSERT ON legs REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION legs_have_a_movement();

CREATE TRIGGER legs_stay_final BEFORE UPDATE ON legs
    FOR EACH ROW WHEN (OLD.status IN ('succeeded', 'failed'))
    EXECUTE FUNCTION refuse('a final leg does not change');

CREATE TRIGGER legs_keep_their_request
    BEFORE UPDATE OF movement, kind, operator, msisdn, amount, currency, reference ON legs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('the request of a leg does not change');

CREATE TRIGGER legs_are_kept BEFORE DELETE OR TRUNCATE ON legs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a leg is never deleted');

-- Balances change with every batch: room on each page keeps their new versions on it.
CREATE TABLE accounts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    currency text COLLATE "C" NOT NULL,
    merchant text COLLATE "C",
    balance bigint NOT NULL DEFAULT 0,
    UNIQUE (name, currency)
) WITH (fillfactor = 30);

CREATE TRIGGER accounts_keep_their_name
    BEFORE UPDATE OF id, name, kind, currency, merchant ON accounts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('an account stays what it is');

CREATE TRIGGER accounts_are_kept BEFORE DELETE OR TRUNCATE ON accounts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('an account is never deleted');

CREATE SEQUENCE entry_numbers;

CREATE TABLE entries (
    id bigint PRIMARY KEY,
    movement text COLLATE "C" NOT NULL,
    cause text COLLATE "C" NOT NULL,
    lines integer NOT NULL CHECK (lines >= 2),
    at bigint NOT NULL,
    UNIQUE (movement, cause)
);

CREATE TABLE postings (
    entry bigint NOT NULL,
    line integer NOT NULL CHECK (line >= 1),
    account bigint NOT NULL,
    amount bigint NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (entry, line)
);

CREATE INDEX postings_by_account ON postings (account, entry);

-- An entry and all its postings come in one statement. Each side asks for the other: an entry
-- without postings is refused here, postings that are not a whole entry by the next trigger.
CREATE FUNCTION entries_have_postings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added e
        WHERE NOT EXISTS (SELECT FROM postings p WHERE p.entry = e.id AND p.line = 1)
    ) THEN
        RAISE integrity_constraint_violation USING MESSAGE = 'an entry has all its postings';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entries_have_postings AFTER INSERT ON entries REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION entries_have_postings();

-- Lines are numbered and unique within an entry, so as many as the entry has, up to that number,
-- are all there ever can be: a later statement has none left to add.
CREATE FUNCTION postings_make_whole_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT entry, count(*) AS lines, max(line) AS last FROM added GROUP BY entry) p
        LEFT JOIN entries e ON e.id = p.entry
        WHERE p.lines IS DISTINCT FROM e.lines OR p.last IS DISTINCT FROM e.lines
    ) THEN
        RAISE integrity_constraint_violation USING MESSAGE = 'an entry has all its postings';
    END IF;
    IF EXISTS (
        SELECT FROM added p LEFT JOIN accounts a ON a.id = p.account
        GROUP BY p.entry, a.currency HAVING sum(p.amount) <> 0 OR a.currency IS NULL
    ) THEN
        RAISE integrity_constraint_violation
            USING MESSAGE = 'an entry balances in every currency';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER postings_make_whole_entries AFTER INSERT ON postings
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION postings_make_whole_entries();

CREATE TRIGGER entries_are_immutable BEFORE UPDATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('an entry does not change');
CREATE TRIGGER entries_are_kept BEFORE DELETE OR TRUNCATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('an entry is never deleted');
CREATE TRIGGER postings_are_immutable BEFORE UPDATE ON postings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a posting does not change');
CREATE TRIGGER postings_are_kept BEFORE DELETE OR TRUNCATE ON postings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a posting is never deleted');

-- What merchants are to be told. Claimed row by row, never by "id greater than the last seen".
CREATE TABLE events (
    id text COLLATE "C" PRIMARY KEY,
    merchant text COLLATE "C" NOT NULL,
    movement text COLLATE "C" NOT NULL,
    type text NOT NULL,
    sequence bigint NOT NULL,
    body text NOT NULL,
    created_at bigint NOT NULL,
    UNIQUE (movement, sequence)
);

-- Callbacks as they came. `waiting` is 1 until the process whose movement it concerns has looked.
CREATE TABLE callbacks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operator text NOT NULL,
    reference text COLLATE "C",
    says text NOT NULL,
    digest text COLLATE "C" NOT NULL UNIQUE,
    method text NOT NULL,
    query text NOT NULL,
    headers text NOT NULL,
    body bytea NOT NULL,
    peer text NOT NULL,
    received_at bigint NOT NULL,
    waiting integer NOT NULL
);

CREATE INDEX callbacks_waiting ON callbacks (id) WHERE waiting = 1;
CREATE INDEX callbacks_by_reference ON callbacks (reference) WHERE reference IS NOT NULL;
