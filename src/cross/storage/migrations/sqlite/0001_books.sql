-- The books. Times are microseconds since 1970 in UTC; amounts are whole smallest units;
-- a posting's amount is positive for a debit and negative for a credit.

CREATE TABLE merchants (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL REFERENCES merchants (id),
    livemode INTEGER NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A process of the switch: its number fences out those that came before it.
CREATE TABLE processes (
    fence INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    lease_until INTEGER NOT NULL
) STRICT;

CREATE TABLE quotes (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    source_operator TEXT NOT NULL,
    source_msisdn TEXT NOT NULL,
    destination_operator TEXT NOT NULL,
    destination_msisdn TEXT NOT NULL,
    debit_amount INTEGER NOT NULL,
    debit_currency TEXT NOT NULL,
    credit_amount INTEGER NOT NULL,
    credit_currency TEXT NOT NULL,
    fee_earned INTEGER NOT NULL,
    fee_rounding INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX quotes_listed ON quotes (merchant, id);

CREATE TABLE movements (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    merchant TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    state TEXT NOT NULL,
    status TEXT NOT NULL,
    version INTEGER NOT NULL,
    owner INTEGER NOT NULL,
    is_final INTEGER NOT NULL,
    debit_amount INTEGER NOT NULL,
    debit_currency TEXT NOT NULL,
    credit_amount INTEGER NOT NULL,
    credit_currency TEXT NOT NULL,
    fee_earned INTEGER NOT NULL,
    fee_rounding INTEGER NOT NULL,
    reference TEXT,
    idempotency_key TEXT NOT NULL,
    request_digest TEXT NOT NULL,
    quote TEXT,
    customer TEXT,
    terms TEXT NOT NULL,
    approve_by INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    completed_at INTEGER,
    failure TEXT,
    attention TEXT,
    events INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX movements_by_key ON movements (merchant, idempotency_key);
CREATE UNIQUE INDEX movements_by_reference ON movements (merchant, kind, reference)
    WHERE reference IS NOT NULL;
CREATE UNIQUE INDEX movements_by_quote ON movements (quote) WHERE quote IS NOT NULL;
CREATE INDEX movements_listed ON movements (merchant, kind, id);
CREATE INDEX movements_by_customer ON movements (customer, id) WHERE customer IS NOT NULL;
CREATE INDEX movements_open ON movements (owner) WHERE is_final = 0;

CREATE TRIGGER movements_stay_final BEFORE UPDATE ON movements WHEN OLD.is_final = 1
BEGIN SELECT RAISE(ABORT, 'a final movement does not change'); END;

CREATE TRIGGER movements_step_by_one BEFORE UPDATE OF version ON movements
    WHEN NEW.version <> OLD.version + 1
BEGIN SELECT RAISE(ABORT, 'a version rises by one'); END;

CREATE TRIGGER movements_keep_terms
BEFORE UPDATE OF id, kind, merchant, livemode, debit_amount, debit_currency, credit_amount,
    credit_currency, fee_earned, fee_rounding, reference, idempotency_key, request_digest, quote,
    customer, terms, created_at ON movements
BEGIN SELECT RAISE(ABORT, 'the terms of a movement do not change'); END;

CREATE TRIGGER movements_are_kept BEFORE DELETE ON movements
BEGIN SELECT RAISE(ABORT, 'a movement is never deleted'); END;

CREATE TABLE legs (
    movement TEXT NOT NULL REFERENCES movements (id),
    kind TEXT NOT NULL,
    operator TEXT NOT NULL,
    msisdn TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    sends INTEGER NOT NULL,
    sent_at INTEGER,
    operator_reference TEXT,
    failure TEXT,
    PRIMARY KEY (movement, kind)
) STRICT, WITHOUT ROWID;

CREATE INDEX legs_by_wallet ON legs (msisdn, movement);

CREATE TRIGGER legs_stay_final BEFORE UPDATE ON legs WHEN OLD.status IN ('succeeded', 'failed')
BEGIN SELECT RAISE(ABORT, 'a final leg does not change'); END;

CREATE TRIGGER legs_keep_their_request
BEFORE UPDATE OF movement, kind, operator, msisdn, amount, currency, reference ON legs
BEGIN SELECT RAISE(ABORT, 'the request of a leg does not change'); END;

CREATE TRIGGER legs_are_kept BEFORE DELETE ON legs
BEGIN SELECT RAISE(ABORT, 'a leg is never deleted'); END;

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    currency TEXT NOT NULL,
    merchant TEXT,
    balance INTEGER NOT NULL DEFAULT 0,
    UNIQUE (name, currency)
) STRICT;

CREATE TRIGGER accounts_keep_their_name
BEFORE UPDATE OF id, name, kind, currency, merchant ON accounts
BEGIN SELECT RAISE(ABORT, 'an account stays what it is'); END;

CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    movement TEXT NOT NULL,
    cause TEXT NOT NULL,
    lines INTEGER NOT NULL CHECK (lines >= 2),
    at INTEGER NOT NULL,
    UNIQUE (movement, cause)
) STRICT;

CREATE TABLE postings (
    entry INTEGER NOT NULL REFERENCES entries (id) DEFERRABLE INITIALLY DEFERRED,
    line INTEGER NOT NULL,
    account INTEGER NOT NULL REFERENCES accounts (id),
    amount INTEGER NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (entry, line)
) STRICT, WITHOUT ROWID;

CREATE INDEX postings_by_account ON postings (account, entry);

-- Postings come first, then the entry that closes over them: from then on it is complete.
CREATE TRIGGER entries_balance BEFORE INSERT ON entries
BEGIN
    SELECT RAISE(ABORT, 'an entry has all its postings')
    WHERE (SELECT count(*) FROM postings WHERE entry = NEW.id) <> NEW.lines;
    SELECT RAISE(ABORT, 'an entry balances in every currency')
    WHERE EXISTS (
        SELECT 1 FROM postings p JOIN accounts a ON a.id = p.account
        WHERE p.entry = NEW.id GROUP BY a.currency HAVING sum(p.amount) <> 0
    );
END;

CREATE TRIGGER postings_come_first BEFORE INSERT ON postings
    WHEN EXISTS (SELECT 1 FROM entries WHERE id = NEW.entry)
BEGIN SELECT RAISE(ABORT, 'an entry that is closed gets no posting'); END;

CREATE TRIGGER entries_are_immutable BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'an entry does not change'); END;
CREATE TRIGGER entries_are_kept BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'an entry is never deleted'); END;
CREATE TRIGGER postings_are_immutable BEFORE UPDATE ON postings
BEGIN SELECT RAISE(ABORT, 'a posting does not change'); END;
CREATE TRIGGER postings_are_kept BEFORE DELETE ON postings
BEGIN SELECT RAISE(ABORT, 'a posting is never deleted'); END;
CREATE TRIGGER accounts_are_kept BEFORE DELETE ON accounts
BEGIN SELECT RAISE(ABORT, 'an account is never deleted'); END;

-- What merchants are to be told. Claimed row by row, never by "id greater than the last seen".
CREATE TABLE events (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    movement TEXT NOT NULL,
    type TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (movement, sequence)
) STRICT, WITHOUT ROWID;

-- Callbacks as they came. `waiting` is 1 until the process whose movement it concerns has looked.
CREATE TABLE callbacks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    operator TEXT NOT NULL,
    reference TEXT,
    says TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    method TEXT NOT NULL,
    query TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    peer TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    waiting INTEGER NOT NULL
) STRICT;

CREATE INDEX callbacks_waiting ON callbacks (id) WHERE waiting = 1;
CREATE INDEX callbacks_by_reference ON callbacks (reference) WHERE reference IS NOT NULL;
